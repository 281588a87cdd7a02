/** What the explorer passes on of a monitor: its words in our form, and nothing that is out of form or without end. */
import { createServer } from 'node:http';
import { afterAll, expect, it } from 'vitest';
import { sha256 } from '#crypto';
import { MonitorFeed } from '#explorer/monitoring/monitor-feed.ts';
import { toldAlerts, toldStatus } from '#explorer/monitoring/told.ts';
import { encodeUtf8, toHex } from '#protocol/bytes.ts';
import { parseEvidence, verifyEvidence } from '#protocol/evidence/evidence.ts';
import { signCheckpoint } from '#protocol/note/checkpoint.ts';
import { FakeTree } from '#test/support/fake-log.ts';
import { silent } from '#test/support/log.ts';
import { startFakeNetwork, TestMonitor } from '#test/support/monitor.ts';
import { until } from '#test/support/wait.ts';
import { Cleanup } from '#test/support/witness.ts';

const cleanup = new Cleanup();
afterAll(cleanup.run);

function feedOf(url: string, more: { timeoutMs?: number } = {}): MonitorFeed {
  const feed = new MonitorFeed({
    url,
    intervalMs: 50,
    timeoutMs: 20_000,
    logger: silent,
    now: () => 1234,
    ...more,
  });
  cleanup.add(() => feed.stop());
  return feed;
}

it('tells what a monitor tells of logs, witnesses, alerts and evidence, and hands its evidence on', async () => {
  const net = await startFakeNetwork();
  cleanup.add(() => net.close());
  const watcher = await TestMonitor.start({ policy: net.policy });
  cleanup.add(() => watcher.close());
  await watcher.verified(10);
  await watcher.everybodySeen(10);
  const feed = feedOf(watcher.url);
  expect(feed.answer).toEqual({ url: watcher.url });
  await feed.look();
  const { told, trouble } = feed.answer;
  expect(trouble).toBeUndefined();
  const { origin } = net.log;
  expect(told).toMatchObject({ at_ms: 1234, ok: true, alerts: [], evidence: [] });
  expect(told!.logs).toEqual([{ log: origin, agreement: 'agrees', size: 10, verified_size: 10 }]);
  expect(told!.witnesses.map(({ name }) => name).sort()).toEqual(['w1', 'w2', 'w3']);
  expect(told!.witnesses[0]!.logs[0]).toMatchObject({ log: origin, agreement: 'agrees', size: 10 });

  const root = new FakeTree().append(10, 'lie').root();
  const fork = { origin, size: 10, root, extensions: [] };
  const lie = net.w1.cosign(signCheckpoint(fork, net.log.key));
  await fetch(`${watcher.url}/v1/gossip/checkpoint`, { method: 'POST', body: lie });
  const alert = await watcher.raised('log-contradiction');
  await feed.look();
  const after = feed.answer.told!;
  expect(after.ok).toBe(false);
  expect(after.alerts.find(({ id }) => id === alert.id)).toMatchObject({
    kind: 'log-contradiction',
    severity: 'critical',
    log: origin,
    evidence: alert.evidence,
    raised_ms: alert.raised_at,
  });
  const [id] = alert.evidence;
  expect(after.evidence.map((item) => item.id)).toContain(id);
  const document = (await feed.evidence(id!))!;
  expect(toHex(sha256(document))).toBe(id);
  expect(verifyEvidence(parseEvidence(document)).standing).toBe('proof');
  expect(await feed.evidence('0'.repeat(64))).toBeUndefined();
});

