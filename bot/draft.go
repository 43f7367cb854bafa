package bot

import (
	"context"

	"bouncer/bot/say"
	"bouncer/moderation"
)

// runDraft runs a stored draft, once.
func (b *Bot) runDraft(ctx context.Context, h *moderation.LeasedJob, cl click) error {
	switch d := cl.draft; {
	case d.Case == 0 && d.Filed != nil:
		t := typed{asker: cl.asker, Text: d.Text, Action: &d.Filed.Action, Quote: d.Quote, Report: d.Report, filed: d.Filed}
		return b.run(ctx, h, t, moderation.SourceFile, d.Token)
	case d.Case == 0:
		return b.run(ctx, h, typed{asker: cl.asker, Text: d.Text, Quote: d.Quote, Report: d.Report}, "draft", d.Token)
	}
	return b.finish(ctx, h, b.toAsker(h, cl.asker, b.cfg.Speaker.Fixed(say.DraftUsed, cl.lang, cl.draft.Case)))
}
