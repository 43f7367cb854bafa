package main

import (
	"flag"
	"fmt"
	"io"
	"os"
	"path"
	"slices"
	"strings"
	"testing"

	"github.com/goccy/go-yaml"

	"bouncer/bot/say/saytest"
	"bouncer/sandbox/slackd"
)

var listSentences = flag.Bool("sentences", false, "print which sentences of the catalogue these tests have shown, by language; fail when an English one has neither been shown nor a reason")

// shownTexts are the texts that the simulated Slack got in all tests of this process.
var shownTexts saytest.Shown

// addShown stores what a Slack got from the bot and did not refuse.
func addShown(slack *slackd.Server) {
	if !*listSentences {
		return
	}
	for _, call := range slack.Calls("") {
		for name, arg := range call.Args {
			if call.Error == "" && name != "private_metadata" {
				shownTexts.AddJSON(arg)
			}
		}
	}
	for _, ack := range slack.Acks() {
		if ack.Ignored == "" && len(ack.Payload) > 0 {
			shownTexts.AddJSON(string(ack.Payload))
		}
	}
}

// complete reports whether all tests of this package were to run.
func complete() bool {
	value := func(name string) string { return flag.Lookup("test." + name).Value.String() }
	return value("run") == "" && value("skip") == "" && value("list") == "" && !testing.Short()
}

// checkSentences returns an error that names each English sentence that no test has shown and for
// which testdata/unshown.yaml has no reason. The languages have the same sentences, from the same
// code, so one language is enough here; make sentences shows the pictures of both.
func checkSentences(out io.Writer) error {
	if !*listSentences { // which sentences an outage or a race brings depends on the machine
		return nil
	}
	raw, err := os.ReadFile("testdata/unshown.yaml")
	if err != nil {
		return err
	}
	var reasons map[string][]string // patterns of keys by the reason
	if err := yaml.UnmarshalWithOptions(raw, &reasons, yaml.Strict()); err != nil {
		return fmt.Errorf("testdata/unshown.yaml: %w", err)
	}
	var missing []string
	for _, lang := range []string{"zh", "en"} {
		c, err := saytest.Read("../../bot/say/" + lang + ".yaml")
		if err != nil {
			return err
		}
		shown, excepted := shownTexts.Keys(c), 0
		missing = slices.DeleteFunc(c.Keys(), func(key string) bool {
			if slices.Contains(shown, key) {
				return true
			}
			for _, patterns := range reasons {
				if slices.ContainsFunc(patterns, func(p string) bool { ok, _ := path.Match(p, key); return ok }) {
					excepted++
					return true
				}
			}
			return false
		})
		_, _ = fmt.Fprintf(out, "%s: %d sentences, %d shown, %d with a reason why not, %d others:\n  %s\n", lang, len(c.Keys()), len(shown), excepted, len(missing), strings.Join(missing, "\n  "))
	}
	if len(missing) == 0 || !complete() {
		return nil
	}
	return fmt.Errorf("no test shows these sentences of bot/say/en.yaml: %s. Show them in a script of testdata/script, or add them to testdata/unshown.yaml with the reason", strings.Join(missing, ", "))
}
