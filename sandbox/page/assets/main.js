// The page's state, and the one stream that feeds it.
import { h, fill, $, icon, post, hm, toast } from "./dom.js";
import { mrkdwn, names, spoken } from "./text.js";
import { blocks, fileAt } from "./blocks.js";
import { showViews } from "./modal.js";
import * as home from "./home.js";
import * as rooms from "./rooms.js";
import { start } from "./composer.js";

const tries = [
  ["/mod mute room:10006 29376 30m loud music", "mute a person"],
  ["/mod ban gala troll7 24h \"hate speech\"", "ban a troll"],
  ["/mod who live:show1", "list who is in the room"],
];

let user = sessionStorage.getItem("user") || "U07MEI";
let snap = null, source = null;
const at = {};        // the channel that each person looks at
const read = {};      // user + channel -> ts of what was read
const talk = new Map(); // channel -> Map(ts -> message)
const open = new Set(); // channel + ts of threads that are open
let heir = null;        // the place of an answer that is being replaced
const notified = new Map(); // person + channel + ts -> the notification
const seen = JSON.parse(sessionStorage.getItem("seen") || "{}"); // person -> ts of the newest notification when one was last in his place

$("open-home").onclick = () => home.open(user);

const here = () => at[user] || (snap && snap.channels[0] ? snap.channels[0].id : "");
const composer = start(() => ({ user, channel: here() }), () => { following = true; toEnd(); });

function connect() {
  if (source) source.close();
  source = new EventSource("api/events?user=" + encodeURIComponent(user));
  const on = (name, f) => source.addEventListener(name, (ev) => f(JSON.parse(ev.data)));
  on("snapshot", begin);
  on("message", received);
  on("channels", (list) => { snap.channels = list; for (const c of list) names.channels[c.id] = c.name; drawChannels(); });
  on("notified", (n) => { note(n); drawChannels(); drawCast(); });
  on("views", (v) => drawViews(v));
  on("rooms", (list) => rooms.setRooms(list));
  on("room", rooms.setRoom);
  on("call", rooms.addCall);
  on("armed", drawArmed);
  on("connections", drawLinks);
  on("trouble", (t) => {
    $("slack-log").prepend(h("li", {}, h("code", {}, t.method), " ", t.error || (t.status ? "HTTP " + t.status : "connection cut")));
    while ($("slack-log").children.length > 5) $("slack-log").lastChild.remove();
  });
  source.onerror = () => { fill($("links"), h("span", { class: "chip bad" }, "the sandbox does not respond")); };
}

function begin(s) {
  const first = !snap || snap.me !== s.me;
  snap = s;
  Object.assign(names, { me: s.me, mine: s.mine, people: s.people, groups: s.groups, channels: s.names, jump });
  for (const c of s.channels) names.channels[c.id] = c.name;
  talk.clear();
  for (const m of s.messages) keep(m);
  for (const c of s.channels) {
    // Messages from before the page was opened count as read; later ones do not.
    const k = user + c.id;
    if (read[k] === undefined) read[k] = newest(c.id);
  }
  s.notified.forEach(note);
  if (!s.channels.some((c) => c.id === here())) delete at[user];
  drawCast();
  globals();
  rooms.setRooms(s.rooms, s.room_names);
  rooms.setCalls(s.calls);
  drawLinks(s.connections);
  drawArmed(s.armed);
  if (first) drawTroubles();
  go(here());
  drawViews(s.views);
}

function keep(m) {
  const list = talk.get(m.channel) || new Map();
  talk.set(m.channel, list);
  if (m.gone) list.delete(m.ts);
  else list.set(m.ts, { ...m, place: (list.get(m.ts) || {}).place || m.place || m.ts });
}

const newest = (ch) => [...(talk.get(ch) || new Map()).keys()].reduce((a, b) => (a > b ? a : b), "");
const replies = (m) => [...talk.get(m.channel).values()].filter((r) => r.thread === m.ts).sort(order);
const order = (a, b) => (a.place < b.place ? -1 : a.place > b.place ? 1 : 0);

// received handles one message that is new, changed or deleted.
function received(m) {
  const old = (talk.get(m.channel) || new Map()).get(m.ts);
  if (m.replaced) heir = { channel: m.channel, place: old ? old.place : m.ts };
  else if (m.ephemeral && !m.gone && !old && heir && heir.channel === m.channel) { m.place = heir.place; heir = null; }
  keep(m);
  if (m.channel === here()) {
    show(m);
    if (!document.hidden) read[user + m.channel] = newest(m.channel);
    if (!m.gone && !old) $("heard").textContent = author(m) + ": " + spoken(m.text);
  }
  drawChannels();
}

