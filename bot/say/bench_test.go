package say

import (
	"testing"
	"time"

	"bouncer/moderation"
)

// BenchmarkMessages renders what one command costs: the private answer, the
// card, its audit messages and its line.
func BenchmarkMessages(b *testing.B) {
	s, w := New(Config{}), calm()
	done, waiting := w.done(), w.waitingMany()
	items := []LineItem{{Subject: &done.Case, Head: "9f3a61c0ffff", Permalink: w.link}}
	for name, render := range map[string]func(){
		"card":    func() { s.Card(done) },
		"waiting": func() { s.Card(waiting) },
		"thread":  func() { s.Thread(done, done.Entries) },
		"line":    func() { s.AuditLines(items, 0, byToken) },
		"answer":  func() { s.CaseAnswer(done, EN, w.link) },
		"refusal": func() { s.Refusal(moderation.NewError(moderation.RefuseTooLong, "most", "24h"), ZH) },
		"lines":   func() { s.AuditLines(w.lines(100), time.Minute, byToken) },
	} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				render()
			}
		})
	}
}
