package main

import (
	"maps"
	"os"
	"path"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/compose-spec/compose-go/v2/schema"
	"github.com/goccy/go-yaml"
	"github.com/stretchr/testify/require"

	"bouncer/policy"
)

// documents returns the YAML documents of a file.
func documents(t *testing.T, name string) (docs []map[string]any) {
	t.Helper()
	raw, err := os.ReadFile("../../" + name)
	require.NoError(t, err)
	for _, text := range strings.Split(string(raw), "\n---\n") {
		var doc map[string]any
		require.NoError(t, yaml.Unmarshal([]byte(text), &doc), name)
		docs = append(docs, doc)
	}
	return docs
}

// at returns the value under a path such as "spec/containers/0/image"; nil
// where there is none.
func at(v any, where string) any {
	for key := range strings.SplitSeq(where, "/") {
		switch in := v.(type) {
		case map[string]any:
			v = in[key]
		case []any:
			if key != "0" || len(in) == 0 {
				return nil
			}
			v = in[0]
		default:
			return nil
		}
	}
	return v
}

// requireSettings checks that the environment of a deployment has only settings,
// that its secrets are files, and that all of it together is enough to run.
func requireSettings(t *testing.T, env map[string]any) {
	t.Helper()
	known := append(settingNames(), secretFileNames()...)
	got := map[string]string{}
	for name, value := range env {
		require.Contains(t, known, name)
		require.NotContains(t, []string{"SLACK_BOT_TOKEN", "SLACK_APP_TOKEN", "TENCENTCLOUD_SECRET_KEY", "CHAT_SECRET_KEY"}, name, "a secret in the file")
		got[name], _ = value.(string)
	}
	for _, secret := range secretNames() {
		if got[secret+fileSuffix] == "" {
			continue
		}
		value := enough()[secret]
		if secret == "DATABASE_URL" {
			value = "postgres://bouncer:hush@postgres/bouncer"
		}
		got[secret+fileSuffix] = secretFile(t, value+"\n")
	}
	if got["POLICY_FILE"] != "" {
		got["POLICY_FILE"] = "../../policy/testdata/example.yaml"
	}
	_, err := settingsOf(got).check()
	require.NoError(t, err)
}

// compose.yaml is valid by the schema of Compose, starts what exists, and has
// every setting that the bot needs.
func TestCompose(t *testing.T) {
	c := documents(t, "compose.yaml")[0]
	require.NoError(t, schema.Validate(c))
	require.Regexp(t, `^postgres:\d+\.\d+$`, at(c, "services/postgres/image"), "pinned")
	bot := at(c, "services/bouncer").(map[string]any)
	require.EqualValues(t, 2, at(bot, "deploy/replicas"))
	for _, name := range []string{"bouncer", "migrate"} {
		s := at(c, "services/"+name).(map[string]any)
		command, _ := at(s, "command/0").(string)
		require.Equal(t, map[string]string{"bouncer": "run", "migrate": "migrate"}[name], command)
		require.True(t, slices.ContainsFunc(subcommands(), func(c subcommand) bool { return c.name == command }))
		require.Equal(t, true, s["read_only"])
		require.Equal(t, "service_healthy", at(s, "depends_on/postgres/condition"))
		env := maps.Clone(s["environment"].(map[string]any))
		var mounted []string
		for _, secret := range s["secrets"].([]any) {
			require.NotNil(t, at(c, "secrets/"+secret.(string)+"/file"), secret)
			mounted = append(mounted, "/run/secrets/"+secret.(string))
		}
		for key, file := range env {
			require.Contains(t, mounted, file, key)
		}
		for key, value := range map[string]string{"AUDIT_CHANNEL": "C0AUDIT", "MODERATORS": "S0MODS", "SDK_APP_ID": "1400000000"} { // bouncer.env, as the file says
			env[key] = value
		}
		requireSettings(t, env)
	}
	require.Equal(t, "service_completed_successfully", at(bot, "depends_on/migrate/condition"))
	grace, err := time.ParseDuration(bot["stop_grace_period"].(string))
	require.NoError(t, err)
	require.Greater(t, grace, stopWithin)
	ignored, err := os.ReadFile("../../.gitignore")
	require.NoError(t, err)
	require.Contains(t, string(ignored), "/secrets/\n")
	require.Contains(t, string(ignored), "/bouncer.env\n")
}

