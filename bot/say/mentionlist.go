package say

// mentionList gathers whom a message about several cases mentions: each
// once, with the numbers of the cases that they must look at.
type mentionList struct {
	ids   []string
	cases map[string]phrase
}

// add collects the users and groups that a phrase mentions.
func (r *mentionList) add(no int64, p phrase) {
	number := hashed(no)
	for _, a := range p {
		if a.kind != mention && a.kind != usergroup {
			continue
		}
		if r.cases == nil {
			r.cases = map[string]phrase{}
		}
		if _, ok := r.cases[a.text]; !ok {
			if len(r.ids) == mostMentions {
				continue
			}
			r.ids = append(r.ids, a.text)
		}
		r.cases[a.text] = join(" ", r.cases[a.text], number)
	}
}

// sentence mentions them all; empty for none.
func (r *mentionList) sentence(s *speech) phrase {
	if len(r.ids) == 0 {
		return nil
	}
	parts := make([]phrase, len(r.ids))
	for i, x := range r.ids {
		parts[i] = cat(mentionOf(x), own(" "), r.cases[x])
	}
	return s.say("cards.call", vals{"list": s.list(parts...)})
}
