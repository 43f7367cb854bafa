// Input elements: a node, and the values in it.
import { h } from "./dom.js";
import { textObject, plainOf, names } from "./text.js";

export function options(e) {
  return [...(e.options || []), ...(e.option_groups || []).flatMap((g) => g.options || [])];
}

const values = (o) => (o ? [].concat(o).map((x) => (x.value === undefined ? x : x.value)) : []);
const people = () => Object.entries(names.people).filter(([, p]) => !p.bot).map(([id, p]) => [id, p.name]);
const channels = () => Object.entries(names.channels).map(([id, n]) => [id, "#" + n]);
const choices = (e) => options(e).map((o) => [o.value, textObject(o.text), o.description]);

// The texts of options that a search has offered, by value: a choice keeps its text.
const offeredTexts = new Map();

// search is a select whose options the app offers for what is typed.
function search(e, b, typed, ask) {
  const data = { block: b.block_id, action: e.action_id };
  const many = e.type.startsWith("multi");
  const initial = [].concat(many ? e.initial_options || [] : e.initial_option || []);
  for (const o of initial) offeredTexts.set(o.value, plainOf(o.text));
  let chosen = typed === undefined ? initial.map((o) => o.value) : [].concat(typed).filter(Boolean);
  const tags = h("div", { class: "choices tags" });
  const list = h("ul", { class: "offers", role: "listbox", hidden: true });
  const box = h("input", { type: "text", role: "combobox", "aria-expanded": "false", autocomplete: "off", spellcheck: "false", placeholder: plainOf(e.placeholder) || "Search", "aria-label": plainOf(b.label) || plainOf(e.placeholder) });
  const node = h("div", { class: "search" }, tags, box, list);
  const draw = () => {
    tags.replaceChildren(...chosen.map((value) => h("label", { class: "choice" },
      h("input", { type: "checkbox", value, checked: true, data, onchange: () => { chosen = chosen.filter((x) => x !== value); draw(); } }), h("span", {}, offeredTexts.get(value) || value))));
    tags.hidden = !chosen.length;
  };
  let asked = 0;
  const shut = () => { asked++; list.hidden = true; box.setAttribute("aria-expanded", "false"); };
  const take = (value) => {
    chosen = many ? [...chosen.filter((x) => x !== value), value] : [value];
    box.value = "";
    shut();
    draw();
    node.dispatchEvent(new Event("change", { bubbles: true }));
  };
  const offer = async () => {
    const mine = ++asked;
    if (box.value.length < (e.min_query_length ?? 3)) return;
    const answer = await ask(box.value);
    if (mine !== asked) return;
    const options = ((answer.offered || {}).options || []).slice(0, 100);
    for (const o of options) offeredTexts.set(o.value, plainOf(o.text));
    list.replaceChildren(...(options.length ? options.map((o) => h("li", { role: "option", onmousedown: (ev) => { ev.preventDefault(); take(o.value); } }, textObject(o.text))) : [h("li", { class: "none" }, "No results")]));
    list.hidden = false;
    box.setAttribute("aria-expanded", "true");
  };
  box.addEventListener("focus", offer);
  box.addEventListener("input", offer);
  box.addEventListener("blur", shut);
  box.addEventListener("change", (ev) => ev.stopPropagation()); // only a choice counts
  box.addEventListener("keydown", (ev) => {
    if (ev.key === "Escape" && !list.hidden) { ev.stopPropagation(); ev.preventDefault(); shut(); }
    if (ev.key !== "Enter") return;
    ev.preventDefault();
    list.querySelector("[role=option]")?.dispatchEvent(new MouseEvent("mousedown"));
  });
  draw();
  return { block: b.block_id, action: e.action_id, node, values: () => chosen };
}

// The inputs for files, by block and action: only the input itself keeps what was chosen in it, so it
// stays when the view is drawn again.
const fileInputs = new Map();

