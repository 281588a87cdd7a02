/** Keys and policies by their owners' own account, clocks, growth, dates, and the monitor itself. */
import { writeFileSync } from 'node:fs';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { judgeClocks } from '#monitor/judge/clocks.ts';
import { judgeDeadlines } from '#monitor/judge/deadlines.ts';
import { judgePublishedPolicy, judgeWitnessKeys } from '#monitor/judge/declared.ts';
import {
  type Growth,
  grown,
  judgeFrozen,
  judgeGrowth,
  PAST_SLOTS,
  SLOT_MS,
} from '#monitor/judge/growth.ts';
import type { Judgement, Limits } from '#monitor/judge/judgement.ts';
import { judgeOwn, LOOP_HUNG_MS, SINK_BEHIND_MS } from '#monitor/judge/own.ts';
import { openView } from '#monitor/statements/view.ts';
import { MonitorState } from '#monitor/store/state.ts';
import { certificateEnd } from '#monitor/watch/certificates.ts';
import { LoopClock } from '#monitor/watch/loop-clock.ts';
import { parsePolicy } from '#protocol/policy/policy.ts';
import { FakeLog, fakePolicy, PuppetWitness, publish } from '#test/support/fake-log.ts';
import { startFakeNetwork, TestMonitor } from '#test/support/monitor.ts';
import { tempFolder } from '#test/support/temp.ts';
import { until } from '#test/support/wait.ts';

/** Of nobody, and for a hundred years: `openssl req -x509 -nodes -days 36500 -subj /CN=localhost`. */
const CERTIFICATE_END = 'Oct 28 20:23:30 2126 GMT';
const KEY = `-----BEGIN PRIVATE KEY-----
MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgmjj/GUOqaZjlETjJ
ikyAYyih8IVwMig1EBlSlJ8zEdyhRANCAASh+yH1sEsvDdj1KKSKF24Up4EIEYVl
jkhtF7YbDm5szsLovcHJm8rZGCtS9xaNIbs7rXoBz/eG9pmR5faluIuX
-----END PRIVATE KEY-----
`;
const CERTIFICATE = `-----BEGIN CERTIFICATE-----
MIIBfzCCASWgAwIBAgIUdj6C0WalUjwiVtP+0MaZNQG6z+wwCgYIKoZIzj0EAwIw
FDESMBAGA1UEAwwJbG9jYWxob3N0MCAXDTI2MTEyMTIwMjMzMFoYDzIxMjYxMDI4
MjAyMzMwWjAUMRIwEAYDVQQDDAlsb2NhbGhvc3QwWTATBgcqhkjOPQIBBggqhkjO
PQMBBwNCAASh+yH1sEsvDdj1KKSKF24Up4EIEYVljkhtF7YbDm5szsLovcHJm8rZ
GCtS9xaNIbs7rXoBz/eG9pmR5faluIuXo1MwUTAdBgNVHQ4EFgQUZsayFrx2rnrH
pibl2lgXCGlhDQwwHwYDVR0jBBgwFoAUZsayFrx2rnrHpibl2lgXCGlhDQwwDwYD
VR0TAQH/BAUwAwEB/zAKBggqhkjOPQQDAgNIADBFAiARyz2/8ZCu6zQxwyo+lIqu
IVl9vg0qKefH2fuBVgJ4JAIhALd77fu7cqckmiRaTwguv9CnUc08P9LD/oL833lJ
kPHP
-----END CERTIFICATE-----
`;

const closing: { close(): Promise<void> | void }[] = [];
afterEach(async () => {
  for (const item of closing.splice(0).reverse()) await item.close();
});

const limits = { graceMs: 0, clockSkewMs: 120_000 } as Limits;
const bad = (judgements: readonly Judgement[]) =>
  judgements.filter(({ state }) => state === 'bad').map(({ subject, detail }) => [subject, detail]);