// The end of the channel stays in view after sending, after switching parts, and
// when a phone's keyboard opens, unless the person has scrolled up.
const atEnd = () => { const l = $("messages"); return l.scrollHeight - l.scrollTop - l.clientHeight < 80; };
function toEnd() { $("messages").scrollTop = $("messages").scrollHeight; }
let following = true;
// A scroll event may arrive after the change of size that caused it; the person did not scroll.
let height = 0;
$("messages").addEventListener("scroll", () => { if (height && $("messages").clientHeight === height) following = atEnd(); });
new ResizeObserver(() => { height = $("messages").clientHeight; if (following) toEnd(); }).observe($("messages"));

// show inserts, updates or removes one message.
function show(m) {
  const list = $("messages");
  const stick = following;
  if (m.thread) {
    const parent = talk.get(m.channel).get(m.thread);
    if (parent) show(parent);
    return;
  }
  const old = document.getElementById("m" + m.ts);
  const held = old && old.contains(document.activeElement);
  if (m.gone) {
    if (old) old.remove();
  } else {
    const node = message(talk.get(m.channel).get(m.ts));
    if (old) old.replaceWith(node);
    else {
      const next = [...list.children].find((n) => n.dataset.place > node.dataset.place);
      list.insertBefore(node, next || null);
    }
  }
  list.querySelector(".empty")?.remove();
  if (held) (document.getElementById("m" + m.ts) || $("text")).focus({ preventScroll: true });
  if (stick) toEnd();
}

function author(m) {
  if (m.user === "USLACKBOT") return "Slackbot";
  const p = snap.people[m.user];
  return p ? (p.bot ? "Bouncer" : p.name) : m.user;
}

function content(m) {
  const act = (what, e, b, values, text) =>
    post(what, { user, channel: m.channel, ts: m.ts, block: b.block_id, action: e.action_id, values, text });
  const list = m.blocks && m.blocks.length ? blocks(m.blocks, act) : m.text ? [h("div", { class: "b-section" }, h("div", { class: "b-text" }, mrkdwn(m.text)))] : [];
  for (const a of m.attachments || []) {
    list.push(h("div", { class: "attachment" }, a.blocks ? blocks(a.blocks, act) : mrkdwn(a.text || a.fallback)));
  }
  for (const f of m.files || []) {
    const link = (...inside) => h("a", { class: f.image ? "shot" : "file", href: fileAt(f.id), download: f.name }, inside);
    if (f.image) list.push(h("figure", { class: "b-image" }, h("figcaption", {}, f.title || f.name), link(h("img", { src: fileAt(f.id), alt: f.alt || f.title || f.name, onload: settle }))));
    else list.push(link(h("b", {}, f.title || f.name), h("span", {}, f.name + " · " + size(f.size))));
  }
  return list;
}

const size = (n) => (n < 1024 ? n + " bytes" : (n / 1024).toFixed(1) + " KB");
const tone = (id) => "tone" + ([...id].reduce((n, c) => n + c.codePointAt(0), 0) % 6);

function message(m, inThread) {
  const who = author(m);
  const thread = inThread ? [] : replies(m);
  const k = m.channel + m.ts;
  return h("li", {
    class: "message" + (m.ephemeral ? " private" : "") + (m.app ? " app" : ""), id: "m" + m.ts, tabindex: "-1", data: { place: m.place },
  },
  menu(m),
  h("span", { class: "face " + (m.app ? "bot" : tone(m.user)), "aria-hidden": "true" }, m.app ? "B" : [...who][0]),
  h("div", { class: "body" },
    m.ephemeral && h("p", { class: "only" }, "Only visible to you ", h("button", { type: "button", class: "quiet", "aria-label": "Dismiss", onclick: () => post("dismiss", { user, channel: m.channel, ts: m.ts }) }, "×")),
    h("p", { class: "by" }, h("b", {}, who), m.app && h("span", { class: "tag" }, "APP"), h("time", {}, hm(Number(m.ts) * 1000)),
      m.edits > 0 && h("small", {}, "(edited)")),
    content(m),
    thread.length > 0 && h("details", {
      class: "thread", open: open.has(k),
      ontoggle: (ev) => { if (ev.target.open) open.add(k); else open.delete(k); },
    },
    h("summary", {}, thread.length === 1 ? "1 reply" : thread.length + " replies", h("small", {}, " last at " + hm(Number(thread[thread.length - 1].ts) * 1000))),
    h("ol", {}, thread.map((r) => message(r, true))), replyBox(m))));
}

