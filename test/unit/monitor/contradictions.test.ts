/** Contradictions: who is shown what, what is proven, and that honest growth proves nothing. */
import { afterEach, expect, it } from 'vitest';
import {
  parseEvidence,
  parseEvidenceFile,
  proveSameSizeFork,
  verifyEvidence,
} from '#protocol/evidence/evidence.ts';
import { listed } from '#test/support/evidence.ts';
import { FakeTree, publish } from '#test/support/fake-log.ts';
import { PATIENT, pause, startFakeNetwork, TestMonitor } from '#test/support/monitor.ts';
import { eventually } from '#test/support/wait.ts';

type Network = Awaited<ReturnType<typeof startFakeNetwork>>;

const closing: { close(): Promise<void> }[] = [];
afterEach(async () => {
  for (const item of closing.splice(0).reverse()) await item.close();
});

async function network(size?: number): Promise<Network> {
  const made = await startFakeNetwork(size);
  closing.push(made);
  return made;
}

async function monitor({ policy }: Network, folder?: string, settings = {}): Promise<TestMonitor> {
  const made = await TestMonitor.start(
    folder === undefined ? { policy, settings } : { policy, folder, settings },
  );
  closing.push(made);
  return made;
}

/** Each listed bundle, fetched and verified as a stranger would. */
async function verdicts(watcher: TestMonitor) {
  const list = (await watcher.json('/evidence')) as { id: string; accused: string }[];
  return await Promise.all(
    list.map(async ({ id }) => {
      const bytes = new Uint8Array(await (await watcher.get(`/evidence/${id}`)).arrayBuffer());
      return verifyEvidence(parseEvidence(bytes));
    }),
  );
}

it('a log that shows two trees of one size to different witnesses is proven to lie', async () => {
  const net = await network();
  const watcher = await monitor(net);
  await watcher.verified(10);
  const other = net.log.tree.fork().append(5, 'lie');
  net.log.tree.append(5);
  const honest = net.log.sign();
  net.w2.show(net.log, honest);
  net.w3.show(net.log, honest);
  net.w1.show(net.log, net.log.sign(other));
  net.log.note = net.w3.cosign(net.w2.cosign(honest));
  const alert = await watcher.raised('log-contradiction');
  const disagreement = await watcher.raised('witnesses-disagree');
  expect(disagreement.detail).toContain('w1-ed');
  expect(disagreement.evidence).toEqual(alert.evidence);
  const proofs = await verdicts(watcher);
  expect(proofs.map(({ proven }) => proven)).toEqual([true]);
  expect(proofs[0]!.accused).toBe(net.log.key.verifier.text);
  // Where each side was seen: at the log or the witnesses that were shown it, and at the other one.
  const file = await (await watcher.get(`/evidence/${alert.evidence[0]}/file`)).arrayBuffer();
  const places = parseEvidenceFile(new Uint8Array(file)).sightings.map(({ where }) => where);
  expect(places).toContain(net.w1.url);
  expect([net.w2.url, net.w3.url, `${net.log.url}/checkpoint`]).toContainEqual(
    places.find((place) => place !== net.w1.url),
  );
  await pause(300);
  const all = await watcher.alerts('all');
  const proven = all.map(({ kind }) => kind).filter((kind) => /contradiction|disagree/.test(kind));
  expect(proven.sort()).toEqual(['log-contradiction', 'witnesses-disagree']);
});

it('trees of different sizes that do not fit are proven by the tiles of the larger one', async () => {
  const net = await network(300);
  const watcher = await monitor(net);
  await watcher.verified(300);
  net.w1.show(net.log, net.log.sign(net.log.tree.fork().append(7, 'lie')));
  net.log.tree.append(500);
  publish(net.log, [net.w2, net.w3]);
  const alert = await watcher.raised('log-contradiction');
  expect(alert.detail).toContain('does not extend');
  expect((await verdicts(watcher)).every(({ proven }) => proven)).toBe(true);
});

