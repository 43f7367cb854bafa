// Acts on the rows of a list in the sandbox's page as a person would.
const { inSizes } = require("./sizes.js");

const names = { phone: ["alice", "bob"], desk: ["user1", "user2"] };

inSizes("list-", async ({ page, name, viewport, form, passed, picture }) => {
  const who = names[name];
  const list = page.locator(".message.private", { has: page.locator(".b-table") }).last();
  for (let tries = 0; tries < 5; tries++) { // a command whose acknowledgement takes longer than 3 s fails, as in Slack
    await page.locator("#text").fill("/mod who gala");
    await page.locator("#text").press("Enter");
    if (await list.waitFor({ timeout: 8000 }).then(() => true, () => false)) break;
  }
  await list.locator(".b-table").waitFor();
  const row = list.locator(".b-table tbody tr", { hasText: who[0] });
  await row.getByRole("button", { name: "Act…" }).scrollIntoViewIfNeeded();
  await picture("1-table");
  const wide = await page.evaluate(() => document.documentElement.scrollWidth);
  if (wide > viewport.width) throw new Error("the page is " + wide + " wide");
  passed("a list is a table that is not wider than the screen");

  await row.getByRole("button", { name: "Act…" }).click();
  await form.locator(".search .choice", { hasText: who[0] }).waitFor();
  await form.locator(".search .choice", { hasText: "gala" }).or(form.locator(".search", { hasText: "gala" })).first().waitFor();
  await picture("2-form");
  passed("a row opens the form with its person and its room");
  await form.locator("footer button", { hasText: "Cancel" }).click();
  await form.waitFor({ state: "hidden" });

  for (const id of who) await list.locator(".b-side .choice", { hasText: id }).first().click();
  await picture("3-chosen");
  const would = form.getByText("It would run at once");
  for (let tries = 0; tries < 4; tries++) { // a form that does not open within 3 s is asked for again, as in Slack
    await list.getByRole("button", { name: "Silence…" }).click();
    if (await would.waitFor({ timeout: 8000 }).then(() => true, () => false)) break;
    if (await form.isVisible()) await form.getByRole("button", { name: "Close" }).click();
    await form.waitFor({ state: "hidden" });
  }
  await would.waitFor().catch(async (e) => { throw new Error("the form says:\n" + await page.locator("body").innerText() + "\n" + e); });
  for (const id of who) await form.locator(".search .choice", { hasText: id }).waitFor();
  await picture("4-several");
  passed("several rows open it with their people and the action");
  await form.locator("footer button[type=submit]").click();
  await form.waitFor({ state: "hidden" });
  await page.locator(".message.app", { hasText: "silence" }).filter({ hasText: who[1] }).first().waitFor();
  passed("sending it opens one case");
});