// file is an input for one file. Its content is read when the form is sent.
function file(e, b, typed) {
  const key = b.block_id + " " + e.action_id;
  if (typed === undefined || !fileInputs.has(key)) {
    fileInputs.set(key, h("input", { type: "file", data: { block: b.block_id, action: e.action_id }, "aria-label": plainOf(b.label) }));
  }
  const box = fileInputs.get(key);
  const files = async () => {
    const chosen = box.files[0];
    if (!chosen) return [];
    const bytes = new Uint8Array(await chosen.arrayBuffer());
    let text = "";
    for (let i = 0; i < bytes.length; i += 8192) text += String.fromCharCode(...bytes.subarray(i, i + 8192));
    return [{ block: b.block_id, action: e.action_id, name: chosen.name, content: btoa(text) }];
  };
  return { block: b.block_id, action: e.action_id, node: h("div", { class: "file" }, box), values: () => [], files };
}

// field is the element e of the block b: its node, and what was entered into
// it. typed is the value before it was drawn again; ask searches for options.
export function field(e, b, typed, ask) {
  const data = { block: b.block_id, action: e.action_id };
  const base = { block: b.block_id, action: e.action_id };
  const one = (node) => ({ ...base, node, values: () => (node.value ? [node.value] : []) });

  const select = (list, initial) => {
    const first = typed === undefined ? initial : [].concat(typed);
    const node = h("select", { data, "aria-label": b.label ? null : plainOf(e.placeholder) || "Choose" },
      h("option", { value: "" }, plainOf(e.placeholder) || "Choose"),
      list.map(([value, text]) => h("option", { value, selected: first.includes(value) }, text)));
    return one(node);
  };
  // Multiple choices are checkboxes, which are easy to tap.
  const boxes = (type, list, initial) => {
    const first = typed === undefined ? initial : [].concat(typed);
    const node = h("div", { class: "choices", role: type === "radio" ? "radiogroup" : "group", "aria-label": plainOf(e.placeholder) || null },
      list.map(([value, text, more]) => h("label", { class: "choice" },
        h("input", { type, name: b.block_id + e.action_id, value, checked: first.includes(value), data }),
        h("span", {}, text, more && h("small", {}, textObject(more))))));
    return { ...base, node, values: () => [...node.querySelectorAll("input:checked")].map((i) => i.value) };
  };

  switch (e.type) {
    case "radio_buttons": return boxes("radio", choices(e), values(e.initial_option));
    case "checkboxes": return boxes("checkbox", choices(e), values(e.initial_options));
    case "overflow":
    case "static_select": return select(options(e).map((o) => [o.value, plainOf(o.text)]), values(e.initial_option));
    case "multi_static_select": return boxes("checkbox", choices(e), values(e.initial_options));
    case "users_select": return select(people(), values(e.initial_user));
    case "multi_users_select": return boxes("checkbox", people(), values(e.initial_users));
    case "channels_select":
    case "conversations_select": return select(channels(), values(e.initial_channel || e.initial_conversation));
    case "multi_channels_select":
    case "multi_conversations_select": return boxes("checkbox", channels(), values(e.initial_channels || e.initial_conversations));
    case "file_input": return file(e, b, typed);
    case "external_select":
    case "multi_external_select": return search(e, b, typed, ask);
    case "datepicker": return one(h("input", { type: "date", data, value: typed ?? e.initial_date ?? "" }));
    case "timepicker": return one(h("input", { type: "time", data, value: typed ?? e.initial_time ?? "" }));
    case "number_input": return one(h("input", { type: "text", inputmode: "decimal", data, value: typed ?? e.initial_value ?? "" }));
    case "plain_text_input":
    case "email_text_input":
    case "url_text_input":
    case "rich_text_input": {
      const props = { data, placeholder: plainOf(e.placeholder), maxlength: e.max_length, value: typed ?? (typeof e.initial_value === "string" ? e.initial_value : "") };
      return one(e.multiline || e.type === "rich_text_input" ? h("textarea", { rows: "4", ...props }) : h("input", { type: "text", ...props }));
    }
    default: return { ...base, node: h("span", { class: "b-context" }, "[" + e.type + "]"), values: () => [] };
  }
}
