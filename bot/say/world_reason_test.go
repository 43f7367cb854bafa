package say

import (
	"time"

	"bouncer/commands"
	"bouncer/moderation"
)

// rightsAndReasons are the messages about rights, preset reasons and numbers.
func (w world) rightsAndReasons(lang Lang) map[string]Message {
	s := New(Config{Lang: lang, Version: "0.3.1", Reasons: func() moderation.ReasonRules {
		return moderation.ReasonRules{Presets: []moderation.PresetReason{
			{Code: "hate", Texts: map[string]string{"en": "Hate speech", "zh": "仇恨言论"}}, {Code: "spam", Texts: map[string]string{"en": "Spam", "zh": "刷屏"}},
		}}
	}})
	v := w.done()
	v.Case.Action.Reason, v.Case.Action.ReasonCode = "hate: "+w.reason, "hate"
	ban := moderation.Action{Verb: moderation.Ban, ReasonCode: "hate", Targets: []string{w.user}, Room: v.Case.Action.Room}
	proposal := moderation.Proposal{Length: moderation.Length{Duration: 7 * 24 * time.Hour}, Code: "hate", Step: 2, Target: w.user, Earlier: 1, Within: 90 * 24 * time.Hour}
	longer := commands.Offer{Command: "ban live:show1 troll7 7d hate", Effect: commands.OfferLadder, Action: ban, Proposal: proposal}
	preset := func(code string) commands.Offer {
		return commands.Offer{Command: "kick room:1 test1 " + code, Effect: commands.OfferPreset, Action: moderation.Action{Verb: moderation.Kick, ReasonCode: code}}
	}
	me := Myself{
		Actor: w.actor(), Handles: map[string]string{"S1MODS": "mods"}, Channels: []string{"C0LIVE"}, Room: &v.Case.Action.Room,
		Rights: moderation.Rights{Approve: true, Override: true, Review: true, Suspend: true, Grants: []moderation.Grant{
			{Rule: "everyday", Verbs: []moderation.Verb{moderation.Mute, moderation.Ban}, Longest: 24 * time.Hour, MostTargets: 20},
			{Rule: "gala", Verbs: []moderation.Verb{moderation.Freeze}, Rooms: []string{"gala", "gala-*"}, Kinds: []moderation.Kind{moderation.KindLive}, Channels: []string{"C0LIVE"}},
			{Rule: "raid", Verbs: []moderation.Verb{moderation.Silence}, Approvals: 1, Approvers: []string{"leads"}, ActNow: 10 * time.Minute},
		}},
	}
	home := s.Home(Home{
		Myself: me, Waiting: []HomeCase{{Case: w.waitingMany().Case, Link: w.link}}, Mine: []HomeCase{{Case: w.open().Case}}, InForce: 1,
		Restrictions: []HomeRestriction{{Link: w.link, CaseRestrictions: moderation.CaseRestrictions{Case: v.Case, Target: w.user, Media: []moderation.Medium{moderation.RoomEntry}, Room: v.Case.Action.Room, Until: asked.Add(time.Hour)}}},
		Rooms:        []HomeRoom{{Room: v.Case.Action.Room, Newest: v.Case, Cases: 4}},
	}, lang)
	stats := moderation.Statistics{Digest: w.sum(), Restrictions: 8, Undone: 1, Flagged: 1, Decided: 5, Dismissed: 2, DecidedMedian: 90 * time.Second, DecidedLongest: time.Hour}
	stats.Reasons = []moderation.Tally{{Key: "hate", N: 5}, {Key: "spam", N: 2}}
	return map[string]Message{
		"golden.whoami": s.WhoAmI(me, lang), "golden.home": {Text: "home", Blocks: home.Blocks.BlockSet},
		"golden.home-nobody":    {Text: "home", Blocks: s.Home(Home{Refusal: moderation.NewError(moderation.RefuseNoRole), Ask: []string{approvers}}, lang).Blocks.BlockSet},
		"golden.home-guest":     {Text: "home", Blocks: s.Home(Home{Refusal: moderation.NewError(moderation.RefuseGuest)}, lang).Blocks.BlockSet},
		"golden.home-suspended": {Text: "home", Blocks: s.Home(Home{Refusal: moderation.NewError(moderation.RefuseSuspended, "by", "Raj", "until", asked.Format(time.RFC3339))}, lang).Blocks.BlockSet},
		"golden.card-preset":    s.Card(v), "golden.dry-ladder": s.DryRun(DryRun{Action: ban, Decision: moderation.Decision{Allowed: true, Rule: "everyday"}, API: "ban_member", Calls: 1, Proposal: proposal}, lang),
		"golden.mistake-ladder":    s.Mistake(&commands.Mistake{Code: commands.CodeDurationMissing, Verb: moderation.Ban, Values: map[string]string{"verb": "ban"}, Offers: []commands.Offer{longer}}, lang, []string{opaque}),
		"golden.mistake-reasons":   s.Mistake(&commands.Mistake{Code: commands.CodeReasonRequired, Verb: moderation.Kick, Values: map[string]string{"verb": "kick", "reasons": "hate, spam"}, Offers: []commands.Offer{preset("hate"), preset("spam")}}, lang, []string{opaque, opaque}),
		"golden.refused-protected": s.Refusal(moderation.NewError(moderation.RefuseProtected, "user", w.user, "people", "1"), lang),
		"golden.refused-could":     s.Refusal(moderation.NewError(moderation.RefuseTooLong, "most", "7d", "could", "leads,admins"), lang),
		"golden.stats":             s.Statistics(Statistics{Statistics: stats, Question: moderation.SavedSearch{Token: opaque, Action: moderation.Action{Verb: moderation.Stats, Search: moderation.SearchQuery{Actor: "U07MEI", ActorName: "Mei Lin", Within: 30 * 24 * time.Hour}}}}, lang),
	}
}
