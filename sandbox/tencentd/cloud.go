package tencentd

import (
	_ "embed"
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/google/uuid"
)

// definitions are the vendor's machine-readable ones for the actions played
// here, with the bounds that its texts state.
//
//go:embed definitions.json
var definitions []byte

const cloudVersion = "2019-07-22"

// cloudRegions are the regions that the room actions support.
var cloudRegions = [...]string{"ap-beijing", "ap-guangzhou", "ap-singapore"}

// cloudAction is one action: its parameters, its possible codes, and what it
// does.
type cloudAction struct {
	Action  string   `json:"action"`
	Sites   []Site   `json:"sites"`
	Request []field  `json:"request"`
	Errors  []string `json:"errors"`

	do func(s *Server, p params) (result, *refusal)
}

// cloudActions reads the definitions and joins each with its deed.
func cloudActions() (map[string]*cloudAction, error) {
	deeds := map[string]func(*Server, params) (result, *refusal){
		"SetUserBlocked":            setUserBlocked(numbered),
		"SetUserBlockedByStrRoomId": setUserBlocked(named("StrRoomId")),
		"RemoveUser":                removeUser(numbered),
		"RemoveUserByStrRoomId":     removeUser(named("RoomId")),
		"DismissRoom":               dismissRoom(numbered),
		"DismissRoomByStrRoomId":    dismissRoom(named("RoomId")),
		"DescribeRoomInfo":          describeRoomInfo,
	}
	var list []*cloudAction
	if err := json.Unmarshal(definitions, &list); err != nil {
		return nil, fmt.Errorf("tencentd: definitions: %w", err)
	}
	actions := map[string]*cloudAction{}
	for _, a := range list {
		if a.do = deeds[a.Action]; a.do == nil {
			return nil, fmt.Errorf("tencentd: definitions: %s has no deed", a.Action)
		}
		actions[a.Action] = a
	}
	return actions, nil
}

// cloudExchange reads a request of the cloud API.
func (s *Server) cloudExchange(r *http.Request, body []byte, tooLarge bool) *exchange {
	name := r.Header.Get("X-TC-Action")
	action := s.cloud[name]
	id := uuid.NewString()
	call := Call{API: name, Body: string(body), RequestID: id}
	if name == "" {
		call.API = r.Method + " /"
	}
	ex := &exchange{
		call:  call,
		limit: s.cfg.Limits.Cloud,
		over: refusal{"RequestLimitExceeded", fmt.Sprintf(
			"More than %d requests of %s in one second.", s.cfg.Limits.Cloud, name)},
		answer: func(res result, refused *refusal) []byte {
			if res == nil {
				res = result{}
			}
			if refused != nil {
				res = result{"Error": result{"Code": refused.code, "Message": refused.message}}
			}
			res["RequestId"] = id
			return mustJSON(result{"Response": res})
		},
	}
	ex.check = func() *refusal {
		switch media, _, _ := strings.Cut(r.Header.Get("Content-Type"), ";"); {
		case r.Method != http.MethodPost:
			// The vendor also accepts signed GETs, but not with a JSON body,
			// which this application requires.
			return refuse("UnsupportedProtocol", "Only POST is served.")
		case tooLarge:
			return refuse("RequestSizeLimitExceeded", "The request is larger than %d bytes.", maxBody)
		case media != "application/json":
			return refuse("InvalidParameter", "The Content-Type must be application/json.")
		}
		if refused := verifyTC3(r, body, &s.creds, s.cfg.Now()); refused != nil {
			return refused
		}
		region := r.Header.Get("X-TC-Region")
		switch version := r.Header.Get("X-TC-Version"); {
		case name == "":
			return refuse("MissingParameter", "The header X-TC-Action is missing.")
		case version == "":
			return refuse("MissingParameter", "The header X-TC-Version is missing.")
		case version != cloudVersion:
			return refuse("NoSuchVersion", "The API has no version %q.", version)
		case action == nil || !slices.Contains(action.Sites, s.cfg.Site):
			return refuse("InvalidAction", "There is no action %q.", name)
		case region == "":
			return refuse("MissingParameter", "The header X-TC-Region is missing.")
		case !slices.Contains(cloudRegions[:], region):
			return refuse("UnsupportedRegion", "The action does not support the region %q.", region)
		}
		return nil
	}
	ex.act = func() (result, *refusal) {
		p, bad := decode(action.Request, body)
		if bad != nil {
			return nil, action.refuse(bad)
		}
		if p.num("SdkAppId", 0) != s.cfg.SDKAppID {
			return nil, action.wrongApp()
		}
		return action.do(s, p)
	}
	return ex
}

// refuse returns the most exact code of the action for a wrong body.
func (a *cloudAction) refuse(bad *problem) *refusal {
	name := bad.field.Name
	switch bad.kind {
	case badJSON:
		return refuse("InvalidParameter", "The body is not one JSON object.")
	case unknownField:
		return refuse("UnknownParameter", "The parameter %s is not known.", name)
	case missingField:
		return refuse(a.code("MissingParameter", name), "The parameter %s is missing.", name)
	case tooMany:
		return refuse(a.code("InvalidParameter", name), "The parameter %s holds more than %d.", name, bad.field.Max)
	case wrongType:
		return refuse(a.code("InvalidParameter", name), "The parameter %s is not of type %s.", name, bad.field.Type)
	default:
		return refuse(a.code("InvalidParameter", name), "The parameter %s is out of its bounds.", name)
	}
}

