// Tables of data_table blocks: pages, and buttons in cells.
import { h } from "./dom.js";
import { richText } from "./text.js";

// table draws one block; element draws the button of a cell.
export function table(b, element) {
  const [head, ...rows] = b.rows || [];
  const size = b.page_size || 5, pages = Math.max(1, Math.ceil(rows.length / size));
  const body = h("tbody", {});
  const place = h("span", {});
  let page = 0;
  const turn = (by) => () => { page = Math.min(Math.max(page + by, 0), pages - 1); draw(); };
  const prev = h("button", { type: "button", class: "b-button", "aria-label": "Earlier rows", onclick: turn(-1) }, "‹");
  const next = h("button", { type: "button", class: "b-button", "aria-label": "Later rows", onclick: turn(1) }, "›");
  const main = b.row_header_column_index || 0;
  const draw = () => {
    body.replaceChildren(...rows.slice(page * size, (page + 1) * size).map((row) =>
      h("tr", {}, row.map((c, i) => h(i === main ? "th" : "td", i === main ? { scope: "row" } : {}, cell(c, element))))));
    place.textContent = page + 1 + " / " + pages;
    prev.disabled = page === 0;
    next.disabled = page === pages - 1;
  };
  draw();
  return h("figure", { class: "b-table" },
    h("div", { class: "wide", tabindex: "0" }, h("table", {}, h("caption", {}, b.caption),
      h("thead", {}, h("tr", {}, (head || []).map((c) => h("th", { scope: "col" }, cell(c, element))))), body)),
    pages > 1 && h("div", { class: "row" }, prev, place, next));
}

function cell(c, element) {
  switch (c.type) {
    case "raw_number": return c.text || String(c.value);
    case "rich_text": return richText(c);
    case "action_cell": return element(c.element);
    default: return c.text;
  }
}
