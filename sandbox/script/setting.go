package script

import (
	"fmt"
	"maps"
	"slices"

	"bouncer/sandbox"
)

// setting is a header line; it was applied before the world was created.
var setting = row("setting KEY VALUE", func(*runner, given) error { return nil })

// Settings returns what the header replaces in the demo's policy, for the
// Config of the world that the script runs in. A nil script has none.
func (s *Script) Settings() map[string]string {
	out := map[string]string{}
	if s == nil {
		return out
	}
	for _, st := range s.steps {
		if st.is("setting") {
			out[st.args[0]] = st.args[1]
		}
	}
	return out
}

// is reports whether the form begins with the word.
func (st step) is(word string) bool { return st.form.words[0] == word }

// placed refuses a setting that comes too late, or twice.
func (s *Script) placed(st step) error {
	if !st.is("setting") {
		return nil
	}
	if slices.ContainsFunc(s.steps, func(before step) bool { return !before.is("setting") && before.form != &remark }) {
		return fmt.Errorf("%q comes after the first step: settings must come first", st)
	}
	if _, twice := s.Settings()[st.args[0]]; twice {
		return fmt.Errorf("%s is set twice", st.args[0])
	}
	return nil
}

// checkWorld reports whether the world was created with the settings of the
// script's header.
func (s *Script) checkWorld(w *sandbox.World) error {
	have := w.Policy()
	for _, key := range slices.Sorted(maps.Keys(s.Settings())) {
		if want := s.Settings()[key]; have[key] != want {
			return fmt.Errorf("%s: the world was made without: setting %s %s", s.Name, key, want)
		}
	}
	return nil
}