// codeNames are the parameters that error codes call by another name.
var codeNames = map[string]string{"StrRoomId": "RoomId", "StartTime": "StartTs", "EndTime": "EndTs"}

// code is class.Name where the action lists it, else the bare class.
func (a *cloudAction) code(class, name string) string {
	if other, ok := codeNames[name]; ok {
		name = other
	}
	if exact := class + "." + name; slices.Contains(a.Errors, exact) {
		return exact
	}
	return class
}

// wrongApp returns the code for another application than the account's. It
// differs between actions.
func (a *cloudAction) wrongApp() *refusal {
	for _, code := range []string{"FailedOperation.SdkAppIdNotExist", "UnauthorizedOperation.SdkAppId"} {
		if slices.Contains(a.Errors, code) {
			return refuse(code, "The SdkAppId is not one of this account.")
		}
	}
	return refuse("InvalidParameter.SdkAppId", "The SdkAppId is not one of this account.")
}

// roomOf returns the room of a request.
type roomOf func(p params) roomKey

func numbered(p params) roomKey {
	return roomKey{KindRoom, strconv.FormatUint(p.num("RoomId", 0), 10)}
}

func named(name string) roomOf {
	return func(p params) roomKey { return roomKey{KindStrRoom, p.str(name)} }
}

func (s *Server) trtcRoom(key roomKey) (*room, *refusal) {
	if r := s.world.rooms[key]; r != nil {
		return r, nil
	}
	return nil, refuse("FailedOperation.RoomNotExist", "The room does not exist.")
}

// setUserBlocked sets both media at once: 2 blocks audio and unblocks video,
// 3 the reverse. It is not documented whether the vendor adds them up; to
// block both, send 1.
func setUserBlocked(of roomOf) func(*Server, params) (result, *refusal) {
	return func(s *Server, p params) (result, *refusal) {
		r, refused := s.trtcRoom(of(p))
		if refused != nil {
			return nil, refused
		}
		user, mode := p.str("UserId"), p.num("IsMute", 0)
		if r.members[user] == nil {
			return nil, refuse("FailedOperation.UserNotExist", "The user is not in the room.")
		}
		b := block{audio: mode == 1 || mode == 2, video: mode == 1 || mode == 3}
		what := "blocked"
		if r.blocks[user] = b; !b.audio && !b.video {
			delete(r.blocks, user)
			what = "unblocked"
		}
		s.world.changed(r, what, user)
		return nil, nil
	}
}

// removeUser ejects the users who are inside and ignores the others.
func removeUser(of roomOf) func(*Server, params) (result, *refusal) {
	return func(s *Server, p params) (result, *refusal) {
		r, refused := s.trtcRoom(of(p))
		if refused != nil {
			return nil, refused
		}
		for _, u := range p.list("UserIds") {
			s.world.remove(r, u, "kicked")
		}
		return nil, nil
	}
}

func dismissRoom(of roomOf) func(*Server, params) (result, *refusal) {
	return func(s *Server, p params) (result, *refusal) {
		r, refused := s.trtcRoom(of(p))
		if refused == nil {
			s.world.close(r)
		}
		return nil, refused
	}
}

// describeRoomInfo returns the rooms that existed at some time within the
// window.
func describeRoomInfo(s *Server, p params) (result, *refusal) {
	now, start, end := s.cfg.Now(), p.num("StartTime", 0), p.num("EndTime", 0)
	day := uint64(24 * 60 * 60)
	switch {
	case end < start:
		return nil, refuse("InvalidParameter.EndTs", "The end lies before the start.")
	case end-start > day:
		return nil, refuse("InvalidParameter.QueryScaleOversize", "Start and end are more than 24 hours apart.")
	case start+14*day < uint64(max(now.Unix(), 0)):
		return nil, refuse("InvalidParameter.StartTsOversize", "The start lies more than 14 days back.")
	}
	var rooms []result
	for _, h := range s.world.history {
		created := uint64(max(h.created.Unix(), 0))
		ended := end
		finished := !h.ended.IsZero()
		if finished {
			ended = uint64(max(h.ended.Unix(), 0))
		}
		if created > end || ended < start || p.has("RoomId") && p.str("RoomId") != h.id {
			continue
		}
		info := result{
			"CommId":     fmt.Sprintf("%d_%s_%d", s.cfg.SDKAppID, h.id, created),
			"RoomString": h.id, "CreateTime": created, "DestroyTime": 0, "IsFinished": finished, "UserId": h.owner,
		}
		if finished {
			info["DestroyTime"] = ended
		}
		rooms = append(rooms, info)
	}
	total, size := len(rooms), int(p.num("PageSize", 10))                    //nolint:gosec // at most 100
	if from := p.num("PageNumber", 0) * uint64(size); from < uint64(total) { //nolint:gosec // both small
		rooms = rooms[from:min(int(from)+size, total)] //nolint:gosec // below total
	} else {
		rooms = []result{}
	}
	return result{"Total": total, "RoomList": rooms}, nil
}

// mustJSON marshals maps of plain values, which cannot fail.
func mustJSON(v any) []byte {
	b, err := json.Marshal(v)
	if err != nil {
		panic(fmt.Sprintf("tencentd: an answer that is no JSON: %v", err))
	}
	return b
}
