package slackd

import (
	"fmt"
	"mime"
	"net/http"
	"net/url"
	"path"
	"slices"
	"strings"
	"time"
)

// inputFile is how large a file in a form may be: Slack documents 10 MB.
const inputFile = 10 << 20

// maxFiles is how many files a file_input takes where it does not say.
const maxFiles = 10

// Attach uploads a file in the person's client, to be entered into a file_input by its id. It
// returns the file. The error is ErrRefused for a file that is too large.
func (s *Server) Attach(userID, name string, content []byte) (File, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if _, err := s.actor(userID); err != nil {
		return File{}, err
	}
	if len(content) == 0 || len(content) > inputFile {
		return File{}, fmt.Errorf("%w: a file in a form has 1 byte to 10 MB, not %d bytes", ErrRefused, len(content))
	}
	kind := mime.TypeByExtension(path.Ext(name))
	if kind == "" {
		kind = "application/octet-stream"
	}
	f := &File{
		ID: "F" + code(10), Name: name, Title: name, Mimetype: kind, Size: len(content), Content: slices.Clone(content),
		User: userID, Created: s.now(),
	}
	s.attached[f.ID] = f
	return *f, nil
}

// Detach deletes a file that was uploaded into a form.
func (s *Server) Detach(id string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.attached, id)
}

// attachedBy are the files that a person can enter, by id. Callers hold mu.
func (s *Server) attachedBy(userID string) map[string]any {
	out := map[string]any{}
	for id, f := range s.attached {
		if f.User == userID {
			out[id] = s.fileObject(f)
		}
	}
	return out
}

// hasFileInput reports whether a view asks for a file.
func hasFileInput(blocks any) bool {
	return slices.ContainsFunc(elements(blocks), func(f found) bool { return f.kind() == "file_input" })
}

// filesInfo describes a file that a person gave to the app in a form, or that the app uploaded.
func filesInfo(s *Server, a args) (object, *apiError) {
	f := s.attached[a.str("file")]
	for _, x := range s.files {
		if x.ID == a.str("file") {
			f = x
		}
	}
	if f == nil {
		return nil, fail("file_not_found")
	}
	return object{"file": s.fileObject(f), "comments": []object{}, "paging": object{"count": 0, "total": 0, "page": 1, "pages": 0}}, nil
}

// downloadPath is where a file's url_private_download leads on this server.
func (s *Server) downloadPath(f *File) string {
	return "/files-pri/" + s.cfg.TeamID + "-" + f.ID + "/download/" + url.PathEscape(strings.ToLower(f.Name))
}

// serveFile sends a file to the app, and anybody without the right to it to the sign-in page, as
// files.slack.com does.
func (s *Server) serveFile(w http.ResponseWriter, r *http.Request) {
	start := time.Now()
	logged := map[string]string{"path": r.URL.Path}
	fault, over := s.strike(w, r, "download", logged, start)
	if over {
		return
	}
	s.mu.Lock()
	_, id, _ := strings.Cut(r.PathValue("file"), "-")
	f := s.attached[id]
	token, _ := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
	allowed := token == s.cfg.BotToken && !s.revoked[token] && s.need(tokenBot, "files:read") == nil
	s.mu.Unlock()
	switch {
	case !allowed:
		s.record("download", logged, start, http.StatusFound, "", nil)
		http.Redirect(w, r, s.origin()+"/?redir="+url.QueryEscape(r.URL.Path), http.StatusFound)
		return
	case f == nil:
		s.record("download", logged, start, http.StatusNotFound, "", nil)
		http.NotFound(w, r)
		return
	case fault.DropAnswer:
		s.record("download", logged, start, 0, "", nil)
		panic(http.ErrAbortHandler)
	}
	s.record("download", logged, start, http.StatusOK, "", nil)
	w.Header().Set("Content-Type", f.Mimetype)
	_, _ = w.Write(f.Content) // a client that went away is its own affair
}
