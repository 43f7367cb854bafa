// Slack's three kinds of text as DOM nodes: mrkdwn, rich_text and plain_text.
import { h, link } from "./dom.js";

// names resolves ids; main.js fills it from the snapshot.
export const names = { me: "", mine: [], people: {}, groups: {}, channels: {}, jump: null };

const emoji = {
  white_check_mark: "✅", heavy_check_mark: "✔️", x: "❌", warning: "⚠️", no_entry: "⛔", no_entry_sign: "🚫",
  hourglass: "⌛", hourglass_flowing_sand: "⏳", alarm_clock: "⏰", fire: "🔥", mute: "🔇", speaker: "🔈", bell: "🔔",
  no_bell: "🔕", lock: "🔒", unlock: "🔓", eyes: "👀", wave: "👋", "+1": "👍", thumbsup: "👍", "-1": "👎", thumbsdown: "👎",
  tada: "🎉", rocket: "🚀", question: "❓", grey_question: "❔", exclamation: "❗", information_source: "ℹ️", memo: "📝", pushpin: "📌",
  snowflake: "❄️", boot: "🥾", hammer: "🔨", rotating_light: "🚨", red_circle: "🔴", large_green_circle: "🟢",
  large_yellow_circle: "🟡", white_circle: "⚪", black_circle: "⚫", smile: "😄", slightly_smiling_face: "🙂", heart: "❤️",
  pray: "🙏", ok_hand: "👌", raised_hands: "🙌", clap: "👏", point_right: "👉", link: "🔗", mag: "🔍", gear: "⚙️",
  busts_in_silhouette: "👥", bust_in_silhouette: "👤", microphone: "🎤", movie_camera: "🎥", calendar: "📅", file_folder: "📁",
  leftwards_arrow_with_hook: "↩️", arrow_right_hook: "↪️", arrow_forward: "▶️", octagonal_sign: "🛑", shield: "🛡️", robot_face: "🤖",
};

const entities = { "&amp;": "&", "&lt;": "<", "&gt;": ">" };
const plain = (s) => s.replace(/&(amp|lt|gt);/g, (e) => entities[e]);
const withEmoji = (s) => s.replace(/:([a-z0-9_+-]+):/g, (all, n) => emoji[n] || all);
const strip = (s) => plain(s.replace(/<([^<>|]*)(?:\|([^<>]*))?>/g, (_, a, b) => b || a));

function person(id, label) {
  const who = names.people[id];
  return h("span", { class: "mention" + (id === names.me ? " me" : "") }, "@" + (who ? who.name : label || id));
}
const group = (id, label) => h("span", { class: "mention" + (names.mine.includes(id) ? " me" : "") }, "@" + (names.groups[id] || label || id).replace(/^@/, ""));
const channel = (id, label) =>
  h("button", { type: "button", class: "mention", onclick: () => names.jump && names.jump(id) }, "#" + (names.channels[id] || label || "private channel"));

function href(url, text) {
  const m = /^https:\/\/[a-z0-9-]+\.slack\.com\/archives\/([A-Z0-9]+)\/p(\d+)(\d{6})(?:\?thread_ts=([\d.]+))?/.exec(url);
  if (m && names.jump) {
    return h("button", { type: "button", class: "link", onclick: () => names.jump(m[1], m[2] + "." + m[3], m[4]) }, text || url);
  }
  return link(url, text);
}

const dateForms = {
  date_num: { year: "numeric", month: "2-digit", day: "2-digit" },
  date_slash: { year: "numeric", month: "2-digit", day: "2-digit" },
  date: { year: "numeric", month: "long", day: "numeric" },
  date_short: { year: "numeric", month: "short", day: "numeric" },
  date_long: { weekday: "long", year: "numeric", month: "long", day: "numeric" },
  time: { hour: "2-digit", minute: "2-digit" },
  time_secs: { hour: "2-digit", minute: "2-digit", second: "2-digit" },
  day_divider_pretty: { weekday: "long", month: "long", day: "numeric" },
};

const locale = () => (names.people[names.me] || {}).locale || "en-US";
const relative = () => new Intl.RelativeTimeFormat(locale(), { numeric: "auto" });

function ago(at) {
  const s = Math.round((at - Date.now()) / 1000);
  const f = relative();
  for (const [unit, size] of [["day", 86400], ["hour", 3600], ["minute", 60]]) {
    if (Math.abs(s) >= size) return f.format(Math.round(s / size), unit);
  }
  return f.format(s, "second");
}

// date replaces Slack's {tokens}, in the browser's time zone and the person's language.
function date(ts, format, fallback) {
  const at = new Date(Number(ts) * 1000);
  if (isNaN(at)) return fallback || "";
  const day = (d) => new Date(d.getFullYear(), d.getMonth(), d.getDate());
  const off = Math.round((day(at) - day(new Date())) / 86400000);
  return format.replace(/\{(\w+)\}/g, (all, token) => {
    if (token === "ago") return ago(at);
    const pretty = token.endsWith("_pretty") && [-1, 0, 1].includes(off);
    if (pretty) return relative().format(off, "day");
    const form = dateForms[token] || dateForms[token.replace(/_pretty$/, "")];
    return form ? new Intl.DateTimeFormat(locale(), form).format(at) : all;
  });
}

const when = (ts, format, fallback) =>
  h("time", { datetime: isNaN(new Date(ts * 1000)) ? "" : new Date(ts * 1000).toISOString(), title: fallback }, date(ts, format, fallback));

