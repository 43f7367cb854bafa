// Modals: the view on top of a person's stack in a <dialog>, so that focus and
// Escape behave as everywhere.
import { h, fill, $, post } from "./dom.js";
import { textObject, plainOf } from "./text.js";
import { blocks } from "./blocks.js";
import { field } from "./fields.js";

let shown = ""; // id and hash of what the dialog holds

export function showViews(views, user) {
  const box = $("modal");
  const top = views[views.length - 1];
  if (!top) {
    shown = "";
    if (box.open) { box.dataset.quiet = "yes"; box.close(); }
    return;
  }
  const key = top.id + " " + top.hash + " " + JSON.stringify(top.errors || {});
  if (key === shown) return;
  const same = shown.startsWith(top.id + " ");
  const typed = same ? remember(box) : new Map();
  const at = same && box.querySelector(".modal-body")?.scrollTop;
  const focused = same && document.activeElement?.dataset.block;
  shown = key;
  draw(box, top, user, typed);
  if (at) box.querySelector(".modal-body").scrollTop = at;
  if (Object.keys(top.errors || {}).length) box.querySelector(".bad")?.scrollIntoView({ block: "nearest" });
  if (focused) box.querySelector(`[data-block="${CSS.escape(focused)}"]`)?.focus({ preventScroll: true });
  if (!box.open) box.showModal();
}

// remember keeps what was typed when the app changes the view under the person.
function remember(box) {
  const out = new Map();
  for (const f of box.querySelectorAll("[data-block]")) {
    const k = f.dataset.block + " " + f.dataset.action;
    if (f.type === "radio" || f.type === "checkbox") out.set(k, [...(out.get(k) || []), ...(f.checked ? [f.value] : [])]);
    else out.set(k, f.multiple ? [...f.selectedOptions].map((o) => o.value) : f.value);
  }
  return out;
}

// dispatch informs the app of a choice, and of a text when Enter is pressed.
function dispatch(b, f, tell) {
  if (!b.element.type.endsWith("text_input")) { f.node.addEventListener("change", tell); return; }
  f.node.addEventListener("keydown", (ev) => {
    if (ev.key !== "Enter" || ev.isComposing) return;
    ev.preventDefault();
    tell();
  });
}

function draw(box, view, user, typed) {
  const body = view.body;
  const fields = [];
  const act = (what, e, b, values) =>
    post(what, { user, view: view.id, block: b.block_id, action: e.action_id, values });
  // texts are what was typed, which Slack's client sends with a choice.
  const texts = () => fields.filter((f) => f.node.matches("input, textarea")).map((f) => ({ Block: f.block, Action: f.action, Values: f.values() }));
  const list = (body.blocks || []).map((b) => {
    if (b.type !== "input") return blocks([b], act);
    const ask = (text) => post("suggest", { user, view: view.id, block: b.block_id, action: b.element.action_id, text });
    const f = field(b.element, b, typed.get(b.block_id + " " + b.element.action_id), ask);
    fields.push(f);
    if (b.dispatch_action) dispatch(b, f, () => post("select", {
      user, view: view.id, block: b.block_id, action: b.element.action_id, values: f.values(), inputs: texts(),
    }));
    const wrong = (view.errors || {})[b.block_id];
    // Checkboxes have labels of their own, and labels cannot be nested.
    const name = [textObject(b.label), b.optional ? h("small", {}, " (optional)") : null];
    const many = f.node.classList.contains("choices") || f.node.classList.contains("search");
    return h(many ? "fieldset" : "div", { class: "b-input" + (wrong ? " bad" : "") }, many ? [h("legend", {}, name), f.node] : h("label", {}, name, f.node),
      b.hint && h("small", {}, textObject(b.hint)), wrong && h("p", { class: "wrong", role: "alert" }, wrong));
  });
  const close = (all) => post("close", { user, view: view.id, all });
  const send = async (ev) => {
    ev.preventDefault();
    const button = ev.target.querySelector("button[type=submit]");
    if (button) button.disabled = true;
    const files = (await Promise.all(fields.filter((f) => f.files).map((f) => f.files()))).flat();
    await post("submit", { user, view: view.id, files, inputs: fields.filter((f) => !f.files).map((f) => ({ Block: f.block, Action: f.action, Values: f.values() })) });
    if (button) button.disabled = false;
  };
  fill(box, h("form", { onsubmit: send },
    h("header", {}, h("h2", {}, plainOf(body.title)), h("button", { type: "button", class: "quiet", "aria-label": "Close", onclick: () => close(true) }, "×")),
    h("div", { class: "modal-body" }, list),
    h("footer", { class: "row end" },
      h("button", { type: "button", class: "b-button", onclick: () => close(false) }, plainOf(body.close) || "Cancel"),
      body.submit && h("button", { type: "submit", class: "b-button primary" }, plainOf(body.submit)))));
  box.oncancel = (ev) => { ev.preventDefault(); close(false); };
}
