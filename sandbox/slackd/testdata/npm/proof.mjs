// Drives the stand-in with the npm clients that Slack publishes. The stand-in's
// address and tokens come in the environment; the other side of the
// conversation is played by npm_test.go. Each line on stdout is one JSON
// object {step, ...}; an exit status other than 0 is a failure.
import { createRequire } from 'node:module';
import { SocketModeClient, LogLevel } from '@slack/socket-mode';
import { WebClient } from '@slack/web-api';

const require = createRequire(import.meta.url);
const { App } = require('@slack/bolt');

const { SLACK_API_URL, SLACK_BOT_TOKEN, SLACK_APP_TOKEN, CHANNEL, PERSON } = process.env;
const say = (step, more = {}) => process.stdout.write(`${JSON.stringify({ step, ...more })}\n`);
const check = (ok, what) => {
  if (!ok) throw new Error(`not as Slack does it: ${what}`);
};

const options = { slackApiUrl: SLACK_API_URL, logLevel: LogLevel.ERROR, retryConfig: { retries: 5, minTimeout: 10, maxTimeout: 50 } };
const web = new WebClient(SLACK_BOT_TOKEN, options);

// Each step waits for what the Go side does next.
const waiting = new Map();
const seen = (name, value) => {
  const { resolve } = waiting.get(name) ?? {};
  if (resolve) {
    waiting.delete(name);
    resolve(value);
  }
};
const next = (name) => new Promise((resolve) => waiting.set(name, { resolve }));

async function socketMode() {
  const client = new SocketModeClient({
    appToken: SLACK_APP_TOKEN,
    clientOptions: { slackApiUrl: SLACK_API_URL },
    clientPingTimeout: 1500, // also how long the client waits before it connects again
    logLevel: LogLevel.ERROR,
  });
  client.on('slash_commands', async ({ ack, body, accepts_response_payload }) => {
    check(accepts_response_payload === true, 'a slash command accepts a payload');
    await ack({ text: `node heard ${body.text}` });
    seen('command', body);
  });
  client.on('interactive', async ({ ack, body }) => {
    if (body.type === 'view_submission') {
      const problem = body.view.state.values.why.reason.value === 'bad' && { response_action: 'errors', errors: { why: 'say more' } };
      await ack(problem || undefined);
    } else {
      await ack();
    }
    seen(body.type, body);
  });
  client.on('user_change', async ({ ack, event, retry_num }) => {
    await ack();
    seen('user_change', { event, retry_num });
  });

  await client.start();
  let command = next('command');
  say('connected');
  let body = await command;
  check(body.command === '/mod' && body.channel_id === CHANNEL && body.user_id === PERSON, 'the command');

  const opened = await web.views.open({
    trigger_id: body.trigger_id,
    view: {
      type: 'modal',
      callback_id: 'proof',
      title: { type: 'plain_text', text: 'Proof' },
      submit: { type: 'plain_text', text: 'Send' },
      blocks: [{ type: 'input', block_id: 'why', label: { type: 'plain_text', text: 'Why' }, element: { type: 'plain_text_input', action_id: 'reason' } }],
    },
  });
  check(opened.view.id.startsWith('V') && opened.view.hash, 'views.open answers the view');
  let failed;
  try {
    await web.views.open({ trigger_id: body.trigger_id, view: { type: 'modal', title: { type: 'plain_text', text: 'X' }, blocks: [] } });
  } catch (e) {
    failed = e.data.error;
  }
  check(failed === 'exchanged_trigger_id', `a trigger works once, got ${failed}`);
  const submission = next('view_submission');
  say('opened', { view: opened.view.id });
  body = await submission;
  check(body.view.state.values.why.reason.value === 'bad', 'the first submission');
  const second = next('view_submission');
  say('refused');
  body = await second;
  check(body.view.state.values.why.reason.value === 'flooding', 'the second submission');

  const posted = await web.chat.postMessage({
    channel: CHANNEL,
    text: 'card',
    blocks: [
      { type: 'section', text: { type: 'mrkdwn', text: '*card*' } },
      { type: 'actions', block_id: 'b', elements: [{ type: 'button', action_id: 'go', text: { type: 'plain_text', text: 'Go' }, value: '1' }] },
    ],
  });
  await web.chat.update({ channel: CHANNEL, ts: posted.ts, text: 'card, changed', blocks: posted.message.blocks });
  await web.chat.postMessage({ channel: CHANNEL, thread_ts: posted.ts, text: 'in the thread' });
  const press = next('block_actions');
  say('posted', { ts: posted.ts });
  body = await press;
  check(body.actions[0].action_id === 'go' && body.message.ts === posted.ts && body.container.type === 'message', 'the click');
  const answered = await fetch(body.response_url, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify({ replace_original: true, text: 'done' }),
  });
  check(answered.status === 200, `response_url answers ${answered.status}`);

  const uploaded = await web.filesUploadV2({ channel_id: CHANNEL, filename: 'list.csv', content: 'id,why\n1,flooding\n', initial_comment: 'the list' });
  check(uploaded.files[0].files[0].id.startsWith('F'), 'the upload');

  // More than the channel takes: the client waits for Retry-After by itself.
  let limited = 0;
  web.on('rate_limited', () => { limited += 1; });
  await Promise.all(Array.from({ length: 5 }, (_, i) => web.chat.postMessage({ channel: CHANNEL, text: `burst ${i}` })));
  say('burst', { limited });

  const change = next('user_change');
  say('ready for an event');
  const { event, retry_num } = await change;
  check(event.user.id === PERSON && retry_num === 0, 'the event');

  // Slack refreshes the connection; the client opens another.
  const again = new Promise((resolve) => client.once('connected', resolve));
  say('ready for a refresh');
  await again;
  command = next('command');
  say('reconnected');
  body = await command;
  check(body.text === 'after the refresh', 'the command after the refresh');
  await client.disconnect();
}

