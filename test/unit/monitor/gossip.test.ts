/** Checkpoints that anybody hands in: what is said of them, what is kept, and that it is bounded. */
import { afterEach, describe, expect, it } from 'vitest';
import { GossipDesk } from '#monitor/gossip/desk.ts';
import type { View } from '#monitor/statements/view.ts';
import type { HandedIn } from '#monitor/watch/testimony.ts';
import { parseEvidence, parseEvidenceFile, verifyEvidence } from '#protocol/evidence/evidence.ts';
import { parsePolicy } from '#protocol/policy/policy.ts';
import { FakeLog, FakeTree, fakePolicy, publish } from '#test/support/fake-log.ts';
import { PATIENT, pause, startFakeNetwork, TestMonitor } from '#test/support/monitor.ts';
import { Described } from '#test/support/openapi.ts';
import { stopRateClock } from '#test/support/rate-clock.ts';
import { eventually } from '#test/support/wait.ts';

const closing: { close(): Promise<void> }[] = [];
afterEach(async () => {
  for (const item of closing.splice(0).reverse()) await item.close();
});

async function setup(size = 600, more = {}) {
  const net = await startFakeNetwork(size);
  closing.push(net);
  const settings = { ...PATIENT, ...more };
  const watcher = await TestMonitor.start({ policy: net.policy, settings });
  closing.push(watcher);
  await watcher.verified(size);
  return { ...net, watcher };
}

const PATH = '/v1/gossip/checkpoint';

async function handIn(watcher: TestMonitor, body: string, init: RequestInit = {}) {
  return await fetch(`${watcher.url}${PATH}`, { method: 'POST', body, ...init });
}

// biome-ignore lint/suspicious/noExplicitAny: the tests assert what the JSON holds
async function bodyOf(response: Response): Promise<any> {
  return await response.json();
}

describe('a checkpoint of an honest log', () => {
  it('is consistent at every size that was ever signed, and raises nothing', async () => {
    const { watcher, log, w1, w2 } = await setup();
    for (const size of [600, 599, 512, 256, 1, 0]) {
      const note = w2.cosign(w1.cosign(log.sign(log.tree, size), size + 1), size + 1);
      const response = await handIn(watcher, note);
      expect(response.status).toBe(200);
      expect(await bodyOf(response)).toMatchObject({
        verdict: 'consistent',
        origin: log.origin,
        size,
        witnesses: ['w1-ed', 'w1-pq', 'w2-ed', 'w2-pq'],
        quorum_met: true,
        verified_size: 600,
        evidence: [],
      });
    }
    await pause(300);
    expect(await watcher.alerts('all')).toEqual([]);
    const { gossip } = await watcher.json('/v1/status');
    expect(gossip).toEqual({ consistent: 6, inconsistent: 0, pending: 0, refused: 0 });
  });

  it('is consistent when the monitor has not read so far yet', async () => {
    const { watcher, log } = await setup(10);
    log.tree.append(30);
    const answer = await bodyOf(await handIn(watcher, log.sign()));
    expect(answer).toMatchObject({ verdict: 'consistent', size: 40, verified_size: 10 });
    expect(answer.reason).toContain('not checked yet');
  });
});

describe.each([
  ['the same size', 0],
  ['a smaller size', -50],
  ['a larger size', 20],
])('a checkpoint that contradicts the log, of %s', (_, offset) => {
  it('is inconsistent, with evidence that convicts whoever signed both', async () => {
    const { watcher, log, w1 } = await setup(300);
    const size = 300 + offset;
    const lie = w1.cosign(log.sign(new FakeTree().append(size, 'lie')));
    // A larger one is refuted by the tiles of its own tree.
    if (offset > 0) log.tree = new FakeTree().append(size, 'lie');
    const response = await handIn(watcher, lie);
    expect(response.status).toBe(200);
    const { verdict, evidence } = await bodyOf(response);
    expect(verdict).toBe('inconsistent');
    const accused: string[] = [];
    for (const id of evidence) {
      const bytes = await (await watcher.get(`/evidence/${id}`)).arrayBuffer();
      const found = verifyEvidence(parseEvidence(new Uint8Array(bytes)));
      expect(found.proven).toBe(true);
      accused.push(found.accused!);
    }
    expect(accused).toContain(log.key.verifier.text);
    expect(accused).toContain(w1.keys[0].verifier.text);
    const file = await (await watcher.get(`/evidence/${evidence[0]}/file`)).arrayBuffer();
    const { sightings } = parseEvidenceFile(new Uint8Array(file));
    expect(sightings.map(({ where }) => where)).toContain('handed in to this monitor');
    // Durable before the answer, with its alert.
    const kinds = (await watcher.alerts()).map(({ kind }) => kind);
    expect(kinds).toContain('log-contradiction');
    // It stays so, whoever asks again.
    expect((await bodyOf(await handIn(watcher, lie))).verdict).toBe('inconsistent');
  });
});

it('what the log does not show to fit is pending and kept, and an alert when it stays so', async () => {
  const net = await startFakeNetwork(300);
  closing.push(net);
  const settings = { ...PATIENT, owed_after_ms: 500 };
  const watcher = await TestMonitor.start({ policy: net.policy, settings });
  closing.push(watcher);
  await watcher.verified(300);
  const lie = net.w1.cosign(net.log.sign(new FakeTree().append(320, 'lie')));
  const response = await handIn(watcher, lie);
  expect(response.status).toBe(202);
  expect(await bodyOf(response)).toMatchObject({ verdict: 'pending', evidence: [] });
  const alert = await watcher.raised('consistency-unproven');
  expect(alert.detail).toContain('size 320');
  // As soon as the log has grown beyond it, it is proven.
  net.log.tree.append(100);
  publish(net.log, [net.w2, net.w3]);
  await watcher.raised('log-contradiction');
  await eventually(async () => {
    expect((await bodyOf(await handIn(watcher, lie))).verdict).toBe('inconsistent');
  });
});

