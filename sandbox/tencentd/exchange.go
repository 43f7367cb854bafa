package tencentd

import (
	"bytes"
	"fmt"
	"net/http"
	"strconv"
	"time"
)

// refusal is an error answer of the vendor's.
type refusal struct{ code, message string }

func refuse(code, format string, args ...any) *refusal {
	return &refusal{code: code, message: fmt.Sprintf(format, args...)}
}

// number is the code of a v4 refusal.
func (r *refusal) number() int {
	n, err := strconv.Atoi(r.code)
	if err != nil {
		panic("tencentd: v4 codes are numbers, not " + r.code)
	}
	return n
}

// result has the fields of a command's answer.
type result map[string]any

// exchange is one request in the server. Both APIs use it, so that faults,
// limits and the journal treat them alike.
type exchange struct {
	call   Call
	limit  int
	over   refusal                                   // the answer when the limit is reached
	check  func() *refusal                           // on arrival: authentication and the request
	act    func() (result, *refusal)                 // the effect, under the world's lock
	answer func(res result, refused *refusal) []byte // the body
}

// serve checks a request, applies its fault, and answers. A request that a
// fault delays takes effect even if its client has gone: that is how a call
// takes effect late.
func (s *Server) serve(w http.ResponseWriter, ex *exchange) {
	id := s.journal.open(ex.call)
	finish := func(code string, effect int, fault bool) {
		s.journal.close(id, code, effect, fault)
		s.log.Debug("call", "api", ex.call.API, "code", code, "request_id", ex.call.RequestID, "fault", fault)
	}
	if refused := ex.check(); refused != nil {
		finish(refused.code, 0, false)
		s.write(w, http.StatusOK, ex.answer(nil, refused))
		return
	}
	if !s.limits.take(ex.call.API, ex.limit) {
		finish(ex.over.code, 0, false)
		s.write(w, http.StatusOK, ex.answer(nil, &ex.over))
		return
	}
	f, faulty := s.faults.take(ex.call.API)
	if f.DropRequest {
		finish(CodeDropped, 0, true)
		panic(http.ErrAbortHandler)
	}
	if !s.hold(f.DelayBefore, f.HoldBefore) {
		finish(CodeDropped, 0, true)
		panic(http.ErrAbortHandler)
	}
	var res result
	var refused *refusal
	effect := 0
	if f.Done || !f.answers() {
		res, refused, effect = s.world.do(ex.act)
	}
	status, body, code := f.status(), []byte(nil), CodeOK
	switch {
	case f.Code != "":
		refused = refuse(f.Code, "%s", f.message())
		body, code = ex.answer(nil, refused), f.Code
	case f.answers():
		body, code = []byte(f.Body), CodeRaw
	default:
		body = ex.answer(res, refused)
		if refused != nil {
			code = refused.code
		}
	}
	if f.DropAnswer {
		code = CodeDropped
	}
	finish(code, effect, faulty)
	if !s.hold(f.DelayAnswer, f.HoldAnswer) || f.DropAnswer {
		panic(http.ErrAbortHandler)
	}
	s.write(w, status, body)
}

// hold waits for the time and for the channel, and returns false if the
// server closed meanwhile.
func (s *Server) hold(d time.Duration, until <-chan struct{}) bool {
	if d > 0 {
		t := time.NewTimer(d)
		defer t.Stop()
		select {
		case <-t.C:
		case <-s.ctx.Done():
			return false
		}
	}
	if until != nil {
		select {
		case <-until:
		case <-s.ctx.Done():
			return false
		}
	}
	return true
}

func (s *Server) write(w http.ResponseWriter, status int, body []byte) {
	// A gateway's page comes from a fault, and is not JSON.
	kind := "application/json"
	if bytes.HasPrefix(body, []byte("<")) {
		kind = "text/html"
	}
	w.Header().Set("Content-Type", kind)
	w.WriteHeader(status)
	if _, err := w.Write(body); err != nil {
		s.log.Debug("answer not delivered", "error", err)
	}
}
