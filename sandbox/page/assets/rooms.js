// The right side: rooms, people and calls as Tencent sees them.
import { h, fill, $, icon, post, until, hms } from "./dom.js";

const state = { rooms: new Map(), names: {}, gone: new Map(), calls: [] };
const key = (r) => r.kind + ":" + r.id;
const kinds = { room: "RTC room", strroom: "RTC room", live: "Live room", chat: "Chat group" };

export function setRooms(list, roomNames) {
  if (roomNames) state.names = roomNames;
  state.rooms = new Map(list.map((r) => [key(r), r]));
  fill($("rooms"), list.map(draw));
}

// setRoom updates one room and marks what is new.
export function setRoom(r) {
  const k = key(r);
  const gone = state.gone.get(k) || new Map();
  state.gone.set(k, gone);
  if (["left", "kicked", "banned"].includes(r.what)) for (const u of r.users || []) gone.set(u, r.what);
  if (r.what === "closed") gone.clear();
  for (const m of r.members) gone.delete(m.user);
  while (gone.size > 4) gone.delete(gone.keys().next().value);
  const known = state.rooms.has(k);
  state.rooms.set(k, r);
  const node = draw(r);
  const old = document.getElementById("room-" + k);
  if (known && old) {
    const held = old.contains(document.activeElement);
    const open = old.querySelector("details")?.open;
    if (open) node.querySelector("details").open = true;
    old.replaceWith(node);
    if (held) node.focus({ preventScroll: true });
  } else $("rooms").append(node);
}

function draw(r) {
  const k = key(r);
  const now = Date.now();
  const silenced = new Map(r.silenced.filter((t) => t.until > now).map((t) => [t.user, t.until]));
  const banned = r.banned.filter((t) => t.until > now);
  const hit = new Set(r.what && r.what !== "media" ? r.users || [] : []);
  const absent = [...silenced].filter(([u]) => !r.members.some((m) => m.user === u));
  const name = state.names[k];
  const media = r.kind === "room" || r.kind === "strroom";
  const flash = r.what && !["joined", "left", "media"].includes(r.what);
  const back = [...(state.gone.get(k) || [])].filter(([u]) => !banned.some((t) => t.user === u));
  return h("article", { class: "room" + (r.open ? "" : " closed") + (flash ? " flash" : ""), id: "room-" + k, tabindex: "-1", data: { room: k } },
    h("header", {},
      h("h3", {}, name ? [name, " "] : null, h("code", {}, k)),
      h("span", { class: "kind" }, kinds[r.kind] + (r.kind === "chat" && r.type !== "AVChatRoom" ? " (" + r.type + ")" : "")),
      r.frozen && h("span", { class: "chip cold" }, "frozen: only owner and administrators may write"),
      !r.open && h("span", { class: "chip bad" }, "closed"),
      r.open && h("span", { class: "count", title: "people inside" }, r.members.length + " inside")),
    r.open
      ? h("ul", { class: "people" }, r.members.map((m) => member(m, media, silenced.get(m.user), r.frozen, hit.has(m.user))))
      : h("button", { type: "button", class: "b-button", onclick: () => post("room/reopen", { room: k }) }, "Reopen"),
    banned.length > 0 && h("ul", { class: "outside" }, banned.map((t) =>
      h("li", { class: hit.has(t.user) ? "hit" : "", data: { user: t.user, state: "banned" } }, h("b", {}, t.user), h("span", { class: "chip bad" }, "banned " + until(t.until)),
        comeBack(k, t.user)))),
    r.open && absent.length > 0 && h("ul", { class: "outside" }, absent.map(([u, end]) =>
      h("li", { class: hit.has(u) ? "hit" : "", data: { user: u, state: "silenced" } }, h("b", {}, u), h("span", { class: "chip bad" }, "silenced " + until(end) + ", not inside")))),
    r.open && back.length > 0 && h("ul", { class: "outside" }, back.map(([u, what]) =>
      h("li", { data: { user: u, state: what } }, h("b", {}, u), h("span", { class: "chip" }, what === "kicked" ? "kicked out" : "left"), comeBack(k, u)))),
    r.open && h("details", {}, h("summary", { title: "Add a person" }, "+"), joiner(k)));
}

const comeBack = (room, who) =>
  h("button", { type: "button", class: "quiet", title: who + " tries to join again", onclick: () => post("room/join", { room, who }) }, "Rejoin");

function joiner(room) {
  const input = h("input", { type: "text", maxlength: "32", placeholder: "UserID", "aria-label": "UserID that joins " + room });
  return h("form", { class: "row", onsubmit: (ev) => { ev.preventDefault(); if (input.value) post("room/join", { room, who: input.value }); input.value = ""; } },
    input, h("button", { type: "submit", class: "b-button" }, "joins"));
}

function member(m, media, silent, frozen, hit) {
  const state = [];
  if (m.audio_blocked && m.video_blocked) state.push("mic and camera blocked");
  else if (m.audio_blocked) state.push("mic blocked");
  else if (m.video_blocked) state.push("camera blocked");
  if (silent) state.push("silenced " + until(silent));
  const signs = [];
  if (media) {
    signs.push(sign("mic", m.audio, m.audio_blocked, "microphone"), sign("cam", m.video, m.video_blocked, "camera"));
  } else {
    signs.push(sign("text", !silent && !frozen, silent || frozen, "text"));
  }
  return h("li", { class: (hit ? "hit " : "") + (state.length ? "restricted" : ""), data: { user: m.user, state: state.map((s) => s.split(" until")[0]).join(", ") } },
    h("b", {}, m.user), state.length > 0 && h("span", { class: "chip bad" }, state.join(", ")), h("span", { class: "signs" }, signs));
}

function sign(what, on, blocked, label) {
  const text = label + (blocked ? " blocked" : on ? " on" : " off");
  return h("span", { class: "sign " + (blocked ? "blocked" : on ? "on" : "off"), title: text, role: "img", "aria-label": text }, icon(what, !on));
}

// Bans and silences end by the clock, without an event.
setInterval(() => {
  for (const r of state.rooms.values()) {
    const ends = [...r.banned, ...r.silenced].map((t) => t.until);
    if (ends.some((e) => e <= Date.now() && e > Date.now() - 2000)) setRoom({ ...r, what: "", users: [] });
  }
}, 1000);

export function setCalls(list) {
  state.calls = list;
  drawCalls();
}

export function addCall(c) {
  state.calls = [...state.calls.filter((x) => x.seq !== c.seq), c].sort((a, b) => a.seq - b.seq).slice(-12);
  drawCalls();
}

// Both APIs have a success code of their own.
const fine = (code) => code === "OK" || code === "0" || code === "";

function drawCalls() {
  const open = new Set([...$("calls").querySelectorAll("details[open]")].map((d) => d.dataset.seq));
  fill($("calls"), state.calls.slice(-12).reverse().map((c) =>
    h("li", {}, h("details", { data: { seq: c.seq }, open: open.has(String(c.seq)) },
      h("summary", {}, h("time", {}, hms(c.at)), h("code", {}, c.api.split("/").pop()),
        h("span", { class: "chip " + (fine(c.code) ? "good" : "bad"), title: c.code }, c.code.split(".").pop() || "…"), c.fault && h("span", { class: "chip" }, "simulated")),
      h("p", {}, c.code, " · RequestId ", h("code", {}, c.request_id || "none (Chat has none)")), h("pre", {}, c.body)))));
  if (!state.calls.length) fill($("calls"), h("li", { class: "empty" }, "No calls yet"));
}
