// Modals: the view on top of a person's stack in a <dialog>, so that focus and
// Escape behave as everywhere.
import { h, fill, $, post } from "./dom.js";
import { textObject, plainOf, names } from "./text.js";
import { blocks, options } from "./blocks.js";

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
  const typed = shown.startsWith(top.id + " ") ? remember(box) : new Map();
  shown = key;
  draw(box, top, user, typed);
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

function draw(box, view, user, typed) {
  const body = view.body;
  const fields = [];
  const act = (what, e, b, values) =>
    post(what, { user, view: view.id, block: b.block_id, action: e.action_id, values });
  const list = (body.blocks || []).map((b) => {
    if (b.type !== "input") return blocks([b], act);
    const f = field(b, typed.get(b.block_id + " " + b.element.action_id));
    fields.push(f);
    const wrong = (view.errors || {})[b.block_id];
    return h("div", { class: "b-input" }, h("label", {}, textObject(b.label), b.optional ? h("small", {}, " (optional)") : null, f.node),
      b.hint && h("small", {}, textObject(b.hint)), wrong && h("p", { class: "wrong", role: "alert" }, wrong));
  });
  const close = (all) => post("close", { user, view: view.id, all });
  const send = async (ev) => {
    ev.preventDefault();
    const button = ev.target.querySelector("button[type=submit]");
    if (button) button.disabled = true;
    await post("submit", { user, view: view.id, inputs: fields.map((f) => ({ Block: f.block, Action: f.action, Values: f.values() })) });
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

// field is one input: its node, and what was entered into it.
function field(b, typed) {
  const e = b.element;
  const data = { block: b.block_id, action: e.action_id };
  const base = { block: b.block_id, action: e.action_id };
  const one = (node) => ({ ...base, node, values: () => (node.value ? [node.value] : []) });
  const pick = (list, initial, many) => {
    const first = typed === undefined ? initial : [].concat(typed);
    const select = h("select", { data, multiple: many }, many ? null : h("option", { value: "" }, plainOf(e.placeholder) || "Choose"),
      list.map(([value, text]) => h("option", { value, selected: first.includes(value) }, text)));
    return { ...base, node: select, values: () => [...select.selectedOptions].map((o) => o.value).filter(Boolean) };
  };
  const people = () => Object.entries(names.people).filter(([, p]) => !p.bot).map(([id, p]) => [id, p.name]);
  const values = (o) => (o ? [].concat(o).map((x) => (x.value === undefined ? x : x.value)) : []);
  const group = (type) => {
    const first = typed ?? values(type === "radio" ? e.initial_option : e.initial_options);
    const node = h("div", { role: "group" }, options(e).map((o) =>
      h("label", { class: "choice" }, h("input", { type, name: b.block_id, value: o.value, checked: first.includes(o.value), data }), textObject(o.text))));
    return { ...base, node, values: () => [...node.querySelectorAll("input:checked")].map((i) => i.value) };
  };
  switch (e.type) {
    case "radio_buttons": return group("radio");
    case "checkboxes": return group("checkbox");
    case "static_select": return pick(options(e).map((o) => [o.value, plainOf(o.text)]), values(e.initial_option), false);
    case "multi_static_select": return pick(options(e).map((o) => [o.value, plainOf(o.text)]), values(e.initial_options), true);
    case "users_select": return pick(people(), values(e.initial_user), false);
    case "multi_users_select": return pick(people(), values(e.initial_users), true);
    case "channels_select":
    case "conversations_select": return pick(Object.entries(names.channels).map(([id, n]) => [id, "#" + n]), values(e.initial_channel || e.initial_conversation), false);
    case "datepicker": return one(h("input", { type: "date", data, value: typed ?? e.initial_date ?? "" }));
    case "timepicker": return one(h("input", { type: "time", data, value: typed ?? e.initial_time ?? "" }));
    case "number_input": return one(h("input", { type: "text", inputmode: "decimal", data, value: typed ?? e.initial_value ?? "" }));
    default: {
      const props = { data, placeholder: plainOf(e.placeholder), maxlength: e.max_length, value: typed ?? e.initial_value ?? "" };
      return one(e.multiline ? h("textarea", { rows: "4", ...props }) : h("input", { type: "text", ...props }));
    }
  }
}
