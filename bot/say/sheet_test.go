package say

import (
	"flag"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/slack-go/slack"
	"github.com/stretchr/testify/require"
)

var sheetFolder = flag.String("sheet", "", "write every message and sentence into this `folder`, to be read in the sandbox (make sentences)")

// page is a message to be read, in the form of chat.postMessage.
type page struct {
	Name   string        `json:"name"`
	Text   string        `json:"text"`
	Blocks []slack.Block `json:"blocks"`
}

// writeSheet writes all messages and modals in a language, and after them each sentence with an
// example of its values, into LANG.json.
func writeSheet(t *testing.T, s *Speaker, lang Lang, examples map[string]vals) {
	if *sheetFolder == "" {
		return
	}
	messages := calm().messages(s, lang)
	for name, m := range calm().modals(s, lang) {
		messages[name] = Message{Text: strings.Join(viewWords(m), "\n"), Blocks: m.View.Blocks.BlockSet}
	}
	var pages []page
	for _, name := range slices.Sorted(maps.Keys(messages)) {
		if shown, ok := strings.CutPrefix(name, "golden."); ok {
			pages = append(pages, page{shown, messages[name].Text, messages[name].Blocks})
		}
	}
	const rows = 25
	for part := range slices.Chunk(slices.Sorted(maps.Keys(catalogue(lang))), rows) {
		sheet := s.in(lang).sheet()
		for _, key := range part {
			sheet.para(cat(own(key+" → "), s.in(lang).say(key, examples[key])))
		}
		m := sheet.message()
		pages = append(pages, page{part[0] + " to " + part[len(part)-1], m.Text, m.Blocks})
	}
	require.NoError(t, os.MkdirAll(*sheetFolder, 0o755))
	require.NoError(t, os.WriteFile(filepath.Join(*sheetFolder, string(lang)+".json"), []byte(jsonOf(pages)), 0o644))
}
