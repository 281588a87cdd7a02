/**
 * The point of it all, with real processes: a log that shows two trees is found out within ten
 * seconds, with evidence that convinces strangers, and honest witnesses no longer cosign it.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { sleep } from '#service/schedule.ts';
import { FakeWitness } from '#test/support/fake-witness.ts';
import { runTecp } from '#test/support/processes.ts';
import { tempFolder } from '#test/support/temp.ts';
import { runOffline, SHARED_SIZE, Theatre, verifyOffline } from '#test/support/theatre.ts';
import { until } from '#test/support/wait.ts';

const FROZEN = { kind: 'refused', status: 403, code: 'log-frozen' };
const ALL = [0, 1, 2] as const;

/** The witnesses hold the evidence within a few seconds, and refuse even an honest continuation. */
async function expectFrozen(theatre: Theatre, face: 'a' | 'b', numbers: readonly number[]) {
  for (const number of numbers) {
    await until(
      async () => {
        return (await theatre.evidenceAt(number)).length > 0;
      },
      { what: `evidence at witness ${number}` },
    );
  }
  await theatre.log.append(3, face);
  for (const number of numbers) expect(await theatre.offer(face, number)).toEqual(FROZEN);
}

/** A witness that cosigns what it is told to; honest until then. */
async function startAccomplice(): Promise<FakeWitness> {
  const accomplice = await FakeWitness.start('accomplice', 99);
  onTestFinished(() => accomplice.close());
  return accomplice;
}

describe('a log that shows tree A to witness 1 and tree B to witnesses 2 and 3', () => {
  it('is proven to lie when the trees have one size, and stays frozen over restarts', async () => {
    const theatre = await Theatre.open();
    const { network } = theatre;
    await theatre.diverge(SHARED_SIZE + 10, SHARED_SIZE + 10);
    await theatre.show('a', [0]);
    await theatre.show('b', [1, 2, 'monitor']);
    await theatre.cosign({ a: [0], b: [1, 2] });

    const alert = await theatre.alertOf('log-contradiction');
    const { item, verdict, path } = await theatre.evidenceOf(alert);
    const logKey = network.policy.logs[0]!.key.text;
    expect(item).toMatchObject({ kind: 'same-size-fork', accused: logKey });
    expect(verdict).toMatchObject({ proven: true, accused: logKey, origin: network.origin });
    await theatre.alertOf('witnesses-disagree');

    const judged = await runTecp(['evidence', 'verify', path]);
    expect(judged, judged.stderr).toMatchObject({ code: 0 });
    const offline = await verifyOffline(path);
    expect(offline, offline.stderr).toMatchObject({ code: 0, stdout: judged.stdout });
    // That process really had no network.
    const audit = ['audit', network.monitor.url, '--policy', network.policyPath];
    expect(await runOffline(...audit)).toMatchObject({ code: 99 });

    await expectFrozen(theatre, 'a', [0]);
    await expectFrozen(theatre, 'b', [1, 2]);
    for (const witness of network.witnesses) {
      await witness.stop();
      await witness.start();
    }
    expect(await theatre.offer('a', 0)).toEqual(FROZEN);
    for (const number of [1, 2]) expect(await theatre.offer('b', number)).toEqual(FROZEN);
    await network.monitor.kill();
    await network.monitor.start();
    expect(await network.alerts()).toContainEqual(expect.objectContaining({ id: alert.id }));
  });

  it('is proven to lie when A is the smaller tree', async () => {
    const theatre = await Theatre.open();
    await theatre.diverge(SHARED_SIZE + 5, SHARED_SIZE + 12);
    await theatre.show('a', [0]);
    await theatre.show('b', [1, 2, 'monitor']);
    await theatre.cosign({ a: [0], b: [1, 2] });

    const alert = await theatre.alertOf('log-contradiction');
    const { item, verdict, path } = await theatre.evidenceOf(alert);
    expect(item.kind).toBe('different-size-fork');
    expect(verdict.proven).toBe(true);
    expect(await verifyOffline(path)).toMatchObject({ code: 0 });
    await expectFrozen(theatre, 'a', [0]);
    await expectFrozen(theatre, 'b', [1, 2]);
  });

  it('is proven to lie when it serves the tiles of A, the larger tree, to everybody', async () => {
    const theatre = await Theatre.open();
    await theatre.diverge(SHARED_SIZE + 12, SHARED_SIZE + 5);
    await theatre.show('a', [0]);
    await theatre.show('b', [1, 2, 'monitor'], 'a');
    await theatre.cosign({ a: [0], b: [1, 2] });

    const alert = await theatre.alertOf('log-contradiction');
    const { verdict, path } = await theatre.evidenceOf(alert);
    expect(verdict.proven).toBe(true);
    expect(await verifyOffline(path)).toMatchObject({ code: 0 });
    await expectFrozen(theatre, 'a', [0]);
    await expectFrozen(theatre, 'b', [1, 2]);
  });

  it('raises an alert even while it hides the tiles that would prove the lie', async () => {
    const theatre = await Theatre.open({ graceMs: 2000 });
    await theatre.diverge(SHARED_SIZE + 5, SHARED_SIZE + 12);
    await theatre.show('a', [0]);
    await theatre.show('b', [1, 2, 'monitor'], 'a');
    await theatre.cosign({ a: [0], b: [1, 2] });

    const suspicion = await theatre.alertOf('consistency-unproven');
    expect(suspicion.evidence).toEqual([]);
    expect(await theatre.network.monitor.getJson('/evidence')).toEqual([]);
    // Nobody can be convicted by what is hidden; the first tile that is shown does it.
    await theatre.show('b', ['monitor']);
    const alert = await theatre.alertOf('log-contradiction');
    expect((await theatre.evidenceOf(alert)).verdict.proven).toBe(true);
  });
});

