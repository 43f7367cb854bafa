package page

import (
	"bytes"
	"mime"
	"net/http"
	"slices"
	"strings"

	"bouncer/sandbox/slackd"
)

// pictures are the types that a browser draws and cannot run.
var pictures = []string{"image/png", "image/jpeg", "image/gif"}

// picture is a file's type if the page may show it: by what is in it, since a
// name proves nothing. Empty otherwise.
func picture(f slackd.File) string {
	if kind := http.DetectContentType(f.Content); slices.Contains(pictures, kind) {
		return kind
	}
	return ""
}

// file serves an upload to a person who may see it: pictures inline, anything
// else as a download.
func (p *Page) file(w http.ResponseWriter, r *http.Request) {
	for _, f := range p.world.Slack.Files() {
		if f.ID != r.PathValue("id") || !p.shown(f, r.URL.Query().Get("user")) {
			continue
		}
		if kind := picture(f); kind != "" {
			w.Header().Set("Content-Type", kind)
		} else {
			w.Header().Set("Content-Type", "application/octet-stream") // never rendered as a page of this origin
			w.Header().Set("Content-Disposition", mime.FormatMediaType("attachment", map[string]string{"filename": f.Name}))
		}
		_, _ = bytes.NewReader(f.Content).WriteTo(w) // the client has disconnected
		return
	}
	http.NotFound(w, r)
}

// shown reports whether a person can see a file: where it was shared, or in
// an image block of a message that the person can read.
func (p *Page) shown(f slackd.File, user string) bool {
	for _, c := range p.world.Slack.Channels() {
		if !sees(c, user) {
			continue
		}
		if slices.Contains(f.Channels, c.ID) {
			return true
		}
		for _, m := range p.messages(c.ID, user) {
			if strings.Contains(string(m.Blocks), `"`+f.ID+`"`) {
				return true
			}
		}
	}
	return false
}
