package policy

import (
	"fmt"
	"sort"
	"strings"
)

// FileError is one thing that is wrong in a policy's text. Line and Column
// count from 1, columns in characters.
type FileError struct {
	File    string
	Line    int
	Column  int
	Message string
}

// Error gives file:line:column: message.
func (e *FileError) Error() string {
	return fmt.Sprintf("%s:%d:%d: %s", e.File, e.Line, e.Column, e.Message)
}

// FileErrors is everything that is wrong in a policy's text, in the order of
// the text. Load returns it as its error.
type FileErrors []*FileError

// Error gives one line for each.
func (es FileErrors) Error() string {
	lines := make([]string, len(es))
	for i, e := range es {
		lines[i] = e.Error()
	}
	return strings.Join(lines, "\n")
}

// Unwrap gives the single errors.
func (es FileErrors) Unwrap() []error {
	all := make([]error, len(es))
	for i, e := range es {
		all[i] = e
	}
	return all
}

// place is where something stands in the text.
type place struct{ line, column int }

// start is where problems of the whole text are reported.
var start = place{1, 1}

// problems collects what is wrong, so that all of it is told at once.
type problems struct {
	file string
	list FileErrors
	used map[string]place // where keys and verb words were first used, with their names as written
}

func (p *problems) add(at place, format string, args ...any) {
	p.list = append(p.list, &FileError{File: p.file, Line: at.line, Column: at.column, Message: fmt.Sprintf(format, args...)})
}

// err gives the problems in the order of the text, or nil.
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
