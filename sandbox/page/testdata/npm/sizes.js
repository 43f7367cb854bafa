// Runs a check in the sandbox's page at a phone's width and at a desk.
// Usage of the programs that use it: node PROGRAM URL [FOLDER], where FOLDER receives screenshots.
// It prints one line for each passed check and exits with 1 at the first failed one.
const { chromium } = require("playwright-core");
const path = require("node:path");

const [url, folder] = process.argv.slice(2);
const args = [
  "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
  "--disable-component-update", "--disable-sync",
];
const sizes = { phone: { width: 390, height: 844 }, desk: { width: 1280, height: 800 } };

async function at(browser, name, kind, use) {
  const viewport = sizes[name];
  const page = await browser.newPage({ viewport, hasTouch: name === "phone" });
  page.setDefaultTimeout(20000);
  const wrong = [];
  page.on("pageerror", (e) => wrong.push(String(e)));
  page.on("console", (m) => { if (m.type() === "error") wrong.push(m.text()); });
  await page.goto(url);
  if (name === "phone") await page.locator("#tabs button", { hasText: "Chat" }).click();
  await use({
    page, name, viewport, form: page.locator("#modal"),
    passed: (what) => console.log("ok " + name + ": " + what),
    picture: async (n) => folder && page.screenshot({ path: path.join(folder, name + "-" + kind + n + ".png") }),
  });
  if (wrong.length) throw new Error(wrong.join("; "));
  await page.close();
}

// inSizes calls use at each size. kind is in the names of the screenshots.
exports.inSizes = async (kind, use) => {
  const browser = await chromium.launch({ executablePath: process.env.CHROMIUM || "/usr/bin/chromium", args });
  try {
    for (const name of Object.keys(sizes)) await at(browser, name, kind, use);
  } catch (e) {
    console.error(String(e));
    process.exitCode = 1;
  } finally {
    await browser.close();
  }
};