async function setup(settings: object = {}) {
  const net = await startFakeNetwork();
  closing.push(net);
  const start = async (more: object = {}) => {
    const watcher = await TestMonitor.start({
      policy: net.policy,
      settings: { declarations_interval_ms: 50, ...settings },
      ...more,
    });
    closing.push(watcher);
    return watcher;
  };
  return { ...net, start };
}

/** A key set as a log lists it. */
function keySet(origin: string, ...vkeys: string[]): string {
  return JSON.stringify({ keys: vkeys.map((vkey) => ({ kty: 'OKP', origin, vkey })) });
}

describe('what a log says of itself', () => {
  const PATH = '.well-known/tecp-log-jwks';

  it('raises an alert while it lists another key, or not the one that signs', async () => {
    const { log, start } = await setup();
    const own = log.key.verifier.text;
    const next = new FakeLog(log.origin).key.verifier.text;
    log.overrides.set(PATH, keySet(log.origin, own, next));
    const watcher = await start();
    const alert = await watcher.raised('log-keys-changed');
    expect(alert.detail).toContain(`it also lists ${next}`);
    log.overrides.set(PATH, keySet(log.origin, own));
    await watcher.resolved(alert);
    log.overrides.set(PATH, keySet(log.origin, next));
    expect((await watcher.raised('log-keys-changed')).detail).toContain(`no longer lists ${own}`);
  });

  it('raises an alert while it publishes under another policy', async () => {
    const { log, policy, start } = await setup();
    log.overrides.set('v1/log/policy', policy.replace('group quorum 2', 'group quorum 1'));
    const watcher = await start();
    const alert = await watcher.raised('policy-drift');
    expect(alert.detail).toContain('quorum is another one');
    log.overrides.set('v1/log/policy', policy);
    await watcher.resolved(alert);
  });

  it('is nothing where it has not the form of it', async () => {
    const { log, w1, start } = await setup();
    for (const path of [PATH, 'v1/log/policy']) log.overrides.set(path, '<html>');
    const answer = w1.answer;
    w1.answer = (path) => (path === 'metadata' ? '{"keys":[1,null,{}]}' : answer(path));
    const watcher = await start();
    await watcher.everybodySeen(10);
    await until(() => w1.requests.filter((path) => path === 'metadata').length > 3);
    const kinds = (await watcher.alerts('all')).map(({ kind }) => kind);
    expect(kinds).not.toContain('log-keys-changed');
    expect(kinds).not.toContain('policy-drift');
    expect(kinds).not.toContain('witness-keys-changed');
  });

  it('is compared by keys, whatever the names and the order are', () => {
    const witnesses = ['w1', 'w2', 'w3'].map((name) => new PuppetWitness(name));
    const ours = parsePolicy(fakePolicy([], witnesses));
    const renamed = fakePolicy([], witnesses.toReversed()).replaceAll('-ed', '-x');
    expect(bad(judgePublishedPolicy('o', parsePolicy(renamed), ours, limits))).toEqual([]);
    const fewer = parsePolicy(fakePolicy([], witnesses.slice(0, 2)));
    const [[, detail]] = bad(judgePublishedPolicy('o', fewer, ours, limits)) as [[string, string]];
    expect(detail).toContain('it does not ask w3-ed; it does not ask w3-pq');
    const other = parsePolicy(fakePolicy([], [...witnesses, new PuppetWitness('w4')]));
    expect(String(bad(judgePublishedPolicy('o', other, ours, limits)))).toContain('asks w4-ed');
  });
});

