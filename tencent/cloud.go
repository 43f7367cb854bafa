package tencent

import (
	"context"
	"encoding/json"
	"net/http"
	"strings"
	"time"

	"github.com/tencentcloud/tencentcloud-sdk-go/tencentcloud/common"
	sdkhttp "github.com/tencentcloud/tencentcloud-sdk-go/tencentcloud/common/http"
	"github.com/tencentcloud/tencentcloud-sdk-go/tencentcloud/common/profile"
)

const (
	cloudService = "trtc"
	cloudVersion = "2019-07-22"
)

// newSDK returns the vendor's client without its retries, which ignore the context, its region
// breaker, which switches to another site's host, and its debug output, which contains
// credentials.
func newSDK(cfg Config, at endpoint, w *wire) *common.Client {
	p := profile.NewClientProfile()
	p.Language = "en-US"
	p.Debug = false
	p.DisableRegionBreaker = true
	p.NetworkFailureMaxRetries = 0
	p.RateLimitExceededMaxRetries = 0
	p.UnsafeRetryOnConnectionFailure = false
	p.HttpProfile.ReqMethod = "POST"
	p.HttpProfile.Scheme = strings.ToUpper(at.scheme)
	p.HttpProfile.Endpoint = at.host + at.path
	// The context's deadline comes first; this one has whole seconds only.
	p.HttpProfile.ReqTimeout = int(cfg.Timeout/time.Second) + 2
	cred := common.NewTokenCredential(cfg.SecretID, cfg.SecretKey, cfg.Token)
	return common.NewCommonClient(cred, cfg.Region, p).WithHttpTransport(w)
}

// callCloud sends one cloud action. The SDK gets the body as a map: given as text, its numbers
// would be converted to floats.
func (c *Client) callCloud(ctx context.Context, a api, content fields) reply {
	ctx, ex := withExchange(ctx)
	rep := reply{ex: ex}
	req := sdkhttp.NewCommonRequest(cloudService, cloudVersion, a.call)
	if err := req.SetActionParameters(content); err != nil {
		ex.err = &fault{text: "the request could not be made"}
		return rep
	}
	req.SetContext(ctx)
	err := c.sdk.Send(req, sdkhttp.NewCommonResponse())
	switch {
	case ex.err != nil:
	case ex.status == 0: // nothing was sent; the error's text is the SDK's
		ex.err = &fault{text: "the request could not be made", is: context.Cause(ctx)}
	case err == nil:
		rep.readCloud()
	default: // the wire returns nothing that the SDK could reject
		ex.err = &fault{text: "the SDK failed after the answer came"}
	}
	return rep
}

// cloudAnswer is the envelope of every cloud API answer.
type cloudAnswer struct {
	Response struct {
		Error     *struct{ Code, Message text }
		RequestID text `json:"RequestId"`
	}
}

// readCloud reads a cloud answer. The HTTP status is always 200, so with another one it is not a
// success; nor is it one without RequestId.
func (r *reply) readCloud() {
	var a cloudAnswer
	if err := json.Unmarshal(r.ex.body, &a); err != nil {
		return
	}
	r.requestID = string(a.Response.RequestID)
	switch {
	case a.Response.Error != nil:
		r.code, r.message = string(a.Response.Error.Code), string(a.Response.Error.Message)
	case r.requestID != "" && r.ex.status == http.StatusOK:
		r.yes = true
	}
}
