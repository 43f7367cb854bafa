package slackd

import (
	"encoding/json"
	"regexp"
	"strings"
)

// content is the content of a message, checked against Slack's limits.
type content struct {
	text                          string
	blocks, attachments, metadata json.RawMessage
	// hasBlocks and hasMetadata distinguish "absent" from "present and
	// empty".
	hasBlocks, hasMetadata bool
}

var metadataType = regexp.MustCompile(`^[A-Za-z0-9_.\-]+$`)

// content reads text, blocks, attachments and metadata from a call.
func (s *Server) content(a args) (content, *apiError) {
	c := content{text: a.str("text")}
	if raw := strings.TrimSpace(a.str("blocks")); raw != "" {
		c.hasBlocks = true
		blocks, err := s.checkBlocks(raw)
		if err != nil {
			return c, err
		}
		c.blocks = blocks
	}
	if raw := strings.TrimSpace(a.str("attachments")); raw != "" {
		var list []map[string]any
		if json.Unmarshal([]byte(raw), &list) != nil {
			return c, fail("invalid_attachments")
		}
		if len(list) > maxAttachments {
			return c, fail("too_many_attachments")
		}
		for _, at := range list {
			inner, ok := at["blocks"]
			if !ok {
				continue
			}
			if _, err := s.checkBlocks(string(rawJSON(inner))); err != nil {
				return c, err
			}
		}
		if len(list) > 0 {
			c.attachments = json.RawMessage(raw)
		}
	}
	if raw := strings.TrimSpace(a.str("metadata")); raw != "" {
		c.hasMetadata = true
		metadata, err := s.checkMetadata(raw)
		if err != nil {
			return c, err
		}
		c.metadata = metadata
	}
	if strings.TrimSpace(c.text) == "" && c.blocks == nil && c.attachments == nil {
		return c, fail("no_text")
	}
	return c, nil
}

func (s *Server) checkMetadata(raw string) (json.RawMessage, *apiError) {
	var m struct {
		Type    string           `json:"event_type"`
		Payload *json.RawMessage `json:"event_payload"`
	}
	if json.Unmarshal([]byte(raw), &m) != nil {
		return nil, fail("invalid_metadata_format")
	}
	if m.Type == "" && m.Payload == nil {
		return nil, nil // how slack-go writes "none"
	}
	var payload map[string]any
	if m.Payload == nil || json.Unmarshal(*m.Payload, &payload) != nil || payload == nil || !metadataType.MatchString(m.Type) {
		return nil, fail("invalid_metadata_schema")
	}
	if len(raw) > s.cfg.Limits.MetadataBytes {
		return nil, fail("metadata_too_large")
	}
	return json.RawMessage(raw), nil
}
