// Slackgo is an app on slack-go's socketmode package that acknowledges each command and does
// nothing else. The program in ../ measures it.
package main

import (
	"log"
	"os"

	"github.com/slack-go/slack"
	"github.com/slack-go/slack/socketmode"
)

func main() {
	client := socketmode.New(slack.New(os.Getenv("SLACK_BOT_TOKEN"),
		slack.OptionAppLevelToken(os.Getenv("SLACK_APP_TOKEN")), slack.OptionAPIURL(os.Getenv("SLACK_API_URL"))))
	go func() {
		for event := range client.Events {
			if event.Type == socketmode.EventTypeSlashCommand {
				if err := client.Ack(*event.Request); err != nil {
					log.Print(err)
				}
			}
		}
	}()
	log.Fatal(client.Run())
}