describe('the keys of a witness', () => {
  it('raise an alert while it signs with another one, and end with it', async () => {
    const { w1, start } = await setup();
    const own = w1.keys.map(({ verifier }) => verifier.text);
    const next = new PuppetWitness('w1').keys[0].verifier.text;
    let vkeys = [...own, next];
    const answer = w1.answer;
    w1.answer = (path) => (path === '' ? JSON.stringify({ vkeys }) : answer(path));
    const watcher = await start();
    const alert = await watcher.raised('witness-keys-changed', 'w1');
    expect(alert.detail).toContain(`also signs with ${next}`);
    vkeys = own;
    await watcher.resolved(alert);
    // By its metadata, where it has any: they say of each key since when it signs no more.
    const keys = own.map((vkey, i) => ({ vkey, ...(i === 0 && { retired_at: Date.now() }) }));
    const page = w1.answer;
    w1.answer = (path) => (path === 'metadata' ? JSON.stringify({ keys }) : page(path));
    expect((await watcher.raised('witness-keys-changed', 'w1')).detail).toContain('it retired w1');
  });

  it('are told of when retired, and when a retired one signs on', () => {
    const witness = new PuppetWitness('w');
    const policy = parsePolicy(fakePolicy([], [witness]));
    const [ed, pq] = witness.keys.map(({ verifier }) => verifier.text) as [string, string];
    const listed = [
      { vkey: ed, isRetired: true, retiredAtMs: 5000 },
      { vkey: pq, isRetired: false },
    ];
    const judge = (atMs: number) =>
      String(bad(judgeWitnessKeys('w', listed, policy.witnesses, () => atMs, limits)));
    expect(judge(4000)).toContain('it retired');
    expect(judge(4000)).not.toContain('after that was retired');
    expect(judge(6000)).toContain('after that was retired');
  });

  it('of a type that the policy does not use are its own affair', () => {
    const witness = new PuppetWitness('w');
    const policy = parsePolicy(fakePolicy([], [witness]));
    const onlyEd = policy.witnesses.slice(0, 1);
    const listed = policy.witnesses.map(({ key }) => ({ vkey: key.text, isRetired: false }));
    expect(bad(judgeWitnessKeys('w', listed, onlyEd, () => undefined, limits))).toEqual([]);
  });
});

describe('clocks', () => {
  const log = new FakeLog();
  const witnesses = ['w1', 'w2', 'w3'].map((name) => new PuppetWitness(name));
  log.tree.append(20);
  const policy = parsePolicy(
    fakePolicy([{ ...log, url: 'http://l' } as FakeLog], []).replace('quorum none\n', '') +
      fakePolicy(
        [],
        witnesses.map((w) => Object.assign(w, { url: 'http://w' })),
      ),
  );
  /** Each witness with a size and a time. */
  const judged = (stamps: readonly (readonly [number, number])[], nowMs = 1_000_000_000) => {
    const views = stamps.map(([size, seconds], i) => {
      const [key] = witnesses[i]!.keys;
      const note = witnesses[i]!.cosign(log.sign(log.tree, size), 1_000_000 + seconds, [key]);
      return openView(note, log.origin, policy);
    });
    return bad(judgeClocks(log.origin, views, limits, nowMs));
  };

  it('that agree to two minutes raise nothing, whoever is behind in size', () => {
    expect(
      judged([
        [10, 0],
        [10, 60],
        [20, 119],
      ]),
    ).toEqual([]);
    expect(
      judged([
        [20, -300],
        [10, -3000],
        [10, -400],
      ]),
    ).toEqual([]);
  });

  it('ahead of ours are told of, and when all are it is ours', () => {
    expect(
      judged([
        [10, 0],
        [10, 180],
        [10, 0],
      ]),
    ).toEqual([['w2-ed', 'Its time is 3 min ahead of ours.']]);
    const all = judged([
      [10, 300],
      [10, 180],
      [10, 200],
    ]);
    expect(all).toHaveLength(1);
    expect(all[0]![0]).toBe('');
    expect(all[0]![1]).toContain('the least by 3 min');
  });

  it('behind that of another, by the trees that they cosigned, are told of', () => {
    const [[subject, detail]] = judged([
      [20, -1000],
      [10, 0],
      [10, -5],
    ]) as [[string, string]];
    expect(subject).toBe('w1-ed');
    expect(detail).toContain('It cosigned size 20 at a time 16 min before w2-ed cosigned size 10.');
  });

  it('of a witness that is ahead raise an alert that ends with it', async () => {
    const { log: shown, w1, w2, w3, start } = await setup();
    const ahead = Math.floor(Date.now() / 1000) + 500;
    w1.show(shown, shown.sign(), ahead);
    const watcher = await start();
    const alert = await watcher.raised('clock-skew', 'w1-ed');
    publish(shown, [w1, w2, w3]);
    await watcher.resolved(alert);
  });
});

