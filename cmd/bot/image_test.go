package main

import (
	"encoding/json"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// image is the last stage of the Dockerfile, and the lines that build for it.
type image struct {
	build, last []string
}

func readImage(t *testing.T) image {
	t.Helper()
	raw, err := os.ReadFile("../../Dockerfile")
	require.NoError(t, err)
	var im image
	for line := range strings.Lines(strings.ReplaceAll(string(raw), "\\\n", " ")) {
		switch line = strings.TrimSpace(line); {
		case line == "" || strings.HasPrefix(line, "#"):
		case strings.HasPrefix(line, "FROM "):
			im.build, im.last = append(im.build, im.last...), []string{line}
		default:
			im.last = append(im.last, line)
		}
	}
	return im
}

// one returns the argument of an instruction that must occur once.
func (im image) one(t *testing.T, instruction string) string {
	t.Helper()
	var found []string
	for _, line := range im.last {
		if rest, ok := strings.CutPrefix(line, instruction+" "); ok {
			found = append(found, strings.TrimSpace(rest))
		}
	}
	require.Len(t, found, 1, instruction)
	return found[0]
}

func jsonList(t *testing.T, list string) (out []string) {
	t.Helper()
	require.NoError(t, json.Unmarshal([]byte(list), &out), list)
	return out
}

// The image contains one static program that runs as an unprivileged user,
// stores its database on the volume, and has a health check.
func TestTheImage(t *testing.T) {
	im := readImage(t)
	require.Equal(t, "FROM scratch", im.last[0], "nothing beside the program: no shell, no packages")

	user, _, _ := strings.Cut(im.one(t, "USER"), ":")
	require.Regexp(t, `^[1-9][0-9]*$`, user, "a number, so that an orchestrator can see that it is not root")

	program := im.one(t, "ENTRYPOINT")
	entry := jsonList(t, program)
	require.Len(t, entry, 1)
	require.Equal(t, []string{"run"}, jsonList(t, im.one(t, "CMD")))
	health := im.one(t, "HEALTHCHECK")
	at := strings.Index(health, "CMD ")
	require.GreaterOrEqual(t, at, 0, health)
	require.Equal(t, []string{entry[0], "health"}, jsonList(t, health[at+len("CMD "):]), "there is no shell, and no curl")
	for _, name := range []string{"run", "health"} {
		require.True(t, slices.ContainsFunc(subcommands(), func(c subcommand) bool { return c.name == name }), name)
	}

	volume := im.one(t, "VOLUME")
	require.Equal(t, "/data", volume)
	require.Equal(t, volume, im.one(t, "WORKDIR"), "the default database is in the working directory; outside the volume it is lost with the container")
	require.NotContains(t, im.one(t, "ENV"), "DATABASE_URL", "DATABASE_URL_FILE could not be set")

	built := slices.IndexFunc(im.build, func(line string) bool { return strings.Contains(line, "go build") })
	require.GreaterOrEqual(t, built, 0)
	require.Regexp(t, `^RUN CGO_ENABLED=0 go build .*-o (\S+) \./cmd/bot`, im.build[built], "a program that needs a libc does not start here")
	out := regexp.MustCompile(`-o (\S+)`).FindStringSubmatch(im.build[built])[1]
	require.Contains(t, im.last, "COPY --from=build "+out+" "+entry[0])
	require.True(t, slices.ContainsFunc(im.last, func(line string) bool {
		return strings.HasPrefix(line, "COPY ") && strings.Contains(line, "--chown="+user+":") && strings.HasSuffix(line, " "+volume)
	}), "a volume of root's cannot be written")
	require.True(t, slices.ContainsFunc(im.last, func(line string) bool {
		return strings.HasPrefix(line, "COPY ") && strings.Contains(line, "ca-certificates.crt")
	}), "without certificates neither Slack nor Tencent is reached")
}
