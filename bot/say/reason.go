package say

import "bouncer/moderation"

// reason is an action's reason: the text of its preset reason with the code, and what was typed
// besides. A code that the policy has no more is shown as it was typed.
func (s *speech) reason(a moderation.Action) string {
	preset, ok := s.cfg.Reasons().Preset(a.ReasonCode)
	if !ok {
		return a.Reason
	}
	text := s.presetText(preset)
	if detail := preset.Detail(a.Reason); detail != "" {
		text += s.colon + detail
	}
	return text
}

// presetText is a preset reason with its code.
func (s *speech) presetText(p moderation.PresetReason) string {
	text := p.Text(string(s.lang))
	if text == p.Code {
		return text
	}
	return text + s.open + p.Code + s.end
}

// reasonTally is the code of a preset reason in a count.
func (s *speech) reasonTally(t moderation.Tally) phrase {
	preset, ok := s.cfg.Reasons().Preset(t.Key)
	if !ok {
		return supplied(t.Key, 70)
	}
	return supplied(preset.Text(string(s.lang)), 70)
}

// proposed says which length a ladder proposes, and why, in the sentence with that key.
func (s *speech) proposed(p moderation.Proposal, key string) phrase {
	v := vals{"reason": s.reasonTally(moderation.Tally{Key: p.Code}), "person": id(p.Target), "n": p.Earlier}
	why := s.say("ladder.first", v)
	if p.Earlier > 0 {
		why = s.say("ladder.again", v)
	}
	if p.Within > 0 {
		why = cat(why, s.say("ladder.within", vals{"length": own(s.length(p.Within))}))
	}
	length := s.span(moderation.Action{Duration: p.Length.Duration, Permanent: p.Length.Permanent})
	return s.say(key, vals{"length": length, "why": why})
}

// reasonTallies is the line of a digest about preset reasons; none where the policy has none.
func (s *speech) reasonTallies(d moderation.Digest) phrase {
	if len(d.Reasons) == 0 {
		return nil
	}
	return s.label("digest.reasons", s.tallies(d.Reasons, s.reasonTally))
}
