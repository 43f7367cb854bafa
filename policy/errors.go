package policy

import (
	"fmt"
	"sort"
	"strings"
)

// FileError is one error in a policy's text. Line and Column count from 1, columns in characters.
type FileError struct {
	File    string
	Line    int
	Column  int
	Message string
}

// Error returns file:line:column: message.
func (e *FileError) Error() string {
	return fmt.Sprintf("%s:%d:%d: %s", e.File, e.Line, e.Column, e.Message)
}

// FileErrors is every error in a policy's text, in the order of the text. Load returns it as its
// error.
type FileErrors []*FileError

// Error returns one line for each.
func (es FileErrors) Error() string {
	lines := make([]string, len(es))
	for i, e := range es {
		lines[i] = e.Error()
	}
	return strings.Join(lines, "\n")
}

// Unwrap returns the single errors.
func (es FileErrors) Unwrap() []error {
	all := make([]error, len(es))
	for i, e := range es {
		all[i] = e
	}
	return all
}

// place is a position in the text.
type place struct{ line, column int }

// start is the place of errors of the whole text.
var start = place{1, 1}

// problems collects errors, so that all of them are reported together.
type problems struct {
	file string
	list FileErrors
	used map[string]place // where keys and verb words were first used, by their names as written
}

func (p *problems) add(at place, format string, args ...any) {
	p.list = append(p.list, &FileError{File: p.file, Line: at.line, Column: at.column, Message: fmt.Sprintf(format, args...)})
}

// err returns the errors in the order of the text, or nil.
func (p *problems) err() error {
	if len(p.list) == 0 {
		return nil
	}
	sort.SliceStable(p.list, func(i, j int) bool {
		a, b := p.list[i], p.list[j]
		if a.Line != b.Line {
			return a.Line < b.Line
		}
		return a.Column < b.Column
	})
	return p.list
}
