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

// field is the element e of the block b: its node, and what was entered into
// it. typed is the value before it was drawn again.
export function field(e, b, typed) {
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