describe('growth', () => {
  it('of a log that says that it is frozen raises an alert, and its silence none', async () => {
    expect(bad(judgeFrozen('o', 20, 20))).toEqual([]);
    const { log, w1, w2, w3, start } = await setup();
    log.overrides.set('v1/log/sth', '{"frozen":true}');
    const watcher = await start();
    await until(() => log.requests.includes('v1/log/sth'));
    await watcher.everybodySeen(10);
    log.tree.append(5);
    publish(log, [w1, w2, w3]);
    const alert = await watcher.raised('growth-unusual');
    expect(alert.detail).toMatch(/says that it is frozen, and has grown from \d+ to \d+/);
  });

  const past = (count: (slot: number) => number): Growth => ({
    slotMs: 0,
    size: 1_000_000,
    slots: Array.from({ length: PAST_SLOTS }, (_, i) => count(i)),
  });
  const judge = (growth: Growth, more: number) => bad(judgeGrowth('o', growth, 1_000_000 + more));

  it('is not judged before two weeks are known', () => {
    const { slots, ...rest } = past(() => 1);
    expect(judge({ ...rest, slots: slots.slice(1) }, 1_000_000)).toEqual([]);
  });

  it('of an office, with its nights and a weekend, raises nothing at any time', () => {
    const isWork = (i: number) => i % 144 < 60 && Math.floor(i / 144) % 7 < 5;
    let growth: Growth | undefined;
    for (let i = 0; i < 2 * PAST_SLOTS; i++) {
      const size: number = (growth?.size ?? 0) + (isWork(i) ? 50 + (i % 30) : 0);
      growth = grown(growth, size, i * SLOT_MS);
      expect(bad(judgeGrowth('o', growth, size))).toEqual([]);
    }
  });

  it('that stops, or bursts, as it never did is told of', () => {
    const stopped = past((i) => (i < PAST_SLOTS - 7 ? 40 : 0));
    expect(judge(stopped, 0)).toEqual([['', expect.stringContaining('Nothing has come for')]]);
    expect(judge(stopped, 1)).toEqual([]);
    expect(
      judge(
        past(() => 200),
        1999,
      ),
    ).toEqual([]);
    expect(
      judge(
        past(() => 200),
        2000,
      ),
    ).toEqual([['', expect.stringContaining('2000 entries')]]);
    expect(
      judge(
        past(() => 0),
        999,
      ),
    ).toEqual([]);
  });

  it('counts what came while nobody looked as spread over that time', () => {
    const growth = grown({ slotMs: 0, size: 0, slots: [] }, 600, 3 * SLOT_MS + 5);
    expect(growth).toEqual({ slotMs: 3 * SLOT_MS, size: 600, slots: [200, 200, 200] });
  });

  it('is remembered over restarts, and a burst raises an alert', async () => {
    const { log, witnesses, start } = await setup();
    const folder = tempFolder();
    const state = MonitorState.open(join(folder, 'monitor.db'));
    const slots = Array.from({ length: PAST_SLOTS }, () => 5);
    state.saveGrowth(log.origin, { slotMs: Date.now(), size: 10, slots });
    state.close();
    const watcher = await start({ folder });
    await watcher.verified(10);
    const kinds = (await watcher.alerts('all')).map(({ kind }) => kind);
    expect(kinds).not.toContain('growth-unusual');
    log.tree.append(1000);
    publish(log, witnesses);
    expect((await watcher.raised('growth-unusual')).severity).toBe('warning');
  });
});