// angle renders what is between < and >.
function angle(inner) {
  const bar = inner.indexOf("|");
  const target = plain(bar < 0 ? inner : inner.slice(0, bar));
  const label = bar < 0 ? "" : plain(inner.slice(bar + 1));
  if (target.startsWith("@")) return person(target.slice(1), label);
  if (target.startsWith("#")) return channel(target.slice(1), label);
  if (target.startsWith("!date^")) {
    const [, ts, format, url] = target.split("^");
    const t = when(Number(ts), format || "{date}", label);
    return url ? href(url, t.textContent) : t;
  }
  if (target.startsWith("!subteam^")) return group(target.split("^")[1], label);
  if (target.startsWith("!")) return h("span", { class: "mention me" }, "@" + (label || target.slice(1)).replace(/^@/, ""));
  return href(target, label);
}

const styles = { "*": "strong", _: "em", "~": "s" };
const word = /[\p{L}\p{N}]/u;

// inline reads one line (or a part of it) of mrkdwn.
function inline(s) {
  const out = [];
  let text = "";
  const flush = () => { if (text) out.push(withEmoji(plain(text))); text = ""; };
  for (let i = 0; i < s.length; i++) {
    const c = s[i];
    if (c === "<") {
      const end = s.indexOf(">", i);
      if (end > i + 1 && !s.slice(i + 1, end).includes("<")) {
        flush();
        out.push(angle(s.slice(i + 1, end)));
        i = end;
        continue;
      }
    }
    if (c === "`") {
      const end = s.indexOf("`", i + 1);
      if (end > i + 1) {
        flush();
        out.push(h("code", {}, strip(s.slice(i + 1, end))));
        i = end;
        continue;
      }
    }
    if (styles[c] && !word.test(s[i - 1] || "") && s[i + 1] && !/\s/.test(s[i + 1])) {
      const end = closing(s, i);
      if (end > 0) {
        flush();
        out.push(h(styles[c], {}, inline(s.slice(i + 1, end))));
        i = end;
        continue;
      }
    }
    text += c;
  }
  flush();
  return out;
}

// closing finds the mark that ends the style begun at i, outside of <…>.
function closing(s, i) {
  let depth = 0;
  for (let j = i + 1; j < s.length; j++) {
    if (s[j] === "<") depth++;
    else if (s[j] === ">") depth = Math.max(0, depth - 1);
    else if (!depth && s[j] === s[i] && j > i + 1 && !/\s/.test(s[j - 1]) && !word.test(s[j + 1] || "")) return j;
  }
  return -1;
}

const lines = (list) => list.flatMap((l, i) => [i ? h("br") : null, inline(l)]);

export function mrkdwn(text) {
  const out = [];
  String(text || "").split("```").forEach((part, i, all) => {
    if (i % 2 && i < all.length - 1) { out.push(h("pre", {}, strip(part.replace(/^\n|\n$/g, "")))); return; }
    if (i % 2) part = "```" + part;
    let run = [], quoted = false;
    const flush = () => {
      if (run.length) out.push(quoted ? h("blockquote", {}, lines(run)) : h("span", {}, lines(run)));
      run = [];
    };
    for (const l of part.split("\n")) {
      const q = /^(?:&gt;|>) ?/.exec(l);
      if (!!q !== quoted) { flush(); quoted = !!q; }
      run.push(q ? l.slice(q[0].length) : l);
    }
    flush();
  });
  return out;
}

// textObject renders {type: mrkdwn | plain_text, text}.
export function textObject(o) {
  if (!o) return [];
  if (o.type === "mrkdwn") return mrkdwn(o.text);
  const t = o.emoji === false ? o.text : withEmoji(o.text);
  return t.split("\n").flatMap((l, i) => [i ? h("br") : null, l]);
}

export const plainOf = (o) => (o ? withEmoji(String(o.text || "")) : "");

function richElement(e) {
  let node;
  switch (e.type) {
    case "text": node = e.text.split("\n").flatMap((l, i) => [i ? h("br") : null, l]); break;
    case "link": node = [href(e.url, e.text)]; break;
    case "user": node = [person(e.user_id)]; break;
    case "usergroup": node = [group(e.usergroup_id)]; break;
    case "channel": node = [channel(e.channel_id)]; break;
    case "broadcast": node = [h("span", { class: "mention me" }, "@" + e.range)]; break;
    case "emoji": node = [emoji[e.name] || ":" + e.name + ":"]; break;
    case "date": node = [when(e.timestamp, e.format, e.fallback)]; break;
    case "color": node = [h("code", {}, e.value)]; break;
    default: node = [String(e.text || "")];
  }
  const s = e.style || {};
  for (const [k, tag] of [["code", "code"], ["bold", "strong"], ["italic", "em"], ["strike", "s"], ["underline", "u"]]) {
    if (s[k]) node = [h(tag, {}, node)];
  }
  return node;
}

export function richText(block) {
  return (block.elements || []).map((e) => {
    const inside = (e.elements || []).flatMap(richElement);
    switch (e.type) {
      case "rich_text_quote": return h("blockquote", {}, inside);
      case "rich_text_preformatted": return h("pre", {}, inside);
      case "rich_text_list":
        return h(e.style === "ordered" ? "ol" : "ul", { class: "rich indent" + (e.indent || 0), start: e.offset ? e.offset + 1 : null },
          e.elements.map((li) => h("li", {}, (li.elements || []).flatMap(richElement))));
      default: return h("div", { class: "rich" }, inside);
    }
  });
}

// spoken returns a message as a screen reader reads it.
export const spoken = (text) => withEmoji(strip(String(text || "")));