it('a larger lie is kept, over a restart, until the log has grown beyond it and is proven then', async () => {
  const net = await network();
  const first = await monitor(net);
  await first.verified(10);
  net.w1.show(net.log, net.log.sign(net.log.tree.fork().append(90, 'lie')));
  await eventually(async () => {
    const { witnesses } = await first.json('/v1/status');
    expect(witnesses[0].logs[0]).toMatchObject({ size: 100, agreement: 'pending' });
  });
  await pause(500);
  expect(await first.alerts('all')).toEqual([]);
  net.w1.down = true;
  await first.close();
  closing.pop();
  const second = await monitor(net, first.folder);
  net.log.tree.append(200);
  publish(net.log, [net.w2, net.w3]);
  await second.raised('log-contradiction');
});

it('a log that replaces its tree contradicts the checkpoint that the monitor has verified', async () => {
  const net = await network(20);
  const watcher = await monitor(net);
  await watcher.verified(20);
  net.log.tree = new FakeTree().append(40, 'other');
  publish(net.log, []);
  await watcher.raised('log-contradiction');
  const { logs } = await watcher.json('/v1/status');
  expect(logs[0]).toMatchObject({ agreement: 'contradicts', verified_size: 20 });
});

it('a smaller checkpoint of the same tree is no contradiction, one of another tree is', async () => {
  const net = await network(20);
  const watcher = await monitor(net);
  await watcher.verified(20);
  const older = net.log.sign(net.log.tree, 12);
  net.log.note = net.w3.cosign(net.w2.cosign(older));
  await pause(400);
  expect((await watcher.alerts()).filter(({ kind }) => kind.includes('contradiction'))).toEqual([]);
  net.log.note = net.log.sign(new FakeTree().append(11, 'lie'));
  await watcher.raised('log-contradiction');
});

it('a witness that cosigned a smaller tree later is told of, not convicted, until it is past that time', async () => {
  const net = await network(20);
  const watcher = await monitor(net);
  await watcher.verified(20);
  await eventually(async () => {
    expect((await watcher.json('/v1/status')).witnesses[0].logs[0].size).toBe(20);
  });
  const later = Math.floor(Date.now() / 1000) + 30;
  net.w1.show(net.log, net.log.sign(net.log.tree, 15), later);
  const alert = await watcher.raised('witness-cosigned-backwards');
  expect(alert.subject).toMatch(/^w1-/);
  expect(alert).toMatchObject({ severity: 'warning' });
  const [evidence] = await watcher.json('/evidence');
  expect(evidence).toMatchObject({ kind: 'cosigned-backwards', standing: 'anomaly' });
  expect((await verdicts(watcher)).every(({ proven }) => proven)).toBe(true);
  const kinds = (await watcher.alerts()).map(({ kind }) => kind);
  expect(kinds).not.toContain('log-contradiction');
  expect(kinds).not.toContain('witness-misbehaviour');
  expect((await watcher.json('/v1/status')).ok).toBe(false);
  net.log.tree.append(5);
  publish(net.log, net.witnesses, later - 1);
  await watcher.verified(25);
  expect((await watcher.alerts()).map(({ kind }) => kind)).toContain('witness-cosigned-backwards');
  net.log.tree.append(5);
  publish(net.log, net.witnesses, later + 1);
  await watcher.resolved(alert);
});

it('a witness that cosigned both sides of a fork is accused beside the log', async () => {
  const net = await network(20);
  const watcher = await monitor(net);
  await watcher.verified(20);
  const other = net.log.tree.fork().append(4, 'lie');
  net.w1.show(net.log, net.log.sign(other));
  net.log.tree.append(4);
  const honest = net.log.sign();
  net.log.note = [net.w1, net.w2, net.w3].reduce((note, w) => w.cosign(note), honest);
  await watcher.raised('log-contradiction');
  const alert = await watcher.raised('witness-misbehaviour');
  expect(alert.detail).toContain('w1.example');
  // Also when it shows the right one again.
  net.w1.show(net.log, honest);
  await eventually(async () => {
    const page = await (await watcher.get('/')).text();
    expect(page).toMatch(/w1<\/th>\s*<td><span class="tag bad">has cosigned two trees/);
    expect(page).toMatch(/w2<\/th>\s*<td><span class="tag good">agrees/);
  });
});

