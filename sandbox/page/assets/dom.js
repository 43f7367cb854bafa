// All elements of the page are created here. User-supplied text only becomes a text
// node or an attribute that cannot run, never markup.

export const $ = (id) => document.getElementById(id);

// h creates an element: h("b", {class: "x", onclick: f}, "text", node, …).
export function h(tag, props, ...children) {
  const el = document.createElement(tag);
  for (const [k, v] of Object.entries(props || {})) {
    if (v === undefined || v === null || v === false) continue;
    if (k === "class") el.className = v;
    else if (k.startsWith("on")) el.addEventListener(k.slice(2), v);
    else if (k === "data") Object.assign(el.dataset, v);
    else if (k === "value" || k === "checked" || k === "disabled" || k === "selected") el[k] = v;
    else el.setAttribute(k, v === true ? "" : v);
  }
  put(el, ...children);
  return el;
}

export function put(el, ...children) {
  for (const c of children.flat(Infinity)) {
    if (c === undefined || c === null || c === false) continue;
    el.append(c instanceof Node ? c : String(c));
  }
  return el;
}

export function fill(el, ...children) {
  el.replaceChildren();
  return put(el, ...children);
}

// link opens only the schemes that Slack opens, and sends no referrer.
export function link(url, text) {
  let u;
  try { u = new URL(url); } catch { return document.createTextNode(text || url); }
  if (!["http:", "https:", "mailto:"].includes(u.protocol)) return document.createTextNode(text || url);
  return h("a", { href: u.href, target: "_blank", rel: "noopener noreferrer" }, text || url);
}

// icon draws one of the built-in pictures.
const paths = {
  mic: "M12 15a3 3 0 0 0 3-3V6a3 3 0 0 0-6 0v6a3 3 0 0 0 3 3zm-6-3a6 6 0 0 0 12 0M12 18v3",
  cam: "M3 7h11v10H3zM14 11l6-3.5v9L14 13z",
  text: "M4 5h16v11H10l-4 4v-4H4z",
  lock: "M7 11V8a5 5 0 0 1 10 0v3M5 11h14v9H5z",
  off: "M4 4l16 16",
};

export function icon(name, off) {
  const ns = "http://www.w3.org/2000/svg";
  const svg = document.createElementNS(ns, "svg");
  svg.setAttribute("viewBox", "0 0 24 24");
  svg.setAttribute("aria-hidden", "true");
  for (const d of off ? [paths[name], paths.off] : [paths[name]]) {
    const p = document.createElementNS(ns, "path");
    p.setAttribute("d", d);
    svg.append(p);
  }
  return svg;
}

export function toast(text) {
  const t = h("p", {}, text);
  $("toasts").append(t);
  setTimeout(() => t.remove(), 7000);
}

// chosen is when Slack knows everything that was chosen: a choice is part of what is pressed or sent
// after it, and a second choice comes after the first.
let chosen = Promise.resolve();

// post sends an action; changes come back through the stream.
export function post(path, body) {
  if (path === "select") return (chosen = chosen.then(() => request(path, body)));
  if (path === "press" || path === "submit") return chosen.then(() => request(path, body));
  return request(path, body);
}

async function request(path, body) {
  let answer;
  try {
    const r = await fetch("api/" + path, {
      method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(body || {}),
    });
    answer = await r.json();
  } catch {
    answer = { ok: false, error: "The sandbox does not respond. Is it still running?" };
  }
  if (!answer.ok && answer.error) toast(answer.error);
  return answer;
}

// when formats an instant (milliseconds) in the viewer's time zone.
const clock = new Intl.DateTimeFormat(undefined, { hour: "2-digit", minute: "2-digit" });
const seconds = new Intl.DateTimeFormat(undefined, { hour: "2-digit", minute: "2-digit", second: "2-digit" });
const day = new Intl.DateTimeFormat(undefined, { day: "numeric", month: "short" });

export const hm = (ms) => clock.format(ms);
export const hms = (ms) => seconds.format(ms);

// until formats the end of something, with the day if it is not today.
export function until(ms) {
  const end = new Date(ms);
  if (end.getFullYear() > 2100) return "permanently";
  const today = end.toDateString() === new Date().toDateString();
  return "until " + (today ? "" : day.format(end) + " ") + hm(ms);
}
