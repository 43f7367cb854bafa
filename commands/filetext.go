package commands

import (
	"bytes"
	"encoding/binary"
	"strconv"
	"strings"
	"unicode/utf16"
	"unicode/utf8"
)

// The byte order marks.
var (
	markUTF8    = []byte("\xEF\xBB\xBF")
	markUTF16LE = []byte("\xFF\xFE")
	markUTF16BE = []byte("\xFE\xFF")
)

// fileText decodes a text file: UTF-8, or UTF-16 with a byte order mark, as spreadsheets write it.
func fileText(content []byte) (string, *Mistake) {
	switch {
	case bytes.HasPrefix(content, markUTF16LE):
		return utf16Text(content[2:], binary.LittleEndian)
	case bytes.HasPrefix(content, markUTF16BE):
		return utf16Text(content[2:], binary.BigEndian)
	case bytes.HasPrefix(content, []byte("PK\x03\x04")), bytes.HasPrefix(content, []byte("\xD0\xCF\x11\xE0")):
		return "", mistake(CodeFileSpreadsheet, "")
	}
	return plainText(string(bytes.TrimPrefix(content, markUTF8)))
}

func utf16Text(content []byte, order binary.ByteOrder) (string, *Mistake) {
	if len(content)%2 != 0 {
		return "", mistake(CodeFileCut, "")
	}
	units := make([]uint16, len(content)/2)
	for i := range units {
		units[i] = order.Uint16(content[2*i:])
	}
	return plainText(string(utf16.Decode(units)))
}

// plainText returns a text without the characters that no text file has.
func plainText(text string) (string, *Mistake) {
	at := strings.IndexFunc(text, func(r rune) bool { return r < ' ' && r != '\t' && r != '\n' && r != '\r' && r != '\v' && r != '\f' })
	if at >= 0 {
		return "", mistake(CodeFileNotText, "", "line", lineAt(text, at))
	}
	if !utf8.ValidString(text) {
		at := strings.IndexRune(text, utf8.RuneError)
		return "", mistake(CodeFileEncoding, "", "line", lineAt(text, at))
	}
	return text, nil
}

func lineAt(text string, at int) string { return strconv.Itoa(strings.Count(text[:at], "\n") + 1) }
