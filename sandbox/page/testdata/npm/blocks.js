// Checks what Slack renders: every kind of block and text, the confirm dialog, a
// modal and its errors, and an edit. Usage: node blocks.js URL [FOLDER]
const { chromium } = require("playwright-core");
const path = require("node:path");

const [url, folder] = process.argv.slice(2);
const args = [
  "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
  "--disable-component-update", "--disable-sync",
];

function must(yes, what) {
  if (!yes) throw new Error(what);
  console.log("ok " + what);
}

async function main() {
  const browser = await chromium.launch({ executablePath: process.env.CHROMIUM || "/usr/bin/chromium", args });
  try {
    const page = await browser.newPage({ viewport: { width: 1280, height: 800 } });
    page.setDefaultTimeout(15000);
    const wrong = [];
    page.on("pageerror", (e) => wrong.push(String(e)));
    page.on("console", (m) => { if (m.type() === "error") wrong.push(m.text()); });
    await page.goto(url);
    const m = page.locator(".message.app").first();
    await m.waitFor();
    const html = (sel) => m.locator(sel).first().innerText();
    must((await html(".b-header")) === "Head 🎉", "header and emoji");
    must((await html(".b-text strong")) === "bold" && (await html(".b-text em")) === "it" && (await html(".b-text s")) === "gone", "bold, italic, struck");
    must((await html(".b-text code")) === "code", "code");
    const mentions = await m.locator(".b-text .mention").allInnerTexts();
    must(JSON.stringify(mentions) === '["@Mei Lin","@mods","@leads","#gala"]', "mentions: " + mentions);
    must((await m.locator(".b-text .mention.me").allInnerTexts()).join() === "@Mei Lin,@mods", "a mention of oneself and of one's own group stands out");
    must((await m.locator(".b-chart rect").count()) === 6 && (await m.locator(".b-chart .legend").innerText()).includes("mute"), "chart");
    must((await m.locator(".b-chart [role=img]").getAttribute("aria-label")).includes("ban: Mon 4, Tue 9, Wed 2"), "the chart's numbers are read out");
    const table = m.locator(".b-table");
    const rows = table.locator("tbody tr");
    must((await rows.count()) === 2 && (await rows.first().locator("th").innerText()) === "<b>troll7", "the first page of a table, with its row header as text");
    must((await rows.first().innerText()).includes("2023") && (await table.getByRole("button", { name: "Act…" }).count()) === 1, "dates and buttons in cells");
    await table.getByRole("button", { name: "Later rows" }).click();
    must((await rows.count()) === 1 && (await rows.first().innerText()).includes("a dozen"), "its second page");
    await page.setViewportSize({ width: 390, height: 844 });
    await page.locator("#tabs button", { hasText: "Chat" }).click();
    const wide = await page.evaluate(() => document.documentElement.scrollWidth);
    must(wide <= 390 && (await table.boundingBox()).width <= 390, "a wide table scrolls by itself on a phone: " + wide);
    if (folder) await page.screenshot({ path: path.join(folder, "phone-table.png") });
    await page.setViewportSize({ width: 1280, height: 800 });
    const shot = page.locator(".b-image img");
    await shot.waitFor();
    must((await shot.evaluate((i) => i.decode().then(() => i.naturalWidth))) === 640, "a PNG is shown");
    const called = page.locator("#cast button", { hasText: "Raj" }).locator(".badge");
    must((await called.innerText()) === "1" && (await page.locator("#cast .badge").count()) === 3, "who else was notified has a mark");
    must((await m.locator('a[href="https://example.com/"]').innerText()) === "site", "link");
    must((await m.locator('a[href^="javascript"]').count()) === 0 && (await html(".b-text")).includes("bad"), "no link that runs");
    must((await html(".b-text")).includes("<b>") && (await html(".b-text")).includes(":no_such:"), "entities are text, unknown emoji stay");
    must((await html(".b-text blockquote")).startsWith("quoted "), "quote");
    must(/quoted .*2023/.test(await html(".b-text blockquote")), "date in the viewer's zone");
    must((await html(".b-text pre")) === "pre *raw* <i>", "preformatted");
    must((await m.locator(".b-fields > div").allInnerTexts()).join("|") === "field one|*field* two", "fields, plain text stays plain");
    must((await html(".b-rich strong")) === "<u>raw</u> *stars*", "rich text is raw");
    must((await html(".b-rich")).includes("@Raj Patel🔥https://example.com/x"), "rich elements");
    must((await html("ol.rich li")) === "first" && (await html(".b-rich blockquote")) === "said" && (await html(".b-rich pre")) === "as is", "rich lists and quotes");
    must((await html(".b-context")) === "small", "context");
    must((await m.locator(".thread > summary").innerText()).startsWith("1 reply"), "thread");
    if (folder) await page.screenshot({ path: path.join(folder, "blocks.png") });

    await m.locator("select").selectOption("10m");
    await m.hover();
    await m.locator(".menu > summary").first().click();
    if (folder) await page.screenshot({ path: path.join(folder, "menu.png") });
    await m.locator(".menu button", { hasText: "Add to case" }).first().click();
    await m.locator(".menu[open]").waitFor({ state: "detached" });
    const go = m.getByRole("button", { name: "Really" });
    must((await go.getAttribute("class")).includes("danger"), "danger button");
    await go.click();
    const confirm = page.locator("#confirm");
    await confirm.getByText("It runs at once.").waitFor();
    if (folder) {
      await page.screenshot({ path: path.join(folder, "confirm.png") });
      await page.setViewportSize({ width: 390, height: 844 });
      await page.screenshot({ path: path.join(folder, "phone-confirm.png") });
      await page.setViewportSize({ width: 1280, height: 800 });
    }
    await confirm.getByRole("button", { name: "Leave it" }).click();
    await confirm.waitFor({ state: "hidden" });
    must(!(await page.locator("#modal").isVisible()), "a dialog that was denied sends nothing");
    await go.click();
    await confirm.getByRole("button", { name: "Do it" }).click();

    const modal = page.locator("#modal");
    await modal.getByText("Why?").waitFor();
    await modal.getByLabel("Reason").fill("because");
    await modal.getByLabel("Spam").check();
    must(!(await modal.getByLabel("host1").isChecked()) && (await modal.getByLabel("troll7").isChecked()), "boxes begin as the app says");
    await modal.getByLabel("host1").check();
    await modal.getByLabel("Lin Tan").check();
    await modal.getByLabel("For").selectOption("1d");
    if (folder) {
      await page.setViewportSize({ width: 390, height: 844 });
      await page.screenshot({ path: path.join(folder, "phone-modal.png") });
      await page.setViewportSize({ width: 1280, height: 800 });
    }
    await modal.getByRole("button", { name: "Send" }).click();
    await modal.getByText("Too short <b>").waitFor();
    if (folder) await page.screenshot({ path: path.join(folder, "modal.png") });
    must((await modal.getByLabel("Reason").inputValue()) === "because", "an error keeps what was typed");
    must(await modal.getByLabel("Spam").isChecked(), "and what was chosen");
    await modal.getByLabel("Reason").press("Enter");
    await modal.waitFor({ state: "hidden" });
    await m.getByText("all done").waitFor();
    await page.locator("#cast button", { hasText: "Raj" }).click();
    await page.locator("#about", { hasText: "Raj leads" }).waitFor();
    must((await called.count()) === 0 && (await page.locator("#cast .badge").count()) === 2, "being a person removes their mark");
    if (folder) {
      await page.setViewportSize({ width: 390, height: 844 });
      for (const part of ["side", "talk"]) {
        await page.locator(`#tabs [data-part="${part}"]`).click();
        await page.screenshot({ path: path.join(folder, "phone-as-raj-" + part + ".png") });
      }
      await page.setViewportSize({ width: 1280, height: 800 });
    }
    await page.locator("#cast button", { hasText: "Mei" }).click();
    must((await m.innerText()).includes("(edited)"), "an edit shows live");

    await page.locator("#text").fill("<img src=x onerror=alert(1)> *me* & co");
    await page.locator("#text").press("Enter");
    const mine = page.locator(".message:not(.app)", { hasText: "& co" });
    await mine.waitFor();
    must((await mine.locator("img").count()) === 0 && (await mine.locator(".b-text").innerText()) === "<img src=x onerror=alert(1)> me & co", "what people type stays text");

    const late = await page.evaluate(async () => {
      const seen = new Promise((done) => new MutationObserver(() => {
        if (document.querySelector('[data-room="room:10006"] [data-user="speedy"]')) done(performance.now());
      }).observe(document.getElementById("rooms"), { childList: true, subtree: true }));
      const at = performance.now();
      await fetch("api/room/join", { method: "POST", headers: { "Content-Type": "application/json" }, body: '{"room":"room:10006","who":"speedy"}' });
      return (await seen) - at;
    });
    console.log("a change in a room showed after " + late.toFixed(0) + " ms");
    must(wrong.length === 0, "no complaint of the browser: " + wrong.join(" | "));
  } catch (e) {
    if (folder) await browser.contexts()[0]?.pages()[0]?.screenshot({ path: path.join(folder, "blocks-failed.png") });
    throw e;
  } finally {
    await browser.close();
  }
}

main().catch((e) => { console.error(String(e)); process.exit(1); });
