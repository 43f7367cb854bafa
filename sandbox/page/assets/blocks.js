// Block Kit as DOM nodes. act(element, block, values) is called when a person
// presses or chooses something.
import { h, fill, $ } from "./dom.js";
import { textObject, mrkdwn, richText, plainOf, names } from "./text.js";
import { field } from "./fields.js";
import { chart } from "./charts.js";
import { table } from "./tables.js";

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
    case "context_actions":
    case "actions": return h("div", { class: "b-actions" + (b.type === "actions" ? "" : " small") }, (b.elements || []).map((e) => element(e, b, act)));
    case "image": return h("figure", { class: "b-image" }, b.title && h("figcaption", {}, textObject(b.title)), picture(b));
    case "input": return h("div", { class: "b-input" }, h("label", {}, textObject(b.label)), element(b.element, b, act));
    case "markdown": return h("div", { class: "b-section" }, mrkdwn(b.text));
    case "data_visualization": return chart(b);
    case "data_table": return table(b, (e) => element(e, b, act));
    default: return h("div", { class: "b-context" }, "[" + b.type + "]");
  }
}

// fileAt returns the address of an upload.
export const fileAt = (id) => "api/file/" + encodeURIComponent(id) + "?user=" + encodeURIComponent(names.me);

// Nothing is loaded from outside, so a picture is shown as its description,
// unless it was uploaded here.
function picture(e) {
  if (e.slack_file && e.slack_file.id) return h("img", { src: fileAt(e.slack_file.id), alt: e.alt_text, loading: "lazy" });
  return h("span", { class: "picture", title: e.image_url || "" }, "🖼 " + (e.alt_text || "picture"));
}

function element(e, b, act) {
  switch (e.type) {
    case "icon_button":
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
    default: {
      // A choice is sent at once, and reset if its dialog is cancelled.
      const f = field(e, b, undefined, (text) => act("suggest", e, b, undefined, text));
      const before = (box) => (box.type === "radio" || box.type === "checkbox" ? !box.checked : "");
      f.node.addEventListener("change", async (ev) => {
        const box = ev.target;
        if (e.confirm && !(await confirm(e.confirm))) {
          if (typeof before(box) === "boolean") box.checked = before(box);
          else box.value = "";
          return;
        }
        if (f.values().length || e.type.startsWith("multi") || e.type === "checkboxes") await act("select", e, b, f.values());
        if (e.type === "overflow") box.value = "";
      });
      return f.node;
    }
  }
}

// confirm shows the dialog of an element and returns whether it was confirmed.
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
