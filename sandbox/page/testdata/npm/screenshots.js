// Writes the screenshots of README: a ban that waits for approval, its thread
// and the rooms, in the light and the dark style.
// Usage: node screenshots.js BOUNCER FOLDER, where BOUNCER is the program.
const { spawn } = require("node:child_process");
const path = require("node:path");
const { chromium } = require("playwright-core");

const [program, folder] = process.argv.slice(2);
const args = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync"];

// start runs the sandbox and returns its process and the URL that it prints.
function start() {
  const sandbox = spawn(program, ["sandbox", "-addr", "127.0.0.1:0"], { stdio: ["ignore", "pipe", "inherit"] });
  return new Promise((found, failed) => {
    let out = "";
    sandbox.on("error", failed);
    sandbox.on("exit", (status) => failed(new Error("the sandbox ended with status " + status)));
    sandbox.stdout.on("data", (text) => {
      out += text;
      const url = out.match(/open (http:\/\/[^ ]+\/)/);
      if (url) found({ sandbox, url: url[1] });
    });
  });
}

async function main() {
  const { sandbox, url } = await start();
  const browser = await chromium.launch({ executablePath: process.env.CHROMIUM || "/usr/bin/chromium", args });
  try {
    const page = await browser.newPage({ viewport: { width: 1280, height: 800 } });
    page.setDefaultTimeout(15000);
    await page.goto(url);
    const text = page.locator("#text");
    const type = async (command) => { await text.fill(command); await text.press("Enter"); };
    await page.locator("#links", { hasText: "2 Slack connections" }).waitFor();

    await type("/mod silence gala user2 30m spam links");
    await page.locator('[data-room="live:show1"] [data-user="user2"]').and(page.locator('[data-state="silenced"]')).waitFor();
    await type("/mod ban gala troll7 30d harasses the host in every show");
    const card = page.locator(".message.app:not(.private)", { hasText: "harasses the host" });
    await card.getByRole("button", { name: "Approve" }).waitFor();

    // Seen by a lead.
    await page.locator("#cast button", { hasText: "Lin Tan" }).click();
    await page.locator("#about", { hasText: "Lin leads" }).waitFor();
    await page.locator("#channels button", { hasText: "live" }).first().click();
    await card.locator(".thread > summary").click();
    await card.locator(".thread .message, .thread li").first().waitFor();
    await page.locator("#messages").evaluate((n) => { n.scrollTop = n.scrollHeight; });

    for (const [colorScheme, name] of [["light", "sandbox.png"], ["dark", "sandbox-dark.png"]]) {
      await page.emulateMedia({ colorScheme });
      await page.screenshot({ path: path.join(folder, name) });
    }
  } finally {
    await browser.close();
    sandbox.removeAllListeners("exit");
    sandbox.kill("SIGINT");
  }
}

main().catch((e) => { console.error(String(e)); process.exit(1); });