describe('dates', () => {
  it('are told of when few days are left, and after they are past', () => {
    const day = 86_400_000;
    const judge = (atMs: number) => bad(judgeDeadlines([{ what: 'x', atMs }], 14, 0));
    expect(judge(14 * day)).toEqual([]);
    expect(judge(14 * day - 1)).toEqual([['x', 'It ends on 1970-01-14, in 13 days.']]);
    expect(judge(day)).toEqual([['x', 'It ends on 1970-01-02, in 1 day.']]);
    expect(judge(1)).toEqual([['x', 'It ends on 1970-01-01, within a day.']]);
    expect(judge(-1)).toEqual([['x', 'It ended on 1969-12-31.']]);
  });

  it('of the configuration raise an alert', async () => {
    const { start } = await setup({
      deadlines: { expires: [{ what: 'key of w1', on: '2001-01-01' }] },
    });
    const watcher = await start();
    expect((await watcher.raised('deadline-near', 'key of w1')).detail).toBe(
      'It ended on 2001-01-01.',
    );
  });

  it('of certificates are read from servers, trusted or not', async () => {
    const server = createServer({ key: KEY, cert: CERTIFICATE });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    closing.push({ close: () => void server.close() });
    const url = `https://127.0.0.1:${(server.address() as AddressInfo).port}/prefix`;
    const { signal } = new AbortController();
    expect(await certificateEnd(url, 60_000, signal)).toBe(Date.parse(CERTIFICATE_END));
    expect(await certificateEnd('http://127.0.0.1:1', 5000, signal)).toBeUndefined();
    expect(await certificateEnd('https://127.0.0.1:1', 5000, signal)).toBeUndefined();
  });
});

describe('the monitor itself', () => {
  const well = { sinks: [], loops: [], limits: [], isPolicyChanged: false };

  it('tells of a sink that takes nothing for ten minutes', () => {
    const [waiting] = judgeOwn({ ...well, sinks: [{ name: 'webhook', waiting: 3 }] });
    expect(waiting).toMatchObject({
      kind: 'monitor-backlog',
      state: 'bad',
      afterMs: SINK_BEHIND_MS,
    });
    expect(bad(judgeOwn({ ...well, sinks: [{ name: 'webhook', waiting: 0 }] }))).toEqual([]);
  });

  it('tells of a loop that does not end, and of limits that are met', () => {
    const loops = [
      { name: 'a', busyMs: LOOP_HUNG_MS },
      { name: 'b', busyMs: LOOP_HUNG_MS - 1 },
    ];
    expect(bad(judgeOwn({ ...well, loops }))).toEqual([['a', 'It has been at it for 5 min.']]);
    const met = [
      { name: 'a', used: 5, limit: 5 },
      { name: 'b', used: 4, limit: 5 },
    ];
    expect(bad(judgeOwn({ ...well, limits: met })).map(([name]) => name)).toEqual(['a']);
  });

  it('keeps the time of what it does', async () => {
    const clock = new LoopClock();
    const running = Promise.withResolvers<void>();
    const done = clock.timed('a', () => running.promise)(new AbortController().signal);
    await until(() => clock.busy()[0]!.busyMs > 0);
    running.resolve();
    await done;
    expect(clock.busy()).toEqual([{ name: 'a', busyMs: 0 }]);
  });

  it('raises an alert when its policy file is changed, until it is as it was', async () => {
    const { policy, start } = await setup();
    const watcher = await start();
    await watcher.verified(10);
    writeFileSync(join(watcher.folder, 'policy.txt'), `${policy}\n`);
    const alert = await watcher.raised('policy-file-changed');
    writeFileSync(join(watcher.folder, 'policy.txt'), policy);
    await watcher.resolved(alert);
  });
});