async function bolt() {
  const app = new App({
    token: SLACK_BOT_TOKEN,
    appToken: SLACK_APP_TOKEN,
    socketMode: true,
    clientOptions: { slackApiUrl: SLACK_API_URL },
    logLevel: LogLevel.ERROR,
  });
  app.command('/mod', async ({ ack, command, respond }) => {
    await ack(`bolt heard ${command.text}`);
    await respond({ text: 'and responds', response_type: 'ephemeral' });
    seen('bolt', command);
  });
  // A form: a global shortcut opens it, a select searches, a choice updates it, and sending it is
  // refused once.
  const form = (blocks = []) => ({
    type: 'modal',
    callback_id: 'form',
    title: { type: 'plain_text', text: 'Moderate' },
    submit: { type: 'plain_text', text: 'Send' },
    blocks: [
      {
        type: 'input', block_id: 'room', dispatch_action: true, label: { type: 'plain_text', text: 'Room' },
        element: { type: 'external_select', action_id: 'find', min_query_length: 0 },
      },
      ...blocks,
    ],
  });
  let first;
  app.shortcut('form', async ({ ack, shortcut, client }) => {
    await ack();
    const opened = await client.views.open({ trigger_id: shortcut.trigger_id, view: form() });
    first = opened.view.hash;
    seen('form', opened.view);
  });
  app.options('find', async ({ ack, options }) => {
    check(options.type === 'block_suggestion' && options.block_id === 'room' && options.view.callback_id === 'form', 'the search');
    const found = ['gala', 'lobby'].filter((name) => name.includes(options.value));
    await ack({ options: found.map((name) => ({ text: { type: 'plain_text', text: name }, value: name })) });
  });
  app.action('find', async ({ ack, action, body, client }) => {
    await ack();
    check(action.selected_option.value === 'gala' && body.view.hash === first, 'the choice');
    const more = { type: 'section', block_id: 'would', text: { type: 'plain_text', text: 'It would run' } };
    const updated = await client.views.update({ view_id: body.view.id, hash: body.view.hash, view: form([more]) });
    let failed;
    try {
      await client.views.update({ view_id: body.view.id, hash: first, view: form() });
    } catch (e) {
      failed = e.data.error;
    }
    check(failed === 'hash_conflict', `an old hash is a conflict, got ${failed}`);
    check(updated.view.state.values.room.find.selected_option.value === 'gala', 'an update keeps what was chosen');
    seen('chosen');
  });
  let sent = 0;
  app.view('form', async ({ ack, view }) => {
    check(view.state.values.room.find.selected_option.value === 'gala', 'the submission');
    sent += 1;
    await ack(sent === 1 ? { response_action: 'errors', errors: { room: 'not here' } } : { response_action: 'update', view: many });
  });
  // The form becomes another one: several choices of groups of options, a text that is sent with
  // Enter, and a file. Sending it puts a third one on top, which clears them all.
  const input = (block_id, element, more = {}) => ({ type: 'input', block_id, label: { type: 'plain_text', text: block_id }, element, ...more });
  const many = {
    type: 'modal',
    callback_id: 'many',
    private_metadata: 'kept',
    title: { type: 'plain_text', text: 'Many' },
    submit: { type: 'plain_text', text: 'Send' },
    blocks: [
      input('people', { type: 'multi_external_select', action_id: 'whom', min_query_length: 0, max_selected_items: 2 }, { dispatch_action: true }),
      input('length', { type: 'plain_text_input', action_id: 'text', dispatch_action_config: { trigger_actions_on: ['on_enter_pressed'] } }, { dispatch_action: true }),
      input('file', { type: 'file_input', action_id: 'list', max_files: 1 }, { optional: true }),
    ],
  };
  app.options('whom', async ({ ack, options }) => {
    const option = (value) => ({ text: { type: 'plain_text', text: value }, value });
    check(options.view.private_metadata === 'kept', 'a search has the metadata of its view');
    await ack({
      option_groups: [
        { label: { type: 'plain_text', text: 'Inside' }, options: ['troll7', 'user1'].map(option) },
        { label: { type: 'plain_text', text: 'Earlier' }, options: [option('troll8')] },
      ],
    });
  });
  app.action('whom', async ({ ack, action, body }) => {
    await ack();
    check(action.type === 'multi_external_select' && action.selected_options.map((o) => o.value).join() === 'troll7,troll8', 'several choices');
    check(body.view.state.values.people.whom.selected_options.length === 2 && body.container.type === 'view', 'and the state has them');
    seen('many');
  });
  app.action('text', async ({ ack, action, body }) => {
    await ack();
    check(action.type === 'plain_text_input' && action.value === '45m' && body.view.state.values.length.text.value === '45m', 'a text that was entered');
    seen('many');
  });
  app.view('many', async ({ ack, view }) => {
    const [file] = view.state.values.file.list.files;
    const info = await web.files.info({ file: file.id });
    check(info.file.user === PERSON && info.file.size === file.size, 'the file is of the person who chose it');
    const answer = await fetch(file.url_private_download, { headers: { Authorization: `Bearer ${SLACK_BOT_TOKEN}` } });
    check(await answer.text() === 'troll7\n', 'the content of the file');
    const without = await fetch(file.url_private_download, { redirect: 'manual' });
    check(without.status === 302, `without a token one is sent away, got ${without.status}`);
    await ack({
      response_action: 'push',
      view: { type: 'modal', callback_id: 'top', title: { type: 'plain_text', text: 'Top' }, submit: { type: 'plain_text', text: 'Yes' }, blocks: [{ type: 'section', text: { type: 'plain_text', text: file.name } }] },
    });
  });
  app.view('top', async ({ ack, view }) => {
    check(view.previous_view_id === view.root_view_id, 'a pushed view knows the one below');
    await ack({ response_action: 'clear' });
  });
  // A button in a cell of a table.
  app.action('act.1', async ({ ack, action, body }) => {
    await ack();
    check(action.type === 'button' && action.value === 'row 1' && body.message.blocks[0].type === 'data_table' && body.response_url, 'a button in a table');
    seen('row');
  });
  await app.start();
  const command = next('bolt');
  say('bolt');
  await command;
  const opened = next('form');
  say('bolt form');
  const chosen = next('chosen');
  say('bolt opened', { view: (await opened).id });
  await chosen;
  let some = next('many');
  say('bolt chosen');
  await some;
  some = next('many');
  say('bolt chosen several');
  await some;
  const row = next('row');
  const cell = (text) => ({ type: 'raw_text', text });
  const posted = await web.chat.postMessage({
    channel: CHANNEL,
    text: 'who is inside',
    blocks: [{
      type: 'data_table',
      caption: 'Inside',
      rows: [
        [cell('UserID'), cell('Act')],
        [cell('troll7'), { type: 'action_cell', element: { type: 'button', action_id: 'act.1', text: { type: 'plain_text', text: 'Act…' }, value: 'row 1' }, fallback: cell('–') }],
      ],
    }],
  });
  say('bolt table', { ts: posted.ts });
  await row;
  const end = next('bolt');
  say('bolt pressed');
  await end;
  check(sent === 2, 'the form was sent twice');
  await app.stop();
}

try {
  const me = await web.auth.test();
  check(me.response_metadata.scopes.includes('chat:write'), 'X-OAuth-Scopes');
  let failed;
  try {
    await web.chat.postMessage({ channel: 'C404', text: 'x' });
  } catch (e) {
    failed = e.data.error;
  }
  check(failed === 'channel_not_found', `an unknown channel, got ${failed}`);
  await socketMode();
  await bolt();
  say('done');
} catch (e) {
  process.stderr.write(`${e.stack}\n`);
  process.exit(1);
}