// settle keeps the end in view when a loaded picture has made its message longer.
function settle(ev) {
  const list = $("messages");
  if (list.scrollHeight - list.scrollTop - list.clientHeight < ev.target.clientHeight + 80) list.scrollTop = list.scrollHeight;
}

// menu offers the message shortcuts. Slack has none for ephemeral messages.
function menu(m) {
  if (m.ephemeral || !snap.shortcuts.length) return null;
  const box = h("details", { class: "menu", onkeydown: (ev) => { if (ev.key === "Escape") { box.open = false; ev.stopPropagation(); } } },
    h("summary", { "aria-label": "More actions on this message", title: "More actions" }, "⋯"),
    h("div", {}, snap.shortcuts.map((s) => h("button", {
      type: "button",
      onclick: () => { box.open = false; post("shortcut", { user, channel: m.channel, ts: m.ts, callback: s.callback }); },
    }, s.name, h("small", {}, "Bouncer")))));
  return box;
}
// globals offers the global shortcuts beside the composer.
function globals() {
  fill($("globals"), snap.global.map((s) => h("button", { type: "button", title: "Shortcut of Bouncer", onclick: () => post("shortcut", { user, callback: s.callback }) }, s.name)));
}
document.addEventListener("click", (ev) => {
  for (const box of document.querySelectorAll(".menu[open]")) if (!box.contains(ev.target)) box.open = false;
});

function replyBox(m) {
  const input = h("input", { type: "text", placeholder: "Reply…", "aria-label": "Reply in this thread" });
  return h("form", { class: "reply", onsubmit: (ev) => {
    ev.preventDefault();
    if (input.value.trim()) post("say", { user, channel: m.channel, thread: m.ts, text: input.value });
    input.value = "";
  } }, input);
}

// drawViews shows the modals, and the Home tab where it is open.
function drawViews(views) {
  showViews(views.filter((v) => v.body.type !== "home"), user);
  home.show(views.find((v) => v.body.type === "home"), user);
}

// go shows a channel.
function go(id) {
  at[user] = id;
  const c = snap.channels.find((x) => x.id === id);
  const list = $("messages");
  fill($("channel-name"), c ? title(c) : "");
  $("topic").textContent = c ? c.topic || "" : "";
  $("text").placeholder = c ? "Message " + (c.im ? "Bouncer" : "#" + c.name) + ", or type " + snap.command : "";
  fill(list);
  const all = [...(talk.get(id) || new Map()).values()].filter((m) => !m.thread).sort(order);
  for (const m of all) list.append(message(m));
  if (!all.length) list.append(h("li", { class: "empty" }, "No messages yet. Choose one of the examples above and press Enter: a card appears here, and the room changes. ", h("code", {}, snap.command + " help"), " lists all commands."));
  following = true;
  toEnd();
  read[user + id] = newest(id);
  drawChannels();
}

// jump follows a link to a channel or a message.
function jump(channel, ts, thread) {
  if (!snap.channels.some((c) => c.id === channel)) { toast("You are not in that channel."); return; }
  part("talk");
  if (thread && thread !== ts) open.add(channel + thread);
  if (here() !== channel || thread) go(channel);
  const node = document.getElementById("m" + ts);
  if (node) { node.scrollIntoView({ block: "center" }); node.classList.add("flash"); }
}

const title = (c) => [c.im ? "Bouncer " : [c.private ? icon("lock") : "#", " " + c.name], c.im && h("small", {}, "direct message"), c.shared && h("span", { class: "chip" }, "shared outside")];

function drawChannels() {
  fill($("channels"), snap.channels.map((c) => {
    const k = read[user + c.id] || "";
    const fresh = [...(talk.get(c.id) || new Map()).values()].filter((m) => m.ts > k && m.user !== user);
    const called = fresh.some((m) => notified.has(user + m.channel + m.ts));
    return h("button", {
      type: "button", class: (c.id === here() ? "now" : "") + (fresh.length ? " unread" : ""), "aria-current": c.id === here() ? "true" : null,
      onclick: () => { go(c.id); part("talk"); },
    }, h("span", {}, title(c)), fresh.length > 0 && h("span", { class: "badge" + (called ? " called" : ""), "aria-label": fresh.length + " unread" }, fresh.length));
  }));
}

