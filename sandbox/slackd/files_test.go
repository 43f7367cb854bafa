package slackd

import (
	"bytes"
	"mime/multipart"
	"net/http"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func upload1(t *testing.T, s *Server, name, content string) (id string) {
	t.Helper()
	a := form(t, s, "files.getUploadURLExternal", "filename", name, "length", strconv.Itoa(len(content)))
	require.Empty(t, a.err(), a.Raw)
	r, err := send(t, http.MethodPost, a.str("upload_url"), "", "application/octet-stream", []byte(content))
	require.NoError(t, err)
	require.Equal(t, http.StatusOK, r.Status, r.Raw)
	return a.str("file_id")
}

// An image block may contain a picture whose upload is complete, and nothing
// else.
func TestPictures(t *testing.T) {
	s := start(t, Config{Limits: free})
	upload := func(name string) string {
		a := form(t, s, "files.getUploadURLExternal", "filename", name, "length", "4", "alt_txt", "Cases by day")
		r, err := send(t, http.MethodPost, a.str("upload_url"), "", "image/png", []byte("\x89PNG"))
		require.NoError(t, err)
		require.Equal(t, http.StatusOK, r.Status)
		return a.str("file_id")
	}
	show := func(id string) string {
		return form(t, s, "chat.postMessage", "channel", "C0LIVE", "text", "x", "blocks", j(l{m{"type": "image", "alt_text": "a", "slack_file": m{"id": id}}})).err()
	}
	png, csv := upload("digest.png"), upload("digest.csv")
	require.Equal(t, "invalid_blocks", show(png), "its upload is not complete")
	for _, id := range []string{png, csv} {
		a := form(t, s, "files.completeUploadExternal", "files", j(l{m{"id": id}}), "channel_id", "C0LIVE", "initial_comment", "The digest")
		require.Empty(t, a.err())
	}
	require.Empty(t, show(png))
	require.Equal(t, "invalid_blocks", show(csv))
	require.Equal(t, []string{"image/png", "text/csv; charset=utf-8"}, []string{s.Files()[0].Mimetype, s.Files()[1].Mimetype})
	require.Equal(t, "Cases by day", s.Files()[0].AltText)
	require.Equal(t, "digest.png", s.Messages("C0LIVE")[0].Files[0].Name)
}

func TestUpload(t *testing.T) {
	s := start(t, Config{Limits: free})
	dm := form(t, s, "conversations.open", "users", "U07MEI").str("channel", "id")
	complete := func(pairs ...string) answer { return form(t, s, "files.completeUploadExternal", pairs...) }
	ask := func(pairs ...string) string { return form(t, s, "files.getUploadURLExternal", pairs...).err() }

	require.Equal(t, "invalid_arguments", ask("filename", "a", "length", "0"))
	require.Equal(t, "invalid_arguments", ask("filename", "a"))
	require.Equal(t, "snippet_too_large", ask("filename", "a", "length", "1048577", "snippet_type", "text"))
	require.Equal(t, "alt_txt_too_large", ask("filename", "a", "length", "1", "alt_txt", strings.Repeat("x", 1001)))
	require.Equal(t, "storage_limit_reached", ask("filename", "a", "length", "99999999"))

	id := upload1(t, s, "list.csv", "id\n1\n")
	list := j(l{m{"id": id, "title": "Bans"}})
	require.Equal(t, "channel_not_found", complete("files", list, "channel_id", "U07MEI").err(), "a person's id does not do")
	require.Equal(t, "not_in_channel", complete("files", list, "channel_id", "C0RANDOM").err())
	require.Equal(t, "posting_to_channel_denied", complete("files", list, "channel_id", "C0NEWS").err())
	require.Equal(t, "invalid_arguments", complete("files", list, "channels", dm+",C0LIVE", "thread_ts", "1234567890.000000").err())
	require.Equal(t, "invalid_arguments", complete("files", "[]", "channel_id", dm).err())
	require.Equal(t, "file_not_found", complete("files", j(l{m{"id": "F404"}}), "channel_id", dm).err())
	require.Empty(t, s.Files(), "not completed yet")
	require.Empty(t, complete("files", list, "channel_id", dm, "initial_comment", "here").err())
	require.Equal(t, "file_not_found", complete("files", list, "channel_id", dm).err(), "once")

	files := s.Files()
	require.Len(t, files, 1)
	require.Equal(t, "id\n1\n", string(files[0].Content))
	require.Equal(t, "Bans", files[0].Title)
	require.Equal(t, []string{dm}, files[0].Channels)
	msg := s.Messages(dm)
	require.Len(t, msg, 1)
	require.Equal(t, "here", msg[0].Text)
	require.Equal(t, "list.csv", msg[0].Files[0].Name)

	a := form(t, s, "files.getUploadURLExternal", "filename", "x", "length", "3")
	require.Equal(t, "file_not_found", complete("files", j(l{m{"id": a.str("file_id")}}), "channel_id", dm).err(), "no bytes came")
	r, err := send(t, http.MethodPost, a.str("upload_url"), "", "", []byte("four"))
	require.NoError(t, err)
	require.Equal(t, http.StatusBadRequest, r.Status, "another length")
	var body bytes.Buffer
	w := multipart.NewWriter(&body)
	part, err := w.CreateFormFile("file", "x")
	require.NoError(t, err)
	_, err = part.Write([]byte("abc"))
	require.NoError(t, err)
	require.NoError(t, w.Close())
	r, err = send(t, http.MethodPost, a.str("upload_url"), "", w.FormDataContentType(), body.Bytes())
	require.NoError(t, err)
	require.Equal(t, http.StatusOK, r.Status)
	r, err = send(t, http.MethodPost, a.str("upload_url"), "", "", []byte("abc"))
	require.NoError(t, err)
	require.Equal(t, http.StatusNotFound, r.Status, "an upload URL is used once")
}
