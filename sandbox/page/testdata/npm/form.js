// Uses the form in the sandbox's page as a person would.
const { inSizes } = require("./sizes.js");

const names = { phone: "test1", desk: "test2" };

inSizes("", async ({ page, name, viewport, form, passed, picture }) => {
  const who = names[name];
  await page.locator("#globals button", { hasText: "Moderate" }).click();
  const field = (label) => form.locator(".b-input", { hasText: label });
  await field("Action").locator("select").selectOption("kick");
  await field("Reason").waitFor(); // only an action that takes one has it
  passed("the shortcut opens the form, and the action decides its fields");
  await picture("1-action");

  // search types until Slack offers it: an answer that takes longer than 3 s shows nothing, as there.
  const search = async (input, text) => {
    const offer = form.locator(".offers [role=option]", { hasText: text }).first();
    for (let tries = 0; tries < 10; tries++) {
      await input.fill("");
      await input.fill(text);
      if (await offer.waitFor({ timeout: 4000 }).then(() => true, () => false)) return;
    }
    await offer.waitFor();
  };
  // choose searches and takes the offer: an update of the form meanwhile closes what is offered.
  const choose = async (input, text) => {
    for (let tries = 0; ; tries++) {
      await search(input, text);
      const failed = await form.locator(".offers [role=option]", { hasText: text }).first().click({ timeout: 5000 }).then(() => null, (e) => e);
      if (!failed) return;
      if (tries === 3) throw failed;
    }
  };
  const room = field("Room").locator("input[role=combobox]");
  await search(room, "room:1234");
  await picture("2-rooms");
  await choose(room, "room:1234");
  await choose(room, "lobby");
  const rooms = field("Room").locator(".tags input");
  if (await rooms.count() !== 2) throw new Error("rooms are chosen beside each other, not instead: " + await rooms.count());
  await rooms.nth(1).click();
  await rooms.nth(1).waitFor({ state: "detached" });
  passed("several rooms can be chosen, and left out again");
  const people = field("People").locator("input[role=combobox]");
  await choose(people, who);
  await field("Reason").locator("input").fill("floods the chat");
  const would = form.getByText("It would run at once");
  for (let tries = 0; tries < 4 && !await would.waitFor({ timeout: 8000 }).then(() => true, () => false); tries++) {
    await choose(room, "room:1234"); // an update that Slack lost comes with the next choice
  }
  await would.waitFor().catch(async (e) => { throw new Error("the form says:\n" + await form.innerText() + "\n" + e); });
  passed("it says what it would do");
  await picture("3-filled");
  for (const el of await form.locator(".b-input, footer").all()) {
    const box = await el.boundingBox();
    if (box.x < 0 || box.x + box.width > viewport.width + 1) throw new Error("a field is wider than the screen: " + JSON.stringify(box));
  }
  passed("nothing is wider than the screen");
  await form.locator("footer button[type=submit]").click();
  await form.waitFor({ state: "hidden" });
  passed("sending it closes it");

  // A mistake, and Edit… beside it.
  const text = page.locator("#text");
  await text.fill("/mod mute room:10006 29376 30 loud music");
  await text.press("Enter");
  const edit = page.locator(".message.private", { hasText: "loud music" }).last().getByRole("button", { name: "Edit…" });
  await edit.waitFor();
  await edit.click();
  await field("Or another length").locator("input").waitFor();
  await picture("4-edit");
  await field("Or another length").locator("input").fill("soon");
  await form.locator("footer button[type=submit]").click();
  await form.locator(".wrong").first().waitFor();
  await picture("5-refused");
  passed("what is wrong is said beside its field");
  await form.locator("footer button", { hasText: "Cancel" }).click();
  await form.waitFor({ state: "hidden" });

  // A file of people: chosen, sent, read in counts, and run.
  await text.fill("/mod silence");
  await text.press("Enter");
  await field("Or a file of UserIDs").waitFor(); // not that of the closed form
  await field("Or a file of UserIDs").locator("input[type=file]").setInputFiles({
    name: name + ".csv", mimeType: "text/csv", buffer: Buffer.from("no,user_id\n1," + name + "1\n2," + name + "2\n3," + name + "1\n4,\n"),
  });
  await choose(room, "gala"); // the form is drawn again, and keeps the file
  await page.waitForFunction((kept) => document.querySelector("#modal input[type=file]")?.files[0]?.name === kept, name + ".csv");
  await picture("6-file");
  for (const el of await form.locator(".b-input input, .b-input .file").all()) {
    const box = await el.boundingBox();
    if (box && (box.x < 0 || box.x + box.width > viewport.width)) throw new Error("an input is wider than the screen: " + JSON.stringify(box));
  }
  await form.locator("footer button[type=submit]").click();
  await form.waitFor({ state: "hidden" });
  const preview = page.locator(".message.private", { hasText: "2 people from “" + name + ".csv”" }).last();
  await preview.getByText("4 lines read · 1 repeats a UserID · 1 has no usable UserID").waitFor();
  await picture("7-preview");
  const run = preview.getByRole("button", { name: "Run" });
  const box = await run.boundingBox();
  if (box.x < 0 || box.x + box.width > viewport.width + 1) throw new Error("Run is not on the screen: " + JSON.stringify(box));
  await run.click();
  await page.locator(".message:not(.private)", { hasText: name + "1" }).filter({ hasText: "silence" }).last().waitFor();
  await picture("8-run");
  passed("a file of people is chosen, read in counts, and run");
});
