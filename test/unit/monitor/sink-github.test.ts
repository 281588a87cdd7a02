/** GitHub issues: one for each alert, whatever was repeated and whoever crashed. */
import { expect, it } from 'vitest';
import { githubReceiver, WELL } from '#test/support/alert-receivers.ts';
import { ALERT, alertNotice, HEARTBEAT } from '#test/support/notices.ts';
import { opened, openSink } from '#test/support/sinks.ts';

const resolved = alertNotice('resolved', { resolvedAtMs: ALERT.raisedAtMs });

it('opens an issue, comments on what changes, closes it, and opens it again', async () => {
  const api = await opened(githubReceiver);
  const { send } = openSink('github', { ...api.settings, labels: ['alert'] });
  await send(1);
  await send(2, alertNotice('changed', { evidence: ['0123abcd', '4567ef89'] }));
  expect(api.issues).toMatchObject([{ state: 'open', labels: ['alert'] }]);
  expect(api.issues[0]!.title).toContain('The log contradicts itself');
  expect(api.comments).toHaveLength(1);
  await send(3, resolved);
  expect(api.issues).toMatchObject([{ state: 'closed' }]);
  await send(4, alertNotice('raised', { raisedAtMs: ALERT.raisedAtMs + 1, id: 8 }));
  expect(api.issues).toMatchObject([{ state: 'open' }]);
  expect(api.comments).toHaveLength(3);
  await send(5, alertNotice('raised', { subject: 'w2' }));
  expect(api.issues).toHaveLength(2);
});

it('is written once when a crash comes between the delivery and its record', async () => {
  const api = await opened(githubReceiver);
  // Each sink is a process that has just started, and knows nothing.
  const fresh = () => openSink('github', api.settings);
  for (let i = 0; i < 2; i++) await fresh().send(1);
  for (let i = 0; i < 2; i++) await fresh().send(2, alertNotice('reminder'));
  for (let i = 0; i < 2; i++) await fresh().send(3, resolved);
  expect(api.issues).toMatchObject([{ state: 'closed' }]);
  expect(api.comments).toHaveLength(2);
});

it('is finished when the crash came after the comment and before the issue was closed', async () => {
  const api = await opened(githubReceiver);
  await openSink('github', api.settings).send(1);
  await openSink('github', api.settings).send(2, resolved);
  api.issues[0]!.state = 'open';
  await openSink('github', api.settings).send(2, resolved);
  expect(api.issues).toMatchObject([{ state: 'closed' }]);
  expect(api.comments).toHaveLength(1);
});

it('finds its issue behind hundreds of others, and the older of two with its mark', async () => {
  const api = await opened(githubReceiver);
  await openSink('github', api.settings).send(1);
  const { body } = api.issues[0]!;
  for (let number = 2; number < 250; number++) {
    const copied = number === 100 ? body : 'something else';
    api.issues.push({ number, title: '', body: copied, state: 'open', labels: [] });
  }
  await openSink('github', api.settings).send(2, resolved);
  expect(api.issues).toHaveLength(249);
  expect(api.issues[0]!.state).toBe('closed');
  expect(api.issues[99]!.state).toBe('open');
});

it('makes an issue again that somebody deleted', async () => {
  const api = await opened(githubReceiver);
  const { send } = openSink('github', api.settings);
  await send(1);
  api.issues.length = 0;
  expect(await send(2, alertNotice('reminder'))).toMatchObject({ kind: 'away' });
  expect(await send(2, alertNotice('reminder'))).toEqual({ kind: 'taken' });
  expect(api.issues).toHaveLength(1);
});

it('keeps one issue for all heartbeats, and closes that of a test', async () => {
  const api = await opened(githubReceiver);
  const { send } = openSink('github', api.settings);
  for (let id = 1; id < 4; id++) await send(id, HEARTBEAT);
  await send(4, { event: 'test', sink: 'night', text: 'a test' });
  expect(api.issues.map(({ state }) => state)).toEqual(['open', 'closed']);
  expect(api.comments).toEqual([]);
});

it('waits for a repository that it may not see, and says what GitHub does not take', async () => {
  const api = await opened(githubReceiver);
  const { send } = openSink('github', { ...api.settings, repository: 'an-owner/elsewhere' });
  expect(await send(1)).toEqual({ kind: 'away', reason: 'status 404', retryAfterMs: 0 });
  api.mode = { kind: 'refuses', text: '' };
  expect(await send(1)).toEqual({ kind: 'refused', reason: 'status 422' });
  api.mode = WELL;
});

it('calls nobody and links nowhere: text from outside stands in a block of code', async () => {
  const api = await opened(githubReceiver);
  const { send } = openSink('github', api.settings);
  await send(1, alertNotice('raised', { detail: '@everyone ``` <img> ````` out' }));
  const [, fence, text] = /\n(`{6,})text\n([\s\S]*?)\n\1/.exec(api.issues[0]!.body) ?? [];
  expect(fence).toHaveLength(6);
  expect(text).toContain('@everyone');
});