// The examples for Kubernetes run as README says: not as root, with a read-only
// root file system, secrets from files, probes that exist, and enough time to
// stop. Replicas use PostgreSQL; a SQLite file has one process, also during an
// upgrade.
func TestKubernetes(t *testing.T) {
	for _, name := range []string{"deploy/kubernetes.yaml", "deploy/kubernetes-sqlite.yaml"} {
		kinds := map[string]map[string]any{}
		for _, d := range documents(t, name) {
			kinds[at(d, "kind").(string)+" "+at(d, "metadata/name").(string)] = d
		}
		deployment := kinds["Deployment bouncer"]
		require.Equal(t, "apps/v1", deployment["apiVersion"])
		pod := at(deployment, "spec/template/spec").(map[string]any)
		require.Equal(t, at(deployment, "spec/selector/matchLabels"), at(deployment, "spec/template/metadata/labels"))
		require.Greater(t, time.Duration(at(pod, "terminationGracePeriodSeconds").(uint64))*time.Second, stopWithin)
		require.Equal(t, true, at(pod, "securityContext/runAsNonRoot"))
		env := at(kinds["ConfigMap bouncer"], "data").(map[string]any)
		requireSettings(t, env)

		volumes := map[string]any{}
		for _, v := range pod["volumes"].([]any) {
			volumes[at(v, "name").(string)] = v
		}
		containers := pod["containers"].([]any)
		if init, ok := pod["initContainers"].([]any); ok {
			require.Equal(t, "migrate", at(init, "0/args/0"))
			require.Equal(t, at(containers, "0/image"), at(init, "0/image"))
			containers = append(containers, init...)
		}
		for _, c := range containers {
			require.Equal(t, true, at(c, "securityContext/readOnlyRootFilesystem"), name)
			require.Equal(t, false, at(c, "securityContext/allowPrivilegeEscalation"), name)
			require.Equal(t, "bouncer", at(c, "envFrom/0/configMapRef/name"))
			var folders []string
			for _, m := range at(c, "volumeMounts").([]any) {
				require.Contains(t, volumes, at(m, "name"))
				folders = append(folders, at(m, "mountPath").(string))
			}
			for key, value := range env {
				if strings.HasSuffix(key, "_FILE") || key == "DATABASE_URL" {
					require.Contains(t, folders, path.Dir(value.(string)), "%s: %s is not mounted", name, key)
				}
			}
		}
		c := at(pod, "containers/0")
		require.Equal(t, "/healthz", at(c, "livenessProbe/httpGet/path"))
		require.Equal(t, "/healthz", at(c, "startupProbe/httpGet/path"))
		require.Equal(t, "/readyz", at(c, "readinessProbe/httpGet/path"))
		require.Equal(t, "0.0.0.0:8081", env["HTTP_ADDR"])
		require.EqualValues(t, 8081, at(c, "ports/0/containerPort"))

		replicas := at(deployment, "spec/replicas").(uint64)
		if env["DATABASE_URL_FILE"] != nil {
			require.EqualValues(t, 2, replicas)
			budget := kinds["PodDisruptionBudget bouncer"]
			require.Equal(t, "policy/v1", budget["apiVersion"])
			require.Equal(t, at(deployment, "spec/selector"), at(budget, "spec/selector"))
			require.EqualValues(t, 1, at(budget, "spec/minAvailable"))
			text := at(kinds["ConfigMap bouncer-policy"], "data/policy.yaml").(string)
			_, err := policy.Load("policy.yaml", []byte(text), policy.Options{})
			require.NoError(t, err)
			continue
		}
		require.EqualValues(t, 1, replicas)
		require.Equal(t, "Recreate", at(deployment, "spec/strategy/type"))
		require.Contains(t, kinds, "PersistentVolumeClaim "+at(volumes["data"], "persistentVolumeClaim/claimName").(string))
	}
}
