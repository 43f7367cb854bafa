package tencentd

import (
	"fmt"
	"net/http"
	"strconv"
	"strings"

	"github.com/google/uuid"
)

// The services of the v4 APIs.
const (
	svcLive  = "live_engine_http_srv"
	svcGroup = "group_open_http_svc"
	svcAV    = "group_open_avchatroom_http_svc"
)

// codes are a service's codes for a wrong body. In some services, too long
// lists of accounts and bodies that are not JSON have codes of their own.
type codes struct{ parameter, tooMany string }

// restCommand is one command of a v4 service.
type restCommand struct {
	fields []field
	codes  codes
	slow   bool // limited by Limits.RoomList
	do     func(s *Server, p params) (result, *refusal)
}

// restCommands is the table of all, by service/command.
func restCommands() map[string]*restCommand {
	all := map[string]*restCommand{}
	for name, c := range liveCommands() {
		c.codes = codes{parameter: "100002", tooMany: "100002"}
		all[svcLive+"/"+name] = c
	}
	for name, c := range groupCommands() {
		c.codes = codes{parameter: "10004", tooMany: "10005"}
		all[svcGroup+"/"+name] = c
	}
	all[svcAV+"/get_members"] = &restCommand{
		fields: []field{groupID, {Name: "Timestamp", Type: "uint64", Required: true}, {Name: "Mark", Type: "uint64"}},
		codes:  codes{parameter: "10004", tooMany: "10005"},
		do:     getOnlineMembers,
	}
	return all
}

// restExchange reads a request of the v4 APIs.
func (s *Server) restExchange(r *http.Request, body []byte, tooLarge bool) *exchange {
	api := strings.TrimPrefix(r.URL.Path, "/v4/")
	command := s.rest[api]
	q := r.URL.Query()
	live := strings.HasPrefix(api, svcLive+"/")
	call := Call{API: api, Body: string(body), Identifier: q.Get("identifier"), Random: q.Get("random")}
	if live {
		call.RequestID = fmt.Sprintf("Id-%s-O-Seq-%d", strings.ReplaceAll(uuid.NewString(), "-", ""), s.liveSeq.Add(1))
	}
	ex := &exchange{
		call:  call,
		limit: s.cfg.Limits.Rest,
		over:  refusal{"60007", "The command was called too often in one second."},
	}
	if command != nil && command.slow {
		ex.limit = s.cfg.Limits.RoomList
	}
	ex.answer = func(res result, refused *refusal) []byte {
		out := result{"ActionStatus": "OK", "ErrorCode": 0, "ErrorInfo": ""}
		switch {
		case refused != nil:
			out = result{"ActionStatus": "FAIL", "ErrorCode": refused.number(), "ErrorInfo": refused.message}
		case live && res != nil:
			out["Response"] = res
		default:
			for k, v := range res {
				out[k] = v
			}
		}
		if live {
			out["RequestId"] = call.RequestID
		}
		return mustJSON(out)
	}
	ex.check = func() *refusal {
		_, badRandom := strconv.ParseUint(q.Get("random"), 10, 32)
		switch {
		case r.Method != http.MethodPost:
			return refuse("60002", "The request must be a POST.")
		case tooLarge:
			return refuse("60002", "The request is larger than %d bytes.", maxBody)
		case q.Get("contenttype") != "json":
			return refuse("60002", "The URL must say contenttype=json.")
		case badRandom != nil:
			return refuse("60002", "The URL carries no random number of 32 bits.")
		}
		if refused := s.verifyUserSig(q.Get("sdkappid"), q.Get("identifier"), q.Get("usersig"), s.cfg.Now()); refused != nil {
			return refused
		}
		if command == nil {
			return refuse("60009", "There is no command %s.", api)
		}
		return nil
	}
	ex.act = func() (result, *refusal) {
		p, bad := decode(command.fields, body)
		if bad != nil {
			return nil, command.refuse(bad)
		}
		return command.do(s, p)
	}
	return ex
}

// refuse returns the code for a wrong body.
func (c *restCommand) refuse(bad *problem) *refusal {
	name := bad.field.Name
	account := strings.HasSuffix(name, "_Account")
	switch {
	case bad.kind == badJSON:
		return refuse("60003", "The body is not one JSON object.")
	case bad.kind == wrongType && account:
		return refuse("60015", "%s must contain strings.", name)
	case bad.kind == tooMany && account:
		return refuse(c.codes.tooMany, "%s holds more than %d accounts.", name, bad.field.Max)
	case bad.kind == missingField:
		return refuse(c.codes.parameter, "%s is missing.", name)
	case bad.kind == unknownField:
		return refuse(c.codes.parameter, "%s is not a field of this command.", name)
	default:
		return refuse(c.codes.parameter, "%s is not valid.", name)
	}
}
