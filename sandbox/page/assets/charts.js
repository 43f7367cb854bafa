// Charts of data_visualization blocks, as SVG.
import { h } from "./dom.js";

const ns = "http://www.w3.org/2000/svg";
const W = 480, H = 190, foot = 22, side = 36, top = 8;

function s(tag, props, ...children) {
  const el = document.createElementNS(ns, tag);
  for (const [k, v] of Object.entries(props)) el.setAttribute(k, v);
  el.append(...children);
  return el;
}

const text = (x, y, anchor, what) => s("text", { x, y, "text-anchor": anchor }, String(what));
const rounded = (v) => (Number.isInteger(v) ? v : Number(v.toPrecision(3)));

// chart draws one block. Its description contains the numbers, too.
export function chart(b) {
  const c = b.chart || {};
  const series = c.series || [{ name: "", data: c.segments || [] }];
  const spoken = series.map((x) => (x.name ? x.name + ": " : "") + x.data.map((p) => p.label + " " + p.value).join(", ")).join("; ");
  const picture = c.type === "pie" ? pie(c.segments || []) : plot(c, series);
  return h("figure", { class: "b-chart" },
    h("figcaption", {}, b.title),
    h("div", { role: "img", "aria-label": b.title + ". " + spoken }, picture),
    series.length > 1 && h("p", { class: "legend" }, series.map((x, i) => h("span", { class: "hue" + i }, x.name))),
    c.axis_config && c.axis_config.x_label && h("small", {}, c.axis_config.x_label));
}

function plot(c, series) {
  const categories = (c.axis_config || {}).categories || [];
  const all = series.flatMap((x) => x.data.map((p) => p.value));
  const high = Math.max(0, ...all) || 1, low = Math.min(0, ...all);
  const y = (v) => top + (H - top - foot) * (high - v) / (high - low);
  const step = (W - side) / Math.max(1, categories.length);
  const mid = (i) => side + step * (i + 0.5);
  const svg = s("svg", { viewBox: `0 0 ${W} ${H}`, "aria-hidden": "true" });
  for (const v of new Set([high, (high + Math.max(0, low)) / 2, 0, low])) {
    svg.append(s("line", { class: "grid", x1: side, x2: W, y1: y(v), y2: y(v) }), text(side - 6, y(v) + 4, "end", rounded(v)));
  }
  const every = Math.ceil(categories.length / 8);
  const fit = Math.max(5, Math.floor(step * every / 8)); // letters, also at a phone's larger ones
  const short = (label) => (label.length > fit ? label.slice(0, fit - 1) + "…" : label);
  categories.forEach((label, i) => { if (i % every === 0) svg.append(text(mid(i), H - 6, "middle", short(label))); });
  series.forEach((x, n) => {
    const at = (label) => x.data.find((p) => p.label === label) || { value: 0 };
    if (c.type === "bar") {
      const wide = step * 0.72 / series.length;
      categories.forEach((label, i) => {
        const v = at(label).value;
        svg.append(s("rect", {
          class: "hue" + n, x: mid(i) - step * 0.36 + wide * n, width: Math.max(1, wide - 2), y: Math.min(y(v), y(0)), height: Math.abs(y(v) - y(0)), rx: 2,
        }, s("title", {}, `${x.name} ${label}: ${v}`)));
      });
      return;
    }
    const points = categories.map((label, i) => mid(i) + "," + y(at(label).value));
    if (c.type === "area") svg.append(s("polygon", { class: "area hue" + n, points: [mid(0) + "," + y(0), ...points, mid(categories.length - 1) + "," + y(0)].join(" ") }));
    svg.append(s("polyline", { class: "line hue" + n, points: points.join(" ") }));
  });
  return svg;
}

// pie draws one bar divided into shares: lengths compare better than angles.
function pie(segments) {
  const sum = segments.reduce((n, p) => n + p.value, 0) || 1;
  const svg = s("svg", { viewBox: `0 0 ${W} 34`, "aria-hidden": "true" });
  let x = 0;
  segments.forEach((p, i) => {
    const wide = W * p.value / sum;
    svg.append(s("rect", { class: "hue" + i, x, y: 4, width: Math.max(1, wide - 2), height: 26, rx: 3 }));
    x += wide;
  });
  return [svg, h("p", { class: "legend" }, segments.map((p, i) => h("span", { class: "hue" + i }, p.label + " " + p.value)))];
}
