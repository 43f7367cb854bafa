package store

import (
	"reflect"
	"strings"
	"testing"

	"bouncer/moderation"

	"github.com/stretchr/testify/require"
)

// A field that Verify reads under another name than bodies are written with would be empty, and what
// it proves would not be compared.
func TestVerifyReadsTheFieldsOfABody(t *testing.T) {
	body := reflect.TypeFor[moderation.Body]()
	name := func(f reflect.StructField) string {
		name, _, _ := strings.Cut(f.Tag.Get("json"), ",")
		return name
	}
	for read := range reflect.TypeFor[comparedBody]().Fields() {
		written, ok := body.FieldByName(read.Name)
		require.True(t, ok, read.Name)
		require.Equal(t, name(written), name(read), read.Name)
		if written.Type.Kind() == reflect.Pointer && read.Type.Kind() != reflect.Pointer { // nothing is the zero value
			written.Type = written.Type.Elem()
		}
		require.Equal(t, written.Type, read.Type, read.Name)
	}
}
