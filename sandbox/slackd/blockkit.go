package slackd

import (
	"bytes"
	_ "embed"
	"errors"
	"fmt"
	"strings"
	"sync"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"github.com/santhosh-tekuri/jsonschema/v6/kind"
)

//go:embed blockkit.json
var blockKitJSON []byte

// blockKit are the schemas of what an app sends. They are compiled once a process.
var blockKit = sync.OnceValue(func() (k struct{ message, modal, home, suggestion *jsonschema.Schema }) {
	const url = "blockkit.json"
	doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(blockKitJSON))
	c := jsonschema.NewCompiler()
	c.AssertFormat()
	c.AssertVocabs()
	c.RegisterVocabulary(&jsonschema.Vocabulary{URL: "https://spec.openapis.org/oas/3.1/dialect/base#discriminator", Schema: &jsonschema.Schema{}, Compile: byType})
	if err := errors.Join(err, c.AddResource(url, doc)); err != nil {
		panic(fmt.Sprintf("slackd: %v", err)) // the file is this package's own
	}
	k.message = c.MustCompile(url + "#/$defs/message")
	k.modal = c.MustCompile(url + "#/$defs/modal")
	k.home = c.MustCompile(url + "#/$defs/home")
	k.suggestion = c.MustCompile(url + "#/$defs/suggestion")
	return k
})

// discriminator is the keyword that checks an object against the schema of its
// type. oneOf would try each, and its errors would name all of them.
type discriminator map[string]*jsonschema.Schema

func byType(ctx *jsonschema.CompilerContext, o map[string]any) (jsonschema.SchemaExt, error) {
	word, ok := o["discriminator"].(object)
	if !ok {
		return nil, nil //nolint:nilnil // how the library says that the keyword is not there
	}
	d := discriminator{}
	for name, ref := range word["mapping"].(object) {
		schema, err := ctx.EnqueueRef(ref.(string))
		if err != nil {
			return nil, err
		}
		d[name] = schema
	}
	return d, nil
}

// unsupported is the error for an object whose type is not in the mapping.
type unsupported struct{ *kind.Enum }

// Validate implements jsonschema.SchemaExt.
func (d discriminator) Validate(ctx *jsonschema.ValidatorContext, v any) {
	o, ok := v.(object)
	if !ok {
		ctx.AddError(&kind.Type{Want: []string{"object"}})
		return
	}
	name, ok := o["type"].(string)
	if !ok {
		ctx.AddError(&kind.Required{Missing: []string{"type"}})
		return
	}
	schema, known := d[name]
	if !known {
		ctx.AddError(unsupported{&kind.Enum{Got: name}})
		return
	}
	if err := ctx.Validate(schema, v, nil); err != nil {
		ctx.AddErr(err)
	}
}

// conform checks a value against a schema and gathers what Slack would object
// to, each at the innermost value that is wrong. at is the value's JSON pointer.
func (c *checker) conform(at string, schema *jsonschema.Schema, v any) {
	var e *jsonschema.ValidationError
	if errors.As(schema.Validate(v), &e) {
		c.object(at, e)
	}
}

// object translates one of the validator's errors into Slack's words.
func (c *checker) object(root string, e *jsonschema.ValidationError) {
	for _, cause := range e.Causes {
		c.object(root, cause)
	}
	if len(e.Causes) > 0 {
		return
	}
	at, last := root, ""
	for _, key := range e.InstanceLocation {
		root, at, last = at, at+"/"+key, key
	}
	switch k := e.ErrorKind.(type) {
	case *kind.Required:
		for _, name := range k.Missing {
			c.say(at, "missing required field: %s", name)
		}
	case *kind.AdditionalProperties:
		for _, name := range k.Properties {
			c.say(at, "invalid additional property: %s", name)
		}
	case *kind.FalseSchema:
		c.say(root, "invalid additional property: %s", last)
	case unsupported:
		c.say(at+"/type", "unsupported type: %s", k.Got)
	case *kind.Const: // of a type where there is only one
		c.say(at, "unsupported type: %v", k.Got)
	case *kind.Type:
		article := "a"
		if strings.Contains("aio", k.Want[0][:1]) {
			article = "an"
		}
		c.say(at, "must be %s %s", article, k.Want[0])
	case *kind.Enum:
		c.say(at, "must be one of %s", strings.Trim(strings.ReplaceAll(fmt.Sprint(k.Want), " ", ", "), "[]"))
	case *kind.MinLength:
		c.say(at, "must be more than %d characters", k.Want-1)
	case *kind.MaxLength:
		c.say(at, "must be less than %d characters", k.Want+1)
	case *kind.MinItems:
		c.say(at, "no fewer than %d items allowed", k.Want)
	case *kind.MaxItems:
		c.say(at, "no more than %d items allowed", k.Want)
	case *kind.UniqueItems:
		c.say(at, "must be unique")
	case *kind.Minimum:
		c.say(at, "must be at least %s", k.Want.RatString())
	case *kind.Maximum:
		c.say(at, "must be at most %s", k.Want.RatString())
	case *kind.Pattern:
		c.say(at, "must match %s", k.Want)
	case *kind.Format:
		c.say(at, "must be a %s", k.Want)
	default:
		c.say(at, "breaks the rule %s", strings.Join(e.ErrorKind.KeywordPath(), "/"))
	}
}
