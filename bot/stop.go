package bot

import (
	"context"
	"slices"

	"bouncer/moderation"
)

// stop stops a running case.
func (b *Bot) stop(ctx context.Context, h *moderation.LeasedJob, cl click) error {
	body := b.clickBody(cl)
	body.Detail = "" // it is shown as the reason
	now, err := b.service.Stop(ctx, h.Job, cl.of, body, b.caseAnswer(h, cl.asker, cl.lang))
	return b.clicked(ctx, h, cl, now, err)
}

func sortedUnion(lists ...[]string) []string {
	all := slices.Concat(lists...)
	slices.Sort(all)
	return slices.Compact(all)
}