it('what comes while the log lets others hang is kept, and proven when the log answers', async () => {
  const { watcher, log } = await setup(300, { timeout_ms: 5000 });
  log.note = 'hang';
  const answer = log.answer;
  log.answer = (path) => (path.startsWith('tile/') ? 'hang' : answer(path));
  const lies = Array.from({ length: 12 }, (_, i) =>
    log.sign(new FakeTree().append(320 + i, 'lie')),
  );
  const statuses = await Promise.all(lies.map(async (lie) => (await handIn(watcher, lie)).status));
  expect(new Set(statuses)).toEqual(new Set([202]));
  expect((await watcher.json('/v1/status')).gossip.pending).toBe(lies.length);
  log.answer = answer;
  log.tree.append(100);
  log.note = log.sign();
  // Each is handed in until it is proven and no longer, as a client has its rate.
  const left = [...lies];
  await eventually(async () => {
    for (; left.length > 0; left.shift()) {
      expect(await bodyOf(await handIn(watcher, left[0]!))).toMatchObject({
        verdict: 'inconsistent',
      });
    }
  });
});

it('a client whose checkpoints hang is not in the way of others', async () => {
  const log = new FakeLog();
  log.tree.append(20);
  const atOnce: number[] = [];
  const watch = {
    origin: log.origin,
    verifiedSize: 20,
    handIn: async ({ checkpoint }: View, how: { isAtOnce: boolean }): Promise<HandedIn> => {
      if (how.isAtOnce) atOnce.push(checkpoint.size);
      if (how.isAtOnce && checkpoint.size < 10) await new Promise(() => undefined);
      return { outcome: { undecided: 'no answer' }, evidence: [] };
    },
  };
  const desk = new GossipDesk(parsePolicy(fakePolicy([log], [])), [watch]);
  for (let size = 1; size < 10; size++) void desk.take(log.sign(log.tree, size), 'one');
  await desk.take(log.sign(log.tree, 11), 'another');
  await desk.take(log.sign(log.tree, 12), 'another');
  expect(atOnce).toEqual([1, 2, 11, 12]);
  // And any number of clients have as many as there are in all.
  for (const client of ['2', '3', '4', '5']) {
    for (const size of [3, 4]) void desk.take(log.sign(log.tree, size), client);
  }
  expect(atOnce).toEqual([1, 2, 11, 12, 3, 4, 3, 4, 3, 4]);
});

describe('what is no checkpoint of a log that is watched', () => {
  it.each([
    ['garbage', 400, 'malformed', () => 'garbage'],
    ['another log', 404, 'unknown-log', () => new FakeLog('log.example/other').sign()],
    ['a stranger with its name', 403, 'untrusted', () => new FakeLog().sign()],
    ['too much', 413, 'E-SIZE-001', () => 'x'.repeat(131_073)],
  ])('%s is refused and not kept', async (_, status, code, note) => {
    const { watcher } = await setup(3);
    const response = await handIn(watcher, note());
    expect([response.status, (await bodyOf(response)).code]).toEqual([status, code]);
    expect((await watcher.json('/v1/status')).gossip.pending).toBe(0);
  });

  it('a cosignature that does not hold spoils the note', async () => {
    const { watcher, log, w1 } = await setup(3);
    const note = w1.cosign(log.sign());
    const forged = note.replace(
      /(— w1\.example \S{40})(.)/,
      (_, start, c) => start + (c === 'A' ? 'B' : 'A'),
    );
    const response = await handIn(watcher, forged);
    expect([response.status, (await bodyOf(response)).code]).toEqual([403, 'bad-signature']);
  });
});

it('pages of any site may hand in', async () => {
  const { watcher, log } = await setup(3);
  const asked = await handIn(watcher, log.sign(), { headers: { origin: 'https://app.example' } });
  expect(asked.headers.get('access-control-allow-origin')).toBe('*');
  const preflight = await fetch(`${watcher.url}${PATH}`, {
    method: 'OPTIONS',
    headers: { origin: 'https://app.example', 'access-control-request-method': 'POST' },
  });
  expect(preflight.status).toBe(204);
  expect(preflight.headers.get('access-control-allow-methods')).toBe('POST,OPTIONS');
});

it('one client may hand in so much, by its bytes, and no more', async () => {
  stopRateClock();
  const { watcher } = await setup(3);
  const large = 'x'.repeat(120_000);
  const statuses: number[] = [];
  for (let i = 0; i < 5; i++) statuses.push((await handIn(watcher, large)).status);
  expect(statuses.at(0)).toBe(400);
  expect(statuses.at(-1)).toBe(429);
});

it('answers are as the document describes them', async () => {
  const { watcher, log } = await setup(3);
  const described = await Described.at(watcher.url);
  const route = `POST ${PATH}`;
  for (const note of [log.sign(), 'garbage', log.sign(new FakeTree().append(90, 'lie'))]) {
    await described.expectAnswer(route, await handIn(watcher, note));
  }
});
