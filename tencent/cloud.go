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

// newSDK makes the vendor's client with everything off that would act behind
// our back: its retries sleep without looking at the context, its region
// breaker goes to another site's host, and its debug output holds credentials.
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
	// The context's deadline comes first; this one knows whole seconds only.
	p.HttpProfile.ReqTimeout = int(cfg.Timeout/time.Second) + 2
	cred := common.NewTokenCredential(cfg.SecretID, cfg.SecretKey, cfg.Token)
	return common.NewCommonClient(cred, cfg.Region, p).WithHttpTransport(w)
}

// callCloud sends one cloud action. The SDK takes the body as a map: given as
// text, its numbers would pass through floats.
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
	case ex.status == 0: // the wire was never reached; the error's text is not ours
		ex.err = &fault{text: "the request could not be made", is: context.Cause(ctx)}
	case err == nil:
		rep.readCloud()
	default: // the wire gives the SDK nothing that it could object to
		ex.err = &fault{text: "the SDK failed after the answer came"}
	}
	return rep
}

// cloudAnswer is what every answer of the cloud API has.
type cloudAnswer struct {
	Response struct {
		Error     *struct{ Code, Message text }
		RequestID text `json:"RequestId"`
	}
}

// readCloud finds out what a cloud answer says. The HTTP status is 200 whatever
// happened, so with another one a yes is no yes; nor is one without RequestId.
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
