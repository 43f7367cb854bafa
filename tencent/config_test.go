package tencent

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestNewReportsAllProblems(t *testing.T) {
	_, err := New(Config{})
	require.Error(t, err)
	for _, setting := range []string{"TENCENTCLOUD_SECRET_ID", "TENCENTCLOUD_SECRET_KEY", "CHAT_SECRET_KEY", "SDK_APP_ID"} {
		require.Contains(t, err.Error(), setting)
	}
	_, err = New(Config{
		SecretID: "has blank", SecretKey: "密钥secretpart", Token: "line\nbreak", ChatSecretKey: " padded ",
		Site: "moon", Region: "eu-nowhere", ChatAdmin: strings.Repeat("a", 33), Timeout: -1, SDKAppID: 1,
		CloudEndpoint: "https://user:hunter2@host", ChatEndpoint: "http://example.com",
	})
	require.Error(t, err)
	for _, setting := range []string{
		"TENCENTCLOUD_SECRET_ID", "TENCENTCLOUD_SECRET_KEY", "TENCENTCLOUD_TOKEN", "CHAT_SECRET_KEY", "TENCENT_SITE",
		"TRTC_REGION", "CHAT_ADMIN", "TRTC_ENDPOINT", "CHAT_ENDPOINT", "timeout",
	} {
		require.Contains(t, err.Error(), setting)
	}
	for _, secret := range []string{"has blank", "secretpart", "line", "padded", "hunter2", "moon", "eu-nowhere"} {
		require.NotContains(t, err.Error(), secret, "no value is repeated")
	}
}

func TestEndpoints(t *testing.T) {
	for value, want := range map[string]endpoint{
		"":                           {"https", "standard.example", ""},
		"trtc.tencentcloudapi.com":   {"https", "trtc.tencentcloudapi.com", ""},
		"host.example:8443":          {"https", "host.example:8443", ""},
		"https://host.example/a/b/":  {"https", "host.example", "/a/b"},
		"http://127.0.0.1:9000":      {"http", "127.0.0.1:9000", ""},
		"http://[::1]:9000/tencent/": {"http", "[::1]:9000", "/tencent"},
		"http://localhost:9000":      {"http", "localhost:9000", ""},
		"HTTP://localhost:9000":      {"http", "localhost:9000", ""},
	} {
		got, err := parseEndpoint(value, "standard.example")
		require.NoError(t, err, value)
		require.Equal(t, want, got, value)
	}
	for _, value := range []string{
		"http://tencent.example", "http://10.0.0.1:9000", "ftp://host", "https://", "https://u:p@host", "https://host?x=1",
		"https://host#f", "://", "https://ho st", "https://%zz", "http://127.0.0.1.example", "https://host?",
	} {
		_, err := parseEndpoint(value, "standard.example")
		require.Error(t, err, value)
	}
}

func TestDefaults(t *testing.T) {
	base := Config{SecretID: "i", SecretKey: "k", ChatSecretKey: "c", SDKAppID: 1400000000}
	for _, row := range []struct {
		site, region       string
		wantHost, wantArea string
	}{
		{"", "", "trtc.intl.tencentcloudapi.com", "ap-singapore"},
		{"intl", "", "trtc.intl.tencentcloudapi.com", "ap-singapore"},
		{"cn", "", "trtc.tencentcloudapi.com", "ap-guangzhou"},
		{"cn", "ap-beijing", "trtc.tencentcloudapi.com", "ap-beijing"},
	} {
		cfg := base
		cfg.Site, cfg.Region = Site(row.site), row.region
		cloudAt, _, err := cfg.fill()
		require.NoError(t, err)
		require.Equal(t, endpoint{"https", row.wantHost, ""}, cloudAt)
		require.Equal(t, row.wantArea, cfg.Region)
		require.Equal(t, "administrator", cfg.ChatAdmin)
		require.Equal(t, DefaultTimeout, cfg.Timeout)
	}
}

func TestChatHosts(t *testing.T) {
	for app, host := range map[uint32]string{
		1400188366: "console.tim.qq.com",
		1600000001: "console.tim.qq.com",
		1:          "console.tim.qq.com",
		19_999_999: "console.tim.qq.com",
		20_000_000: "adminapisgp.im.qcloud.com", 29_999_999: "adminapisgp.im.qcloud.com",
		30_000_000: "adminapikr.im.qcloud.com",
		40_000_000: "adminapiger.im.qcloud.com",
		50_000_000: "adminapiind.im.qcloud.com",
		60_000_000: "adminapijpn.im.qcloud.com",
		70_000_000: "adminapiusa.im.qcloud.com",
		89_999_999: "adminapiidn.im.qcloud.com", 90_000_000: "console.tim.qq.com",
		1_719_999_999: "console.tim.qq.com",
		1_720_000_000: "adminapisgp.im.qcloud.com", 1_729_999_999: "adminapisgp.im.qcloud.com",
		1_730_000_000: "adminapikr.im.qcloud.com",
		1_740_000_000: "adminapiger.im.qcloud.com",
		1_750_000_000: "adminapiind.im.qcloud.com",
		1_760_000_000: "adminapijpn.im.qcloud.com",
		1_770_000_000: "adminapiusa.im.qcloud.com",
		1_780_000_000: "adminapiidn.im.qcloud.com", 1_789_999_999: "adminapiidn.im.qcloud.com",
		1_790_000_000: "console.tim.qq.com",
		4_294_967_295: "console.tim.qq.com",
	} {
		require.Equal(t, host, chatHost(app), "%d", app)
	}
}
