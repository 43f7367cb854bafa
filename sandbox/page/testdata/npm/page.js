// Uses the sandbox's page as a person would, in a headless browser.
// Usage: node page.js URL [FOLDER], where FOLDER receives screenshots.
// It prints one line for each passed check and exits with 1 at the first failed
// one.
const { chromium } = require("playwright-core");
const path = require("node:path");

const [url, folder] = process.argv.slice(2);

const args = [
  "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
  "--disable-component-update", "--disable-sync",
];

function held(what) { console.log("ok " + what); }

async function main() {
  const browser = await chromium.launch({ executablePath: process.env.CHROMIUM || "/usr/bin/chromium", args });
  try {
    const page = await browser.newPage({ viewport: { width: 1440, height: 900 } });
    page.setDefaultTimeout(15000);
    const wrong = [];
    page.on("pageerror", (e) => wrong.push(String(e)));
    page.on("console", (m) => { if (m.type() === "error") wrong.push(m.text()); });
    page.on("request", (r) => { if (!r.url().startsWith(url)) wrong.push("asked for " + r.url()); });
    const picture = async (name) => folder && page.screenshot({ path: path.join(folder, name + ".png") });

    await page.goto(url);
    const text = page.locator("#text");
    const room = (id) => page.locator(`[data-room="${id}"]`);
    const user = (id, who) => room(id).locator(`[data-user="${who}"]`);
    await user("room:10006", "29376").waitFor();
    await page.locator("#links", { hasText: "2 Slack connections" }).waitFor();
    held("opens with rooms and the bot's connections");
    await picture("1-start");

    await text.pressSequentially("/mod mu");
    await page.locator("#hints li", { hasText: "mute" }).first().waitFor();
    await page.locator("#hints", { hasText: "Slack has none" }).waitFor();
    await text.press("Tab");
    await text.pressSequentially("room:10006 2");
    await page.locator("#hints li", { hasText: "29376" }).waitFor();
    await picture("2-hints");
    await text.press("Tab");
    await text.pressSequentially("30m loud music");
    held("hints lead to a command");

    await text.press("Enter");
    const card = page.locator(".message.app:not(.private)", { hasText: "loud music" });
    await card.waitFor();
    await user("room:10006", "29376").and(page.locator('[data-state="mic and camera blocked"]')).waitFor();
    await card.getByText("Accepted by Tencent").waitFor();
    held("a command makes a card, and the room changes");
    await card.locator(".thread > summary").click();
    await card.locator(".thread", { hasText: "SetUserBlocked" }).waitFor();
    held("the thread shows the call");
    await page.locator("#calls", { hasText: "SetUserBlocked" }).waitFor();
    await page.locator("#channels button", { hasText: "audit" }).locator(".badge").waitFor();
    held("the audit channel is unread");
    await picture("3-card");

    await text.fill("");
    await text.press("ArrowUp");
    if ((await text.inputValue()) !== "/mod mute room:10006 29376 30m loud music") throw new Error("the arrow up brought " + (await text.inputValue()));
    held("the arrow up brings the last command back");

    // A mistake, and the button that corrects it.
    await text.fill("/mod kick live:test user1 rude");
    await text.press("Enter");
    const answer = page.locator(".message.private", { hasText: "kick" });
    const button = answer.locator(".b-button").first();
    await button.waitFor();
    await picture("4-mistake");
    await button.focus();
    await button.press("Enter");
    await user("live:test", "user1").and(page.locator('[data-state="banned"]')).waitFor();
    held("a button that is pressed bans someone in the room");
    await picture("5-pressed");

    // A name that looks like markup.
    await text.fill('/mod silence live:show1 "<img src=x>" 10m <b>hi</b> *stars* & <script>alert(1)</script>');
    await text.press("Enter");
    const hostile = page.locator(".message", { hasText: "<script>alert(1)</script>" }).first();
    await hostile.waitFor();
    if (await page.locator("#messages img, #messages script, #messages b > b, .b-rich b, #rooms img").count()) throw new Error("foreign text became markup");
    held("foreign text stays text");

    // A simulated failure.
    await page.locator("#trouble > summary").click();
    await page.locator("#tencent-on").selectOption("SetUserBlocked");
    await page.locator("#tencent-how").selectOption("room-gone");
    await page.locator("#tencent-fail").click();
    await page.locator("#armed li", { hasText: "RoomNotExist" }).waitFor();
    await text.fill("/mod mute room:10006 alice 10m noisy");
    await text.press("Enter");
    await page.locator(".message.app:not(.private)", { hasText: "RoomNotExist" }).waitFor();
    await page.locator("#armed li").waitFor({ state: "detached" });
    held("a simulated failure is shown");
        await picture("6-trouble");
    await page.getByRole("button", { name: "Renew connections" }).click();
    await page.locator("#links", { hasText: "2 Slack connections, 2 ending" }).waitFor();
    held("connections are renewed before the old ones end");

    // Another person, in another language.
    await page.locator("#cast button", { hasText: "Chen Xiao" }).click();
    await page.locator("#about", { hasText: "Chinese" }).waitFor();
    await text.fill("/mod 静音 room:1234 test1 10分钟 太吵");
    await text.press("Enter");
    await user("room:1234", "test1").and(page.locator('[data-state="mic and camera blocked"]')).waitFor();
    await text.fill("/mod 状态");
    await text.press("Enter");
    await page.locator(".message.private", { hasText: /[\u4e00-\u9fff]{3}/ }).first().waitFor();
    held("Chinese is answered in Chinese");
    await picture("7-chinese");
    await page.locator("#cast button", { hasText: "Eve" }).click();
    await page.locator("#channel-name", { hasText: "partners" }).waitFor();
    if (await page.locator("#channels button", { hasText: "audit" }).count()) throw new Error("an external person sees #audit");
    held("an external person sees only what is shared");
    await page.locator("#cast button", { hasText: "Raj" }).click();
    await page.locator("#channels button", { hasText: "audit" }).click();
    await page.locator("#messages", { hasText: "loud music" }).waitFor();
    await picture("8-audit");
    await page.locator("#channels button", { hasText: "live" }).first().click();
    await text.fill("/mod close room:1234 enough");
    await text.press("Enter");
    const asks = page.locator(".message.app:not(.private)", { hasText: "enough" });
    await asks.getByRole("button", { name: "Approve" }).waitFor();
    await page.locator("#cast button", { hasText: "Lin Tan" }).locator(".badge").waitFor();
    held("who must decide has a mark");
    await page.locator("#cast button", { hasText: "Lin Tan" }).click();
    await page.locator("#about", { hasText: "Lin leads" }).waitFor();
    await page.locator("#channels button", { hasText: "live" }).first().click();
    await asks.getByRole("button", { name: "Approve" }).click();
    await picture("9-approval");
    await page.locator("#confirm").getByRole("button", { name: "Approve" }).click();
    await room("room:1234").locator("text=closed").waitFor();
    held("a second person's click closes it");
    await asks.getByRole("button", { name: "Approve" }).waitFor({ state: "detached" });
    await room("room:1234").getByRole("button", { name: "Reopen" }).click();
    await user("room:1234", "test2").waitFor();
    held("a room closes and opens again");

    // A list, its pages and its file.
    await text.fill("/mod who live:show1");
    await text.press("Enter");
    const list = page.locator(".message.private", { hasText: "alice" }).last();
    await list.waitFor();
    await picture("10-list");

    // A phone.
    await page.setViewportSize({ width: 390, height: 844 });
    if ((await page.locator("#as").innerText()) !== "as Lin Tan") throw new Error("a phone does not say who one is");
    for (const part of ["talk", "tencent", "side"]) {
      await page.locator(`#tabs [data-part="${part}"]`).click();
      await page.locator("#" + part).waitFor({ state: "visible" });
      const wide = await page.evaluate(() => document.documentElement.scrollWidth);
      if (wide > 390) throw new Error(part + " is " + wide + " pixels wide on a phone");
      await picture("phone-" + part);
    }
    held("fits a phone");
    await page.locator('#tabs [data-part="talk"]').click();
    // Evaluated each time: the newest message changes while others still write.
    const inView = async (locator, what) => {
      await locator.waitFor();
      for (const until = Date.now() + 30_000; ;) {
        if (await locator.evaluate((n) => {
          const m = n.getBoundingClientRect(), l = document.getElementById("messages").getBoundingClientRect();
          return m.bottom <= l.bottom + 1 && m.bottom > l.top;
        })) return;
        if (Date.now() > until) throw new Error(what + ": the newest message is out of view");
        await page.waitForTimeout(50);
      }
    };
    await inView(page.locator("#messages > li").last(), "after switching parts");
    await page.evaluate(() => { document.getElementById("messages").scrollTop = 0; });
    await text.fill("/mod history alice");
    await text.press("Enter");
    await inView(page.locator(".message.private", { hasText: "alice" }).last(), "after sending");
    await page.setViewportSize({ width: 390, height: 500 }); // the keyboard
    await inView(page.locator("#messages > li").last(), "with the keyboard open");
    await picture("phone-keyboard");
    await page.setViewportSize({ width: 390, height: 844 });
    held("the newest message stays in view on a phone");
    const over = await page.evaluate(() => {
      // Visible text that is covered by a control.
      const seen = (n) => n.offsetParent && n.getBoundingClientRect().width > 0;
      const meets = (a, b) => a.left < b.right - 1 && b.left < a.right - 1 && a.top < b.bottom - 1 && b.top < a.bottom - 1;
      const found = [];
      for (const [control, others] of [
        ["#as", "#channel-name, #topic"], ["#try-hide", "#try button"], [".menu > summary", ".by > *, .only > *"],
        ["#composer", "#messages"], ["#tabs", "#composer, #messages"],
      ]) {
        for (const c of document.querySelectorAll(control)) for (const o of document.querySelectorAll(others)) {
          if (!seen(c) || !seen(o) || c.contains(o) || (control.startsWith(".menu") && !c.closest(".message").contains(o))) continue;
          const r = document.createRange();
          r.selectNodeContents(o);
          const box = o.id === "messages" ? o.getBoundingClientRect() : r.getBoundingClientRect();
          const clip = o.closest("#try") ? o.closest("#try").getBoundingClientRect() : box;
          const visible = { left: Math.max(box.left, clip.left), right: Math.min(box.right, clip.right), top: box.top, bottom: box.bottom };
          if (visible.left < visible.right && meets(c.getBoundingClientRect(), visible)) found.push(control + " over " + (o.id || o.className || o.textContent));
        }
      }
      return found;
    });
    if (over.length) throw new Error("on a phone: " + over.join("; "));
    held("nothing overlaps on a phone");

    // Reports from the customer's backend.
    await page.locator('#tabs [data-part="tencent"]').click();
    await page.getByRole("button", { name: "Send some reports" }).click();
    await page.locator('#tabs [data-part="side"]').click();
    await page.locator("#channels button", { hasText: "cases" }).click();
    await page.locator('#tabs [data-part="talk"]').click();
    const report = page.locator(".message.app", { hasText: "Report: hate" });
    await report.getByRole("button", { name: "Ban 24 h" }).waitFor();
    await page.locator(".message.app", { hasText: "<!channel> *FREE COINS*" }).waitFor();
    await report.scrollIntoViewIfNeeded();
    for (const b of await report.getByRole("button").all()) {
      const box = await b.boundingBox();
      if (box && box.x + box.width > 390) throw new Error("a button of a report is outside of a phone");
    }
    await picture("phone-report");
    await report.getByRole("button", { name: "Ban 24 h" }).click();
    await picture("phone-report-confirm");
    await page.locator("#confirm").getByRole("button", { name: "Ban 24 h" }).click();
    await report.getByText("acted on this report").waitFor();
    await picture("phone-report-taken");
    held("a report is acted on with two taps on a phone");
    await page.emulateMedia({ colorScheme: "dark" });
    await page.setViewportSize({ width: 1440, height: 900 });
    await picture("dark");
    if (wrong.length) throw new Error("the page complained: " + wrong.join(" | "));
    held("the browser had no complaint");
  } catch (e) {
    if (folder) await browser.contexts()[0]?.pages()[0]?.screenshot({ path: path.join(folder, "failed.png") });
    throw e;
  } finally {
    await browser.close();
  }
}

main().catch((e) => { console.error(String(e)); process.exit(1); });
