// The app's Home tab, in a dialog that follows what the bot publishes.
import { h, fill, $, post } from "./dom.js";
import { blocks } from "./blocks.js";

export function open(user) {
  fill($("home"), head(), h("div", { class: "modal-body" }, h("p", {}, "Loading…")));
  $("home").showModal();
  post("home", { user });
}

// show draws the tab again when the bot publishes it.
export function show(view, user) {
  const box = $("home");
  if (!box.open || !view) return;
  const act = (what, e, b, values) => post(what, { user, view: view.id, block: b.block_id, action: e.action_id, values });
  fill(box, head(), h("div", { class: "modal-body" }, blocks(view.body.blocks || [], act)));
}

function head() {
  return h("header", {}, h("h2", {}, "Home"), h("button", { type: "button", class: "quiet", "aria-label": "Close", onclick: () => $("home").close() }, "×"));
}
