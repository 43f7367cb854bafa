package moderation

import (
	"slices"
	"strconv"
)

// ReviewInput is one person's review of a case.
type ReviewInput struct {
	No int64
	// State is ReviewReviewed, or ReviewFlagged with a Note.
	State ReviewState
	Note  string
	// Body is the entry: who reviewed it, and where.
	Body Body
	// Change is written in the same transaction, such as the answer.
	Change Change
}

// Pending reports whether the case still waits for a review.
func (r Review) Pending() bool { return r.State == ReviewPending || r.State == ReviewFlagged }

// Mandatory reports whether the case must be reviewed in any case; it then has an audit message of
// its own.
func (r Review) Mandatory() bool { return r.State != "" }

// Reviewable reports whether there is something to review: a waiting case may yet be approved or
// overridden by the person who would review it.
func (c Case) Reviewable() bool {
	return c.State != AwaitingApproval && c.State != AwaitingConfirmation
}

// Reviewers returns the users and groups to mention for the review of an overridden case, without
// its requester and the person who overrode it.
func (c Case) Reviewers() []string {
	return slices.DeleteFunc(slices.Clone(c.Decision.Reviewers), func(id string) bool {
		return c.Actor.Same(Actor{User: id}) || c.Override != nil && c.Override.By.Same(Actor{User: id})
	})
}

// MayReview returns why a person may not review a case, whatever their rights, or nil. Requesters,
// approvers and overriders do not review their own case, and a flag is reviewed by another person
// than the one who raised it.
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
