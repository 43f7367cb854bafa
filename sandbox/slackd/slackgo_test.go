package slackd

import (
	"context"
	"net/http"
	"testing"
	"time"

	"github.com/slack-go/slack"
	"github.com/slack-go/slack/socketmode"
	"github.com/stretchr/testify/require"
)

// The client library of the bot works with the simulator.
func TestSlackGoClient(t *testing.T) {
	s := start(t, Config{Limits: free})
	transport := &http.Transport{}
	t.Cleanup(transport.CloseIdleConnections)
	api := slack.New(s.BotToken(), slack.OptionAppLevelToken(s.AppToken()), slack.OptionAPIURL(s.URL()),
		slack.OptionHTTPClient(&http.Client{Transport: transport, Timeout: 10 * time.Second}))
	ctx := within(t)

	me, err := api.AuthTestContext(ctx)
	require.NoError(t, err)
	require.Equal(t, s.BotUserID(), me.UserID)
	user, err := api.GetUserInfoContext(ctx, "U0EVE")
	require.NoError(t, err)
	require.Equal(t, "T9OTHER", user.TeamID)
	require.False(t, user.IsStranger)
	groups, err := api.GetUserGroupsContext(ctx, slack.GetUserGroupsOptionIncludeUsers(true))
	require.NoError(t, err)
	require.Equal(t, []string{"U07MEI", "U07SAM"}, groups[0].Users)
	channel, err := api.GetConversationInfoContext(ctx, &slack.GetConversationInfoInput{ChannelID: "C0SHARED"})
	require.NoError(t, err)
	require.True(t, channel.IsExtShared)

	bolded := slack.RichTextSectionTextStyle{Bold: true}
	blocks := []slack.Block{
		slack.NewHeaderBlock(slack.NewTextBlockObject(slack.PlainTextType, "Case 12", false, false)),
		slack.NewSectionBlock(slack.NewTextBlockObject(slack.MarkdownType, "*kick* room:1234", false, true), nil, nil),
		slack.NewRichTextBlock("r", slack.NewRichTextSection(slack.NewRichTextSectionTextElement("troll7", &bolded))),
		slack.NewContextBlock("c", slack.NewTextBlockObject(slack.MarkdownType, "asked by Mei", false, false)),
		slack.NewDividerBlock(),
		slack.NewActionBlock("a",
			slack.NewButtonBlockElement("undo", "12:undo", slack.NewTextBlockObject(slack.PlainTextType, "Undo", true, false)).WithStyle(slack.StyleDanger),
			slack.NewOptionsSelectBlockElement(slack.OptTypeStatic, slack.NewTextBlockObject(slack.PlainTextType, "Length", false, false), "length",
				slack.NewOptionBlockObject("1h", slack.NewTextBlockObject(slack.PlainTextType, "1 h", false, false), nil))),
	}
	_, ts, err := api.PostMessageContext(ctx, "C0LIVE", slack.MsgOptionText("case 12", false), slack.MsgOptionBlocks(blocks...),
		slack.MsgOptionMetadata(slack.SlackMetadata{EventType: "case", EventPayload: map[string]any{"id": 12}}), slack.MsgOptionDisableLinkUnfurl())
	require.NoError(t, err)
	_, _, _, err = api.UpdateMessageContext(ctx, "C0LIVE", ts, slack.MsgOptionText("case 12 done", false), slack.MsgOptionBlocks(blocks[:5]...))
	require.NoError(t, err)
	_, err = api.PostEphemeralContext(ctx, "C0LIVE", "U07MEI", slack.MsgOptionText("psst", false))
	require.NoError(t, err)
	link, err := api.GetPermalinkContext(ctx, &slack.PermalinkParameters{Channel: "C0LIVE", Ts: ts})
	require.NoError(t, err)
	require.Equal(t, s.Permalink("C0LIVE", ts), link)

	_, _, err = api.PostMessageContext(ctx, "C0LIVE", slack.MsgOptionBlocks(slack.NewDividerBlock(), &slack.HeaderBlock{Type: "header"}))
	var refused slack.SlackErrorResponse
	require.ErrorAs(t, err, &refused)
	require.Equal(t, "invalid_blocks", refused.Err)
	require.NotEmpty(t, refused.ResponseMetadata.Messages)
	s.Fail("users.info", Fault{Times: 1, Status: 429, RetryAfter: 9 * time.Second})
	_, err = api.GetUserInfoContext(ctx, "U07MEI")
	var limited *slack.RateLimitedError
	require.ErrorAs(t, err, &limited)
	require.Equal(t, 9*time.Second, limited.RetryAfter)

	dm, _, _, err := api.OpenConversationContext(ctx, &slack.OpenConversationParameters{Users: []string{"U07MEI"}})
	require.NoError(t, err)
	file, err := api.UploadFileContext(ctx, slack.UploadFileParameters{Filename: "bans.csv", FileSize: 4, Content: "id\n1", Title: "Bans", Channel: dm.ID})
	require.NoError(t, err)
	require.Equal(t, file.ID, s.Files()[0].ID)

	// Socket Mode by slack-go's own client.
	sm := socketmode.New(api)
	runCtx, stop := context.WithCancel(ctx)
	ended := make(chan error, 1)
	go func() { ended <- sm.RunContext(runCtx) }()
	handled := make(chan error, 1)
	go func() {
		for e := range sm.Events {
			if e.Type == socketmode.EventTypeSlashCommand {
				handled <- sm.AckCtx(ctx, e.Request.EnvelopeID, map[string]any{"text": "heard"})
				cmd, _ := e.Data.(slack.SlashCommand)
				_, _, err := api.PostMessageContext(ctx, cmd.ChannelID, slack.MsgOptionResponseURL(cmd.ResponseURL, slack.ResponseTypeEphemeral), slack.MsgOptionText("later", false))
				handled <- err
				view := slack.ModalViewRequest{
					Type: slack.VTModal, Title: slack.NewTextBlockObject(slack.PlainTextType, "Loading", false, false),
					Blocks: slack.Blocks{BlockSet: []slack.Block{slack.NewSectionBlock(slack.NewTextBlockObject(slack.PlainTextType, "…", false, false), nil, nil)}},
				}
				_, err = api.OpenViewContext(ctx, cmd.TriggerID, view)
				handled <- err
				return
			}
		}
	}()
	require.NoError(t, s.WaitConnections(ctx, 1))
	d, err := s.Command(ctx, "U07MEI", "C0LIVE", "help")
	require.NoError(t, err)
	require.True(t, d.Acked, d.Failure)
	for range 3 {
		require.NoError(t, <-handled)
	}
	require.Subset(t, texts(s.Ephemerals("U07MEI", "C0LIVE")), []string{"psst", "heard", "later"})
	require.Len(t, s.Views("U07MEI"), 1)
	stop()
	require.ErrorIs(t, <-ended, context.Canceled)
}
