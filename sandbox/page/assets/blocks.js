// Block Kit as DOM nodes. act(element, block, values) is called when somebody
// presses or chooses.
import { h, fill, $ } from "./dom.js";
import { textObject, mrkdwn, richText, plainOf } from "./text.js";

export function blocks(list, act) {
  return (list || []).map((b) => block(b, act));
}

function block(b, act) {
  switch (b.type) {
    case "header": return h("div", { class: "b-header", role: "heading", "aria-level": "3" }, textObject(b.text));
    case "divider": return h("hr");
    case "rich_text": return h("div", { class: "b-rich" }, richText(b));
    case "section":
      return h("div", { class: "b-section" },
        h("div", { class: "b-text" }, b.text && h("div", {}, textObject(b.text)),
          b.fields && h("div", { class: "b-fields" }, b.fields.map((f) => h("div", {}, textObject(f))))),
        b.accessory && h("div", { class: "b-side" }, element(b.accessory, b, act)));
    case "context":
      return h("div", { class: "b-context" }, (b.elements || []).map((e) => (e.type === "image" ? picture(e) : h("span", {}, textObject(e)))));
    case "actions": return h("div", { class: "b-actions" }, (b.elements || []).map((e) => element(e, b, act)));
    case "image": return h("div", {}, picture(b));
    case "input": return h("div", { class: "b-input" }, h("label", {}, textObject(b.label)), element(b.element, b, act));
    case "markdown": return h("div", { class: "b-section" }, mrkdwn(b.text));
    default: return h("div", { class: "b-context" }, "[" + b.type + "]");
  }
}

// Nothing is fetched from outside, so a picture is its description.
const picture = (e) => h("span", { class: "picture", title: e.image_url || "" }, "🖼 " + (e.alt_text || "picture"));

export function options(e) {
  return [...(e.options || []), ...(e.option_groups || []).flatMap((g) => g.options || [])];
}

function element(e, b, act) {
  switch (e.type) {
    case "button": {
      const btn = h("button", {
        type: "button", class: "b-button " + (e.style || ""), "aria-label": e.accessibility_label,
        onclick: async () => {
          if (e.confirm && !(await confirm(e.confirm))) return;
          btn.disabled = true;
          await act("press", e, b);
          btn.disabled = false;
        },
      }, plainOf(e.text));
      return btn;
    }
    case "image": return picture(e);
    case "overflow":
    case "static_select":
    case "radio_buttons": {
      const first = e.initial_option ? e.initial_option.value : "";
      const select = h("select", {
        "aria-label": plainOf(e.placeholder) || "Choose",
        onchange: async () => {
          if (!select.value) return;
          if (e.confirm && !(await confirm(e.confirm))) { select.value = first; return; }
          await act("select", e, b, [select.value]);
          if (e.type === "overflow") select.value = "";
        },
      },
      h("option", { value: "" }, e.type === "overflow" ? "…" : plainOf(e.placeholder) || "Choose"),
      options(e).map((o) => h("option", { value: o.value, selected: o.value === first }, plainOf(o.text))));
      return select;
    }
    default: return h("span", { class: "b-context" }, "[" + e.type + "]");
  }
}

// confirm shows the dialog of an element and tells whether it was agreed to.
export function confirm(c) {
  return new Promise((done) => {
    const box = $("confirm");
    let yes = false;
    fill(box, h("h2", {}, textObject(c.title)), h("div", {}, textObject(c.text)),
      h("div", { class: "row end" },
        h("button", { type: "button", class: "b-button", onclick: () => box.close() }, plainOf(c.deny) || "Cancel"),
        h("button", { type: "button", class: "b-button " + (c.style || "primary"), onclick: () => { yes = true; box.close(); } }, plainOf(c.confirm) || "Confirm")));
    box.addEventListener("close", () => done(yes), { once: true });
    box.showModal();
  });
}
