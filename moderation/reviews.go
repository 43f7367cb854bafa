package moderation

import (
	"slices"
	"strconv"
)

// ReviewInput is somebody having looked at a case.
type ReviewInput struct {
	No int64
	// State is ReviewReviewed, or ReviewFlagged with a Note.
	State ReviewState
	Note  string
	// Body is the entry: who pressed, where.
	Body Body
	// Change follows from it in the same transaction, such as the answer.
	Change Change
}

// Pending reports whether somebody else must still look at the case.
func (r Review) Pending() bool { return r.State == ReviewPending || r.State == ReviewFlagged }

// Mandatory reports whether the case must be looked at whatever others are: such a
// case has an audit message of its own.
func (r Review) Mandatory() bool { return r.State != "" }

// Reviewable reports whether there is something to look at: what still waits
// may yet be agreed to, or be run alone, by the very one who would look now.
func (c Case) Reviewable() bool {
	return c.State != AwaitingApproval && c.State != AwaitingConfirmation
}

// Reviewers are the users and groups that are called to look at a case that was
// run alone: not who asked for it or ran it.
func (c Case) Reviewers() []string {
	return slices.DeleteFunc(slices.Clone(c.Decision.Reviewers), func(id string) bool {
		return c.Actor.Same(Actor{User: id}) || c.Override != nil && c.Override.By.Same(Actor{User: id})
	})
}

// MayReview says why somebody may not review a case, whatever rights he holds:
// nobody looks at what he asked for, agreed to, or ran alone, and a flag is
// looked at by another than who raised it. It is nil when nothing is against it.
func (c Case) MayReview(by Actor) *Error {
	no := strconv.FormatInt(c.No, 10)
	switch {
	case c.Actor.Same(by):
		return NewError(RefuseOwnCase, "case", no)
	case c.Approval.ApprovedBy(by):
		return NewError(RefuseReviewApprover, "case", no)
	case c.Override != nil && c.Override.By.Same(by):
		return NewError(RefuseReviewOverride, "case", no)
	case c.Review.State == ReviewFlagged && c.Review.By.Same(by):
		return NewError(RefuseOwnFlag, "case", no)
	}
	return nil
}
