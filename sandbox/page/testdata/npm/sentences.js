// Shows every sentence of the catalogue in the sandbox's page, in both languages, on a desktop and on a
// phone, and takes pictures of them: posts what the test of bot/say wrote with -sheet.
// Usage: node sentences.js BOUNCER SHEET FOLDER, where BOUNCER is the program.
const { spawn } = require("node:child_process");
const fs = require("node:fs");
const path = require("node:path");
const { chromium } = require("playwright-core");

const [program, sheet, folder] = process.argv.slice(2);
const args = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync"];
const channels = { en: "live", zh: "cases" };
const most = { blocks: 48, characters: 9000, height: 2600 }; // in a message, and in a picture

// start runs Slack and the page without a bot, and returns the process, its URL and its settings.
function start(settings) {
  const sandbox = spawn(program, ["sandbox", "-addr", "127.0.0.1:0", "-servers", settings], { stdio: ["ignore", "pipe", "inherit"] });
  return new Promise((found, failed) => {
    let out = "";
    sandbox.on("error", failed);
    sandbox.on("exit", (status) => failed(new Error("the sandbox ended with status " + status)));
    sandbox.stdout.on("data", (text) => {
      out += text;
      const url = out.match(/open (http:\/\/[^ ]+\/)/);
      const setting = (name) => fs.readFileSync(path.join(settings, name), "utf8");
      if (url) found({ sandbox, url: url[1], api: setting("SLACK_API_URL"), token: setting("SLACK_BOT_TOKEN") });
    });
  });
}

const pause = (ms) => new Promise((done) => setTimeout(done, ms));

// call calls Slack, as slowly as it wants.
async function call({ api, token }, method, body) {
  for (;;) {
    const r = await fetch(api + method, { method: "POST", headers: { "Content-Type": "application/json; charset=utf-8", Authorization: "Bearer " + token }, body: JSON.stringify(body) });
    if (r.status === 429) {
      await pause(1000 * Number(r.headers.get("Retry-After") || 1));
      continue;
    }
    const answer = await r.json();
    if (!answer.ok) throw new Error(method + ": " + JSON.stringify(answer).slice(0, 500));
    return answer;
  }
}

// shown are a page's blocks as a message may have them: a field of a form becomes its label and its tip.
function shown(page, first) {
  const words = (b) => [b.label.text, b.hint && b.hint.text, ...((b.element.options || []).map((o) => "☐ " + o.text.text))].filter(Boolean).join("\n");
  const blocks = page.blocks.map((b) => (b.type === "input" ? { type: "section", text: { type: "plain_text", text: words(b) } } : { ...b, block_id: undefined }));
  const unique = (b, i) => (b.elements && b.type === "actions" ? { ...b, elements: b.elements.map((e, j) => ({ ...e, action_id: [first, i, j].join(".") })) } : b);
  return [{ type: "header", text: { type: "plain_text", text: page.name.slice(0, 140) } }, ...blocks.map(unique)];
}

// post posts all pages of a language, several in a message.
async function post(slack, lang) {
  let blocks = [];
  const send = async () => {
    if (blocks.length) await call(slack, "chat.postMessage", { channel: slack.channels[lang], text: "sentences", blocks });
    blocks = [];
  };
  for (const page of JSON.parse(fs.readFileSync(path.join(sheet, lang + ".json"), "utf8"))) {
    const more = shown(page, blocks.length);
    if (blocks.length + more.length > most.blocks || JSON.stringify([...blocks, ...more]).length > most.characters) await send();
    if (more.length > 50 || JSON.stringify(more).length > most.characters) { // as Slack has it, without its name
      blocks = more.slice(1, 51);
      await send();
      continue;
    }
    blocks.push(...more);
  }
  await send();
}

async function main() {
  const settings = fs.mkdtempSync(path.join(require("node:os").tmpdir(), "bouncer-sentences-"));
  fs.mkdirSync(folder, { recursive: true });
  const slack = await start(settings);
  const browser = await chromium.launch({ executablePath: process.env.CHROMIUM || "/usr/bin/chromium", args });
  try {
    const list = await call(slack, "conversations.list", {});
    slack.channels = Object.fromEntries(Object.entries(channels).map(([lang, name]) => [lang, list.channels.find((c) => c.name === name).id]));
    await Promise.all(Object.keys(channels).map((lang) => post(slack, lang)));
    for (const [size, width] of [["desktop", 1280], ["phone", 390]]) {
      for (const [lang, name] of Object.entries(channels)) {
        const page = await browser.newPage({ viewport: { width, height: 844 } });
        await page.goto(slack.url);
        if (size === "phone") await page.locator('#tabs [data-part="side"]').click();
        await page.locator("#channels button", { hasText: name }).first().click();
        if (size === "phone") await page.locator('#tabs [data-part="talk"]').click();
        await page.locator("#messages .b-header").first().waitFor();
        await page.setViewportSize({ width, height: most.height });
        for (let n = 1, top = 0; ; n++) {
          const left = await page.locator("#messages").evaluate((m, top) => { m.scrollTop = top; return m.scrollHeight - m.clientHeight - top; }, top);
          await pause(150);
          await page.locator("#messages").screenshot({ path: path.join(folder, `${lang}-${size}-${String(n).padStart(2, "0")}.png`) });
          if (left <= 0) break;
          top += await page.locator("#messages").evaluate((m) => m.clientHeight - 40);
        }
        await page.close();
      }
    }
  } finally {
    await browser.close();
    slack.sandbox.removeAllListeners("exit");
    slack.sandbox.kill("SIGINT");
    fs.rmSync(settings, { recursive: true, force: true });
  }
}

main().catch((e) => { console.error(String(e)); process.exit(1); });
