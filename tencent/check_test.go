package tencent

import (
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// checked runs Check against answers by call, "" for all others.
func checked(t *testing.T, site Site, skew time.Duration, answers map[string]string) ([]CheckResult, *vendor) {
	t.Helper()
	v := newVendor(t, func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Date", time.Now().Add(skew).UTC().Format(http.TimeFormat))
		call := r.Header.Get("X-TC-Action")
		if call == "" {
			call = r.URL.Path[strings.LastIndex(r.URL.Path, "/")+1:]
		}
		answer, ok := answers[call]
		switch {
		case ok:
		case r.Header.Get("X-TC-Action") != "":
			answer = `{"Response":{"Error":{"Code":"MissingParameter.UserIds","Message":"missing"},"RequestId":"r"}}`
		default:
			answer = `{"ActionStatus":"OK","ErrorCode":0,"GroupInfo":[],"Response":{}}`
		}
		_, _ = io.WriteString(w, answer)
	})
	cfg := testConfig(v.URL)
	cfg.Site = site
	return newTestClient(t, cfg).Check(t.Context()), v
}

func TestCheckAllWell(t *testing.T) {
	results, v := checked(t, SiteIntl, 0, nil)
	require.Len(t, results, 6)
	for _, r := range results {
		require.True(t, r.OK, "%+v", r)
		require.NotEmpty(t, r.Detail)
		require.Empty(t, r.Advice)
	}
	// Nothing that was sent could affect a person.
	require.Len(t, v.requests(), 5)
	for _, r := range v.requests() {
		for _, field := range []string{"UserId", "UserIds", "Account"} {
			require.NotContains(t, string(r.body), field)
		}
	}
}

func TestCheckFindsWhatIsWrong(t *testing.T) {
	cloudErr := func(code string) string {
		return fmt.Sprintf(`{"Response":{"Error":{"Code":%q,"Message":"m"},"RequestId":"r"}}`, code)
	}
	v4Err := func(code int) string { return fmt.Sprintf(`{"ErrorCode":%d,"ErrorInfo":"m"}`, code) }
	for name, row := range map[string]struct {
		site    Site
		skew    time.Duration
		answers map[string]string
		failing string // the start of the failing line's name
		advice  string
	}{
		"a wrong key":           {"", 0, map[string]string{"RemoveUser": cloudErr("AuthFailure.SignatureFailure")}, "cloud", "TENCENTCLOUD_SECRET_KEY"},
		"another's application": {"", 0, map[string]string{"RemoveUser": cloudErr("UnauthorizedOperation.SdkAppId")}, "cloud", "SDK_APP_ID"},
		"no mute on this site":  {SiteCN, 0, map[string]string{"SetUserBlocked": cloudErr("InvalidAction")}, "mute", "cannot mute"},
		"a wrong chat key":      {"", 0, map[string]string{"get_group_info": v4Err(70003)}, "chat", "CHAT_SECRET_KEY"},
		"no administrator":      {"", 0, map[string]string{"get_group_info": v4Err(60010)}, "chat", "CHAT_ADMIN"},
		"another data centre":   {"", 0, map[string]string{"get_group_info": v4Err(60006)}, "chat", "CHAT_ENDPOINT"},
		"the edition":           {"", 0, map[string]string{"get_group_ban_member": v4Err(10007)}, "bans", "Chat console"},
		"no Live":               {"", 0, map[string]string{"get_room_list": v4Err(100007)}, "Live", "plan"},
		"a page":                {"", 0, map[string]string{"get_room_list": "<html>"}, "Live", "network"},
		"the clock":             {"", 10 * time.Minute, nil, "clock", "NTP"},
		"the clock, behind":     {"", -10 * time.Minute, nil, "clock", "NTP"},
	} {
		results, _ := checked(t, row.site, row.skew, row.answers)
		failing := 0
		for _, r := range results {
			if !r.OK {
				failing++
				require.True(t, strings.HasPrefix(r.Name, row.failing), "%s: %+v", name, r)
				require.Contains(t, r.Advice, row.advice, name)
				require.NotEmpty(t, r.Detail, name)
			}
		}
		require.Equal(t, 1, failing, "%s: %+v", name, results)
	}
	// A missing group is the expected success.
	results, _ := checked(t, "", 0, map[string]string{"get_group_ban_member": v4Err(10010), "get_room_list": v4Err(100004)})
	for _, r := range results {
		require.True(t, r.OK, "%+v", r)
	}
}
