// The composer: Enter sends, Tab accepts a hint, the arrow up restores the
// last sent text.
import { h, fill, $, post } from "./dom.js";

const history = new Map(); // by person, newest last
let recalled = -1, asked = 0, hints = [], chosen = -1;

// start wires the composer; where() returns who types in which channel, and sent()
// is called with the sent text.
export function start(where, sent) {
  const box = $("text");
  const form = $("composer");
  const grow = () => { box.style.height = "auto"; box.style.height = Math.min(box.scrollHeight, 160) + "px"; };

  const show = (list) => {
    hints = list;
    chosen = -1;
    fill($("hints"), list.length > 0 && h("li", { role: "presentation", class: "from" }, "Suggestions by the sandbox. Slack has none."), list.map((x, i) => h("li", { role: "option", id: "hint" + i, onmousedown: (ev) => { ev.preventDefault(); take(x); } },
      h("b", {}, x.word), x.detail && h("span", {}, x.detail))));
    $("hints").hidden = !list.length;
    box.setAttribute("aria-expanded", String(list.length > 0));
    box.removeAttribute("aria-activedescendant");
  };
  const choose = (i) => {
    chosen = (i + hints.length) % hints.length;
    const options = [...$("hints").querySelectorAll("[role=option]")];
    options.forEach((li, n) => li.setAttribute("aria-selected", String(n === chosen)));
    options[chosen].scrollIntoView({ block: "nearest" });
    box.setAttribute("aria-activedescendant", "hint" + chosen);
  };
  const ask = async () => {
    const mine = ++asked;
    if (!box.value.startsWith("/")) return show([]);
    const q = new URLSearchParams({ text: box.value, channel: where().channel });
    let list = [];
    try { list = await (await fetch("api/hints?" + q)).json(); } catch { /* the stream reports that the sandbox is gone */ }
    if (mine === asked) show(list);
  };
  const set = (text) => { box.value = text; box.setSelectionRange(text.length, text.length); grow(); };
  const take = (x) => { set(x.text); box.focus(); ask(); };
  const send = async () => {
    const text = box.value.trim();
    if (!text) return;
    asked++;
    const { user, channel } = where();
    const before = history.get(user) || [];
    if (before[before.length - 1] !== text) before.push(text);
    history.set(user, before);
    recalled = -1;
    set("");
    show([]);
    sent();
    const answer = await post("say", { user, channel, text });
    if (!answer.ok && !box.value) set(text); // nothing typed is lost
  };

  box.addEventListener("input", () => { recalled = -1; grow(); ask(); });
  box.addEventListener("blur", () => { asked++; show([]); });
  box.addEventListener("focus", ask);
  form.addEventListener("submit", (ev) => { ev.preventDefault(); send(); });
  box.addEventListener("keydown", (ev) => {
    if (ev.isComposing) return; // an input method is at work
    const before = history.get(where().user) || [];
    const recalling = recalled >= 0 || !box.value;
    switch (ev.key) {
      case "Enter":
        if (ev.shiftKey) return;
        ev.preventDefault();
        if (chosen >= 0) take(hints[chosen]);
        else send();
        return;
      case "Tab":
        if (!hints.length || ev.shiftKey) return;
        ev.preventDefault();
        take(hints[Math.max(chosen, 0)]);
        return;
      case "Escape":
        if (hints.length) { ev.stopPropagation(); show([]); }
        return;
      case "ArrowUp":
        if (recalling && before.length) {
          ev.preventDefault();
          recalled = recalled < 0 ? before.length - 1 : Math.max(0, recalled - 1);
          set(before[recalled]);
          show([]);
        } else if (hints.length) { ev.preventDefault(); choose(chosen < 0 ? hints.length - 1 : chosen - 1); }
        return;
      case "ArrowDown":
        if (recalled >= 0) {
          ev.preventDefault();
          recalled = recalled + 1 < before.length ? recalled + 1 : -1;
          set(recalled < 0 ? "" : before[recalled]);
        } else if (hints.length) { ev.preventDefault(); choose(chosen + 1); }
    }
  });
  // put fills in a text, ready to be sent.
  return { put: (text) => { set(text); box.focus(); ask(); } };
}