// note keeps a notification; those of the current person count as
// seen.
function note(n) {
  notified.set(n.user + n.channel + n.ts, n);
  if (n.user !== user || seen[user] >= n.ts) return;
  seen[user] = n.ts;
  sessionStorage.setItem("seen", JSON.stringify(seen));
}

// waiting returns the notifications that a person has not seen yet.
const waiting = (id) => (id === user ? [] : [...notified.values()].filter((n) => n.user === id && n.ts > (seen[id] || "")));

function drawCast() {
  const all = snap.cast.map((c) => [c, waiting(c.id).length]);
  fill($("cast"), all.map(([c, n]) =>
    h("button", { type: "button", role: "radio", "aria-checked": String(c.id === user), class: c.id === user ? "now" : "", onclick: () => become(c.id) },
      h("span", { class: "face " + tone(c.id), "aria-hidden": "true" }, [...snap.people[c.id].name][0]), h("span", {}, snap.people[c.id].name, h("small", {}, c.role)),
      n > 0 && h("span", { class: "badge called", title: n + " notifications", "aria-label": n + " notifications" }, n))));
  $("as").textContent = "as " + snap.people[user].name;
  const others = all.some(([, n]) => n > 0);
  $("tab-side").classList.toggle("called", others);
  $("tab-side").title = others ? "Another person has notifications" : "";
  $("about").textContent = (snap.cast.find((c) => c.id === user) || {}).about || "";
}

function become(id) {
  user = id;
  sessionStorage.setItem("user", id);
  connect();
}

function drawLinks(list) {
  const live = list.filter((c) => c.state === "open").length;
  const ending = list.filter((c) => c.state === "warned").length;
  fill($("links"), h("span", { class: "chip " + (live ? "good" : "bad"), title: "The bot's open Socket Mode connections" },
    live === 1 ? "1 Slack connection" : live + " Slack connections", ending > 0 && ", " + ending + " ending"));
}

function drawArmed(list) {
  fill($("armed"), list.map((a) => h("li", {}, h("code", {}, a.on), " ", a.how, a.left < 0 ? " until stopped" : " × " + a.left)));
}

function drawTroubles() {
  const pick = (el, list, label) => fill(el, list.map((t) => h("option", { value: t.name || t }, label ? label(t) : t)));
  const about = (t) => t.name + ": " + t.about;
  pick($("slack-how"), snap.troubles.slack, about);
  pick($("slack-on"), ["chat.postMessage", "chat.update", "response_url", "users.info", "usergroups.users.list", "conversations.info", "*"]);
  pick($("tencent-how"), snap.troubles.tencent, about);
  pick($("tencent-on"), snap.apis);
  $("tencent-on").value = "SetUserBlocked";
}

for (const b of document.querySelectorAll("[data-do]")) {
  b.addEventListener("click", async () => { const a = await post(b.dataset.do); drawArmed(a.armed || []); });
}
$("slack-fail").addEventListener("click", () =>
  post("slack/fail", { on: $("slack-on").value, failure: $("slack-how").value, times: Number($("slack-times").value) }));
$("tencent-fail").addEventListener("click", async () => {
  const a = await post("tencent/fail", { on: $("tencent-on").value, failure: $("tencent-how").value, times: Number($("tencent-times").value) });
  drawArmed(a.armed || []);
});

fill($("try"), h("span", {}, "Try"), tries.map(([text, why]) =>
  h("button", { type: "button", title: why, onclick: () => { part("talk"); composer.put(text); } }, text)));
$("try-hide").addEventListener("click", () => { $("top").classList.add("slim"); });

// On a narrow screen one part is shown at a time.
function part(name) {
  const came = document.body.dataset.part !== name;
  document.body.dataset.part = name;
  if (came && name === "talk") { following = true; toEnd(); }
  for (const b of $("tabs").children) b.setAttribute("aria-current", String(b.dataset.part === name));
}
$("as").addEventListener("click", () => part("side"));
for (const b of $("tabs").children) b.addEventListener("click", () => part(b.dataset.part));
document.addEventListener("visibilitychange", () => { if (!document.hidden && snap) { read[user + here()] = newest(here()); drawChannels(); } });

part("talk");
connect();