it('evidence that a witness has found is fetched, verified and served on', async () => {
  const net = await network(20);
  const watcher = await monitor(net);
  await watcher.verified(20);
  const lie = net.log.tree.fork().append(5, 'lie');
  const truth = net.log.tree.fork().append(5, 'truth');
  const keys = [net.log.key.verifier];
  net.w2.evidence.push(...proveSameSizeFork(net.log.sign(lie), net.log.sign(truth), keys));
  const alert = await watcher.raised('log-contradiction');
  expect(alert.evidence).toHaveLength(1);
  expect((await verdicts(watcher))[0]!.proven).toBe(true);
});

it('evidence about others, however much of it is listed, keeps none about us from being fetched', async () => {
  const net = await network(20);
  const watcher = await monitor(net);
  await watcher.verified(20);
  const [lie, truth] = ['lie', 'truth'].map((label) => net.log.tree.fork().append(5, label));
  const keys = [net.log.key.verifier];
  const [ours] = proveSameSizeFork(net.log.sign(lie!), net.log.sign(truth!), keys);
  const item = listed(ours!);
  const others = Array.from({ length: 300 }, (_, i) => {
    return { ...item, id: i.toString(16).padStart(64, '0'), origin: `log.example/${i}` };
  });
  net.w2.evidence.push(ours!);
  net.w2.listing = JSON.stringify([...others, item]);
  expect((await watcher.raised('log-contradiction')).evidence).toEqual([item.id]);
  expect(net.w2.requests.filter((path) => path.startsWith('evidence/'))).toHaveLength(1);
});

it('false, foreign and garbled evidence of a witness changes nothing', async () => {
  const net = await network(20);
  const stranger = await network(5);
  const watcher = await monitor(net);
  await watcher.verified(20);
  const keys = [net.log.key.verifier];
  const [true1] = proveSameSizeFork(
    net.log.sign(net.log.tree.fork().append(1, 'a')),
    net.log.sign(net.log.tree.fork().append(1, 'b')),
    keys,
  );
  net.w1.evidence.push({ ...true1!, second: true1!.first });
  const [foreign] = proveSameSizeFork(
    stranger.log.sign(stranger.log.tree.fork().append(1, 'a')),
    stranger.log.sign(stranger.log.tree.fork().append(1, 'b')),
    [stranger.log.key.verifier],
  );
  net.w2.evidence.push(foreign!);
  const { origin, accused } = listed(true1!);
  net.w2.listing = JSON.stringify([{ ...listed(foreign!), origin, accused }]);
  net.w3.listing = '[{"id": 7}, null, {"id": "../../etc"}, 3';
  await eventually(async () => {
    expect(net.w2.requests.filter((path) => path.startsWith('evidence/'))).toHaveLength(1);
    expect(net.w1.requests.filter((path) => path.startsWith('evidence/'))).toHaveLength(1);
  });
  net.w3.listing = JSON.stringify([{ ...listed(true1!), id: '../x' }, null]);
  const lists = () => net.w3.requests.filter((path) => path === 'evidence').length;
  const before = lists();
  // Whoever asks for the second time has taken in the first.
  await eventually(async () => expect(lists()).toBeGreaterThan(before + 1));
  expect(await watcher.alerts('all')).toEqual([]);
  expect(await watcher.json('/evidence')).toEqual([]);
});

it('honest growth, seen at different instants by everybody, raises nothing', async () => {
  const net = await network(250);
  const watcher = await monitor(net, undefined, PATIENT);
  for (let round = 0; round < 40; round++) {
    net.log.tree.append(1 + (round % 9));
    const signed = net.log.sign();
    const [one, two] = [net.witnesses[round % 3]!, net.witnesses[(round + 1) % 3]!];
    one.show(net.log, signed);
    await pause(20);
    two.show(net.log, signed);
    net.log.note = two.cosign(one.cosign(signed));
    if (round === 20) net.w3.down = true;
    if (round === 25) net.w3.down = false;
    if (round === 30) net.log.down = true;
    if (round === 34) net.log.down = false;
    await pause(20);
  }
  publish(net.log, net.witnesses);
  await watcher.verified(net.log.tree.size);
  await eventually(async () => {
    const { witnesses, ok } = await watcher.json('/v1/status');
    const agreements = witnesses.map(
      (w: { logs: { agreement: string }[] }) => w.logs[0]!.agreement,
    );
    expect(agreements).toEqual(['agrees', 'agrees', 'agrees']);
    expect(ok).toBe(true);
  });
  expect(await watcher.alerts('all')).toEqual([]);
});
