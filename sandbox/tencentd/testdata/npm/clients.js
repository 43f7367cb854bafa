'use strict';
// Calls the simulator with the vendor's published clients. Settings come as one
// JSON argument; the outcome of each call goes to stdout as one JSON line.

const dns = require('dns');
const http = require('http');
const { Client } = require('tencentcloud-sdk-nodejs-intl-en/tencentcloud/trtc/v20190722');
const models = require('tencentcloud-sdk-nodejs-intl-en/tencentcloud/trtc/v20190722/models');
const { Credential, ClientProfile, HttpProfile } = require('tencentcloud-sdk-nodejs-intl-en/tencentcloud/common');
const { Api } = require('tls-sig-api-v2');

const cfg = JSON.parse(process.argv[2]);

// The client takes the service's name for the signature from the first part of
// the endpoint's, so it must be called by its real name; only where that name
// leads is changed.
const HOST = 'trtc.intl.tencentcloudapi.com';
const lookup = dns.lookup;
dns.lookup = (name, options, done) => {
  if (typeof options === 'function') [options, done] = [{}, options];
  if (name !== HOST) return lookup(name, options, done);
  if (options.all) return done(null, [{ address: cfg.address, family: 4 }]);
  return done(null, cfg.address, 4);
};

const say = (what, outcome) => process.stdout.write(JSON.stringify({ what, ...outcome }) + '\n');

function cloud(action, secretKey, params) {
  const profile = new ClientProfile('TC3-HMAC-SHA256', new HttpProfile('http://', `${HOST}:${cfg.port}`, 'POST', 20));
  const client = new Client(new Credential(cfg.secretId, secretKey), 'ap-singapore', profile);
  const request = new models[`${action}Request`]();
  request.from_json_string(JSON.stringify(params));
  return new Promise((resolve) => client[action](request, (err, res) => {
    resolve(err ? { code: err.code || String(err), requestId: err.requestId } : { code: '', requestId: res.RequestId });
  }));
}

function rest(command, userSig, body) {
  const query = new URLSearchParams({
    sdkappid: cfg.sdkAppId, identifier: cfg.identifier, usersig: userSig,
    random: Math.floor(Math.random() * 2 ** 32), contenttype: 'json',
  });
  return new Promise((resolve, reject) => {
    const req = http.request({
      host: cfg.address, port: cfg.port, path: `/v4/${command}?${query}`, method: 'POST',
      headers: { 'Content-Type': 'application/json' },
    }, (res) => {
      let text = '';
      res.on('data', (part) => { text += part; });
      res.on('end', () => resolve(JSON.parse(text)));
    });
    req.on('error', reject);
    req.end(JSON.stringify(body));
  });
}

async function main() {
  const app = { SdkAppId: cfg.sdkAppId };
  const calls = [
    ['SetUserBlocked', { ...app, RoomId: 10006, UserId: '29376', IsMute: 1 }],
    ['SetUserBlockedByStrRoomId', { ...app, StrRoomId: 'lobby', UserId: '29376', IsMute: 3 }],
    ['RemoveUser', { ...app, RoomId: 1234, UserIds: ['test1', 'test2'] }],
    ['RemoveUserByStrRoomId', { ...app, RoomId: 'lobby', UserIds: ['test1'] }],
    ['DismissRoom', { ...app, RoomId: 7 }],
    ['DismissRoomByStrRoomId', { ...app, RoomId: 'seven' }],
    ['DismissRoom', { ...app, RoomId: 8 }],
  ];
  for (const [action, params] of calls) say(action, await cloud(action, cfg.secretKey, params));
  say('wrong key', await cloud('DismissRoom', 'wrong', { ...app, RoomId: 10006 }));

  const sign = (key, expire) => new Api(cfg.sdkAppId, key).genSig(cfg.identifier, expire);
  const list = ['live_engine_http_srv/get_room_list', { Next: '' }];
  const ban = ['live_engine_http_srv/ban_member', { RoomId: 'show1', MemberList_Account: ['troll7'], Duration: 600 }];
  const outcome = (answer) => ({ code: String(answer.ErrorCode), requestId: answer.RequestId });
  say('ban_member', outcome(await rest(ban[0], sign(cfg.chatKey, 3600), ban[1])));
  say('rooms', { ids: (await rest(list[0], sign(cfg.chatKey, 3600), list[1])).Response.RoomList.map((r) => r.RoomId) });
  say('expired UserSig', outcome(await rest(list[0], sign(cfg.chatKey, -1), list[1])));
  say('wrong chat key', outcome(await rest(list[0], sign('wrong', 3600), list[1])));
}

main().catch((err) => { console.error(err); process.exit(1); });
