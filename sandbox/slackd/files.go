package slackd

import (
	"encoding/json"
	"io"
	"mime"
	"net/http"
	"path"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"
)

// maxSnippet is the size limit of a text snippet, maxFile that of the
// simulator.
const (
	maxSnippet = 1 << 20
	maxFile    = 32 << 20
)

// upload is a file on its way: URL, bytes, completion.
type upload struct {
	file   *File
	length int
	got    bool
}

func getUploadURL(s *Server, a args) (object, *apiError) {
	length := a.number("length", 0)
	switch {
	case length <= 0:
		return nil, fail("invalid_arguments", "[ERROR] must be greater than 0 [json-pointer:/length]")
	case length > maxFile:
		return nil, fail("storage_limit_reached")
	case a.str("snippet_type") != "" && length > maxSnippet:
		return nil, fail("snippet_too_large")
	case utf8.RuneCountInString(a.str("alt_txt")) > 1000:
		return nil, fail("alt_txt_too_large")
	}
	name := path.Base(a.str("filename"))
	kind := mime.TypeByExtension(path.Ext(name))
	if kind == "" {
		kind = "application/octet-stream"
	}
	f := &File{
		ID: "F" + code(10), Name: name, Title: name, Mimetype: kind, Size: length, AltText: a.str("alt_txt"),
		User: s.cfg.BotUserID, Created: s.now(),
	}
	key := secret(16)
	s.uploads[key] = &upload{file: f, length: length}
	return object{"upload_url": s.origin() + "/upload/v1/" + key, "file_id": f.ID}, nil
}

// serveUpload accepts the bytes, raw or as multipart form.
func (s *Server) serveUpload(w http.ResponseWriter, r *http.Request) {
	start := time.Now()
	content, err := uploadBody(w, r)
	logged := map[string]string{"bytes": strconv.Itoa(len(content))}
	f, over := s.strike(w, r, "upload", logged, start)
	if over {
		return
	}
	status, answer := http.StatusOK, "OK - "+strconv.Itoa(len(content))
	s.mu.Lock()
	up := s.uploads[r.PathValue("secret")]
	switch {
	case err != nil:
		status, answer = http.StatusBadRequest, "invalid body"
	case up == nil || up.got:
		status, answer = http.StatusNotFound, "invalid or used upload URL"
	case len(content) != up.length:
		status, answer = http.StatusBadRequest, "length does not match"
	default:
		up.got = true
		up.file.Content = content
	}
	s.mu.Unlock()
	if f.DropAnswer {
		s.record("upload", logged, start, 0, "", nil)
		panic(http.ErrAbortHandler)
	}
	s.record("upload", logged, start, status, "", nil)
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	w.WriteHeader(status)
	_, _ = io.WriteString(w, answer) // the client has disconnected
}

func uploadBody(w http.ResponseWriter, r *http.Request) ([]byte, error) {
	r.Body = http.MaxBytesReader(w, r.Body, maxFile+1<<16)
	if !strings.HasPrefix(r.Header.Get("Content-Type"), "multipart/form-data") {
		return io.ReadAll(r.Body)
	}
	parts, err := r.MultipartReader()
	if err != nil {
		return nil, err
	}
	for {
		part, err := parts.NextPart()
		if err != nil {
			return nil, err // the end, too: no part was a file
		}
		if part.FileName() != "" {
			return io.ReadAll(part)
		}
	}
}

// picture reports whether a file can be in an image block: its upload is
// complete and Slack shows its type.
func (s *Server) picture(id string) bool {
	for _, f := range s.files {
		if f.ID == id {
			return slices.Contains([]string{"image/png", "image/jpeg", "image/gif"}, f.Mimetype)
		}
	}
	return false
}

func completeUpload(s *Server, a args) (object, *apiError) {
	var list []struct {
		ID    string `json:"id"`
		Title string `json:"title"`
	}
	if json.Unmarshal([]byte(a.str("files")), &list) != nil || len(list) == 0 {
		return nil, fail("invalid_arguments", "[ERROR] must be an array of files [json-pointer:/files]")
	}
	channels := []string{}
	for _, id := range strings.Split(a.str("channels")+","+a.str("channel_id"), ",") {
		if id = strings.TrimSpace(id); id != "" {
			channels = append(channels, id)
		}
	}
	switch {
	case len(channels) > 100:
		return nil, fail("invalid_arguments", "[ERROR] no more than 100 channels")
	case a.str("thread_ts") != "" && len(channels) != 1:
		return nil, fail("invalid_arguments", "[ERROR] thread_ts needs exactly one channel")
	}
	var targets []*Channel
	for _, id := range channels {
		if s.people.channels[id] == nil {
			return nil, fail("channel_not_found") // a person's id does not do here
		}
		c, err := s.writable(id)
		if err != nil {
			if err.code == "restricted_action_read_only_channel" {
				return nil, fail("posting_to_channel_denied")
			}
			return nil, err
		}
		if err := s.thread(c, a.str("thread_ts")); err != nil {
			return nil, err
		}
		targets = append(targets, c)
	}
	var said content
	if a.str("initial_comment") != "" || a.str("blocks") != "" {
		var err *apiError
		said, err = s.content(args{values: map[string]string{"text": a.str("initial_comment"), "blocks": a.str("blocks")}})
		if err != nil {
			return nil, err
		}
	}
	byID := map[string]string{}
	for key, up := range s.uploads {
		byID[up.file.ID] = key
	}
	var files []File
	answer := []object{}
	for _, want := range list {
		up := s.uploads[byID[want.ID]]
		if up == nil || !up.got {
			return nil, fail("file_not_found")
		}
		if want.Title != "" {
			up.file.Title = want.Title
		}
		up.file.Channels = channels
		files = append(files, *up.file)
		answer = append(answer, s.fileObject(up.file))
	}
	for _, want := range list {
		s.files = append(s.files, s.uploads[byID[want.ID]].file)
		delete(s.uploads, byID[want.ID])
	}
	for _, c := range targets {
		m := s.fromApp(c.ID, said, "files.completeUploadExternal")
		m.ThreadTS, m.Files = a.str("thread_ts"), files
		s.put(m)
	}
	return object{"files": answer}, nil
}
