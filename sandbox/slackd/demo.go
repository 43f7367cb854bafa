package slackd

// Demo returns a small workspace: two moderators, a lead, people who must be
// refused for one reason each, and channels of each kind.
func Demo() Seed {
	all := []string{"U07MEI", "U07RAJ", "U07SAM", "U07ANA", "U07GUS"}
	return Seed{
		Users: []User{
			{ID: "U07MEI", Name: "mei", RealName: "Mei Lin", Locale: "zh-CN", TZ: "Asia/Shanghai"},
			{ID: "U07RAJ", Name: "raj", RealName: "Raj Patel", TZ: "Asia/Kolkata", Admin: true},
			{ID: "U07SAM", Name: "sam", RealName: "Sam Weber", Locale: "de-DE", TZ: "Europe/Berlin"},
			{ID: "U07ANA", Name: "ana", RealName: "Ana Souza", Locale: "pt-BR", TZ: "America/Sao_Paulo"},
			{ID: "U07GUS", Name: "gus", RealName: "Gus Guest", Guest: true},
			{ID: "U07ONE", Name: "one", RealName: "One Room Guest", Guest: true, SingleChannelGuest: true},
			{ID: "U0EVE", TeamID: "T9OTHER", Name: "eve", RealName: "Eve Other"},
			{ID: "U07OUT", Name: "olga", RealName: "Olga Gone", Deactivated: true},
			{ID: "U07BOT", Name: "otherbot", RealName: "Other Bot", Bot: true},
		},
		Groups: []Group{
			{ID: "S1MODS", Handle: "mods", Name: "Moderators", Members: []string{"U07MEI", "U07SAM"}},
			{ID: "S2LEADS", Handle: "leads", Name: "Leads", Members: []string{"U07RAJ"}},
		},
		Channels: []Channel{
			{ID: "C0LIVE", Name: "live", BotIn: true, Members: all, Topic: "Live rooms"},
			{ID: "C0AUDIT", Name: "audit", Private: true, BotIn: true, Members: []string{"U07MEI", "U07RAJ", "U07SAM"}},
			{ID: "C0CASES", Name: "cases", BotIn: true, Members: all},
			{ID: "C0SHARED", Name: "partners", BotIn: true, ExtShared: true, Members: append([]string{"U0EVE"}, all...)},
			{ID: "C0RANDOM", Name: "random", Members: all},
			{ID: "C0SECRET", Name: "secret", Private: true, Members: []string{"U07RAJ"}},
			{ID: "C0OLD", Name: "old-news", BotIn: true, Archived: true, Members: all},
			{ID: "C0NEWS", Name: "announcements", BotIn: true, ReadOnly: true, Members: all},
		},
	}
}