/** A server in a monitor's place, which answers what it likes. */
async function pretend(answer: (path: string) => string | undefined): Promise<string> {
  const server = createServer(({ url }, response) => {
    const text = answer(url!);
    if (text === undefined) return; // never
    response.end(text);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  cleanup.add(async () => void server.closeAllConnections());
  cleanup.add(async () => void server.close());
  const { port } = server.address() as { port: number };
  return `http://127.0.0.1:${port}`;
}

const STATUS = { ok: true, logs: [], witnesses: [], evidence: [] };

it('keeps what was told last, and says why there is nothing newer', async () => {
  let body: string | undefined = JSON.stringify(STATUS);
  const url = await pretend((path) => (path.startsWith('/v1/alerts') ? '{"alerts":[]}' : body));
  const feed = feedOf(url);
  await feed.look();
  const { told } = feed.answer;
  expect(told).toMatchObject({ ok: true });
  for (const [spoilt, said] of [
    ['{', 'not JSON'],
    ['[]', 'not what a monitor answers'],
    [`"${'x'.repeat(9 << 20)}"`, 'exceeds'],
  ] as const) {
    body = spoilt;
    await feed.look();
    expect(feed.answer.told).toBe(told);
    expect(feed.answer.trouble).toContain(said);
  }
  body = JSON.stringify(STATUS);
  await feed.look();
  expect(feed.answer.trouble).toBeUndefined();

  const hurried = feedOf(url, { timeoutMs: 300 });
  await until(async () => {
    await hurried.look();
    return hurried.answer.told;
  });
  body = undefined;
  await hurried.look();
  expect(hurried.answer).toMatchObject({ told: { ok: true } });
  expect(hurried.answer.trouble).toContain('no answer within');
});

it('a document that cannot be had, or is another one, is an error', async () => {
  const [id, other] = ['a'.repeat(64), 'b'.repeat(64)];
  const evidence = [id, other].map((one) => {
    return { id: one, kind: 'fork', origin: 'o', accused: 'k', detected_at: 1 };
  });
  const url = await pretend((path) => {
    if (path.startsWith('/v1/alerts')) return '{"alerts":[]}';
    if (path === `/evidence/${other}`) return '{}';
    return path === '/v1/status' ? JSON.stringify({ ...STATUS, evidence }) : undefined;
  });
  const feed = feedOf(url, { timeoutMs: 300 });
  await until(async () => {
    await feed.look();
    return feed.answer.told;
  });
  await expect(feed.evidence(id!)).rejects.toMatchObject({ kind: 'timeout' });
  const patient = feedOf(url);
  await patient.look();
  await expect(patient.evidence(other!)).rejects.toMatchObject({ kind: 'bad-content' });
});

it('asks for a document once, however many want it, and again if it could not be had', async () => {
  const id = toHex(sha256(encodeUtf8('{"its":"proof"}')));
  const evidence = [{ id, kind: 'fork', origin: 'o', accused: 'k', detected_at: 1 }];
  let document = '{}';
  let asked = 0;
  const url = await pretend((path) => {
    if (path.startsWith('/v1/alerts')) return '{"alerts":[]}';
    if (path === '/v1/status') return JSON.stringify({ ...STATUS, evidence });
    asked++;
    return document;
  });
  const feed = feedOf(url);
  await feed.look();
  await expect(feed.evidence(id)).rejects.toMatchObject({ kind: 'bad-content' });
  document = '{"its":"proof"}';
  const documents = await Promise.all(Array.from({ length: 20 }, () => feed.evidence(id)));
  documents.push(await feed.evidence(id));
  expect(new Set(documents.map((bytes) => Buffer.from(bytes!).toString()))).toEqual(
    new Set([document]),
  );
  expect(asked).toBe(2);
});

it('leaves out what has not the form that is known, and what is too much', () => {
  const log = { origin: 'o', agreement: 'agrees', size: 1, verified_size: 1, more: 'ignored' };
  const told = toldStatus.parse({
    ok: true,
    logs: [log, { ...log, agreement: 'sings' }, { ...log, origin: 'x'.repeat(5000) }, 7],
    witnesses: [{ name: 'w', answering: true, logs: [null, { ...log, cosigned_at: 5 }] }],
    evidence: [{ id: '../../x', kind: 'k', origin: 'o', accused: 'k', detected_at: 1 }],
  });
  expect(told.logs).toEqual([{ log: 'o', agreement: 'agrees', size: 1, verified_size: 1 }]);
  expect(told.witnesses[0]!.logs).toEqual([
    { log: 'o', agreement: 'agrees', size: 1, cosigned_ms: 5 },
  ]);
  expect(told.evidence).toEqual([]);
  const alerts = Array.from({ length: 1000 }, (_, id) => ({
    id,
    kind: 'k',
    severity: 'warning',
    title: 't',
    detail: 'd',
    evidence: [],
    raised_at: 1,
    last_seen_at: 2,
  }));
  expect(toldAlerts.parse({ alerts }).alerts.length).toBe(500);
});