describe('a log that lies to one only', () => {
  it('is proven to lie when only the monitor is shown another tree', async () => {
    const theatre = await Theatre.open();
    await theatre.diverge(SHARED_SIZE + 6, SHARED_SIZE + 9);
    await theatre.show('a', ALL);
    await theatre.show('b', ['monitor']);
    await theatre.cosign({ a: ALL });

    const alert = await theatre.alertOf('log-contradiction');
    const { verdict, path } = await theatre.evidenceOf(alert);
    expect(verdict.proven).toBe(true);
    expect(await verifyOffline(path)).toMatchObject({ code: 0 });
  });

  it('is frozen everywhere when it offers a witness another tree of the size it cosigned', async () => {
    const theatre = await Theatre.open();
    await theatre.diverge(SHARED_SIZE + 6, SHARED_SIZE + 6);
    await theatre.show('a', [...ALL, 'monitor']);
    await theatre.cosign({ a: ALL });
    const refusal = { kind: 'refused', status: 422, code: 'other-root' };
    expect(await theatre.offer('b', 0)).toEqual(refusal);

    const alert = await theatre.alertOf('log-contradiction');
    expect((await theatre.evidenceOf(alert)).item.kind).toBe('same-size-fork');
    await expectFrozen(theatre, 'a', ALL);
  });
});

describe('a witness that helps to lie', () => {
  it('is proven to have cosigned both trees', async () => {
    const accomplice = await startAccomplice();
    const theatre = await Theatre.open({ accomplice });
    await theatre.diverge(SHARED_SIZE + 7, SHARED_SIZE + 7);
    accomplice.behaviour = ({ checkpoint }) => ({
      status: 200,
      body: accomplice.lines(checkpoint),
    });
    await theatre.show('b', [1, 2, 'monitor']);
    await theatre.cosign({ a: [0], b: ALL });
    // What it shows at its own address is the other tree.
    const note = accomplice.offers.at(-2)!.checkpoint;
    accomplice.note = note + accomplice.lines(note);

    const alert = await theatre.alertOf('witness-misbehaviour');
    const { item, verdict, path } = await theatre.evidenceOf(alert);
    const keys = [accomplice.keys.ed, accomplice.keys.pq].map(({ verifier }) => verifier.text);
    expect(keys).toContain(item.accused);
    expect(verdict).toMatchObject({ proven: true, accused: item.accused });
    expect(await verifyOffline(path)).toMatchObject({ code: 0 });
    await theatre.alertOf('log-contradiction');
    await expectFrozen(theatre, 'b', [1, 2]);
  });

  it('is told of when it cosigned a smaller tree later, and nobody is convicted', async () => {
    const accomplice = await startAccomplice();
    const theatre = await Theatre.open({ accomplice });
    const { log, network } = theatre;
    const shownAt = async (size: number): Promise<string> => {
      await log.append(size - log.sizeOf('a'), 'a');
      await theatre.cosign({ a: ALL });
      return accomplice.offers.at(-1)!.checkpoint;
    };
    const [smaller, larger] = [await shownAt(SHARED_SIZE + 4), await shownAt(SHARED_SIZE + 9)];
    accomplice.note = larger + accomplice.lines(larger);
    await until(
      async () => {
        const { logs } = (await network.monitorStatus()).witnesses[0]!;
        return logs[0]!.size === SHARED_SIZE + 9;
      },
      { what: 'the larger tree seen' },
    );
    // Times of cosignatures are whole seconds.
    await sleep(1100);
    await theatre.show('a', [...ALL, 'monitor']);
    accomplice.note = smaller + accomplice.lines(smaller);

    const alert = await theatre.alertOf('witness-cosigned-backwards');
    const { item, path } = await theatre.evidenceOf(alert);
    expect(item.kind).toBe('cosigned-backwards');
    // What is found is real, and is no proof.
    expect(await verifyOffline(path)).toMatchObject({ code: 3 });
    const kinds = (await network.alerts()).map(({ kind }) => kind);
    expect(kinds).not.toContain('log-contradiction');
    expect(kinds).not.toContain('witness-misbehaviour');
    await log.append(1, 'a');
    await theatre.cosign({ a: [1, 2] });
  });
});

it('evidence that was tampered with convinces nobody', async () => {
  const theatre = await Theatre.open();
  await theatre.diverge(SHARED_SIZE + 3, SHARED_SIZE + 3);
  await theatre.show('b', ['monitor']);
  await theatre.cosign({ a: ALL });
  const { path } = await theatre.evidenceOf(await theatre.alertOf('log-contradiction'));
  const forged = JSON.parse(readFileSync(path, 'utf8'));
  forged.first = forged.second;
  const forgedPath = join(tempFolder(), 'forged.json');
  writeFileSync(forgedPath, JSON.stringify(forged));
  expect(await verifyOffline(forgedPath)).toMatchObject({ code: 1 });
});
