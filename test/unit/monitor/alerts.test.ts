/** Each kind of trouble: raised once, resolved when over, and not again by a restart. */
import { afterEach, describe, expect, it } from 'vitest';
import { type FakeServer, FakeTree, publish } from '#test/support/fake-log.ts';
import { PATIENT, pause, startFakeNetwork, TestMonitor } from '#test/support/monitor.ts';
import { eventually, until } from '#test/support/wait.ts';

type Network = Awaited<ReturnType<typeof startFakeNetwork>>;

const closing: { close(): Promise<void> }[] = [];
afterEach(async () => {
  for (const item of closing.splice(0).reverse()) await item.close();
});

async function start(settings: Record<string, unknown> = {}, deps = {}) {
  const net = await startFakeNetwork();
  const watcher = await TestMonitor.start({ policy: net.policy, settings, deps });
  closing.push(net, watcher);
  await watcher.verified(10);
  return { net, watcher };
}

interface Trouble {
  readonly kind: string;
  readonly settings?: Record<string, unknown>;
  readonly subject?: string;
  /** Waits until it is not there for another reason. */
  ready?(watcher: TestMonitor): Promise<void>;
  begin(net: Network): void;
  end(net: Network): void;
}

const hoursAgo = (hours: number) => Math.floor(Date.now() / 1000) - hours * 3600;

const TROUBLES: Record<string, Trouble> = {
  'a log that does not answer': {
    kind: 'log-down',
    subject: 'checkpoint',
    begin: ({ log }) => {
      log.down = true;
    },
    end: ({ log }) => {
      log.down = false;
    },
  },
  'a log that answers with an error': {
    kind: 'log-down',
    begin: ({ log }) => log.overrides.set('checkpoint', 503),
    end: ({ log }) => log.overrides.clear(),
  },
  'a log that withholds entries': {
    kind: 'log-down',
    subject: 'files',
    begin: (net) => {
      net.log.overrides.set('tile/entries/000.p/12', undefined);
      net.log.tree.append(2);
      publish(net.log, net.witnesses);
    },
    end: ({ log }) => log.overrides.clear(),
  },
  'a checkpoint with a signature that does not verify': {
    kind: 'checkpoint-invalid',
    begin: ({ log }) => {
      log.note = (log.note as string).replace('\n10\n', '\n11\n');
    },
    end: (net) => publish(net.log, net.witnesses),
  },
  'something that is no checkpoint': {
    kind: 'checkpoint-invalid',
    begin: ({ log }) => {
      log.note = Uint8Array.of(255, 0, 1);
    },
    end: (net) => publish(net.log, net.witnesses),
  },
  'a checkpoint of another log': {
    kind: 'checkpoint-invalid',
    begin: ({ log }) => {
      log.note = (log.note as string).replaceAll('log.example/test', 'log.example/other');
    },
    end: (net) => publish(net.log, net.witnesses),
  },
  'a checkpoint without its quorum': {
    kind: 'quorum-missing',
    subject: 'checkpoint',
    begin: ({ log, w1 }) => {
      log.note = w1.cosign(log.sign());
    },
    end: (net) => publish(net.log, net.witnesses),
  },
  'witnesses that are away, so that no quorum is left': {
    kind: 'quorum-missing',
    subject: 'witnesses',
    begin: ({ w1, w2 }) => {
      w1.down = w2.down = true;
    },
    end: ({ w1, w2 }) => {
      w1.down = w2.down = false;
    },
  },
  'a checkpoint with old cosignatures': {
    kind: 'checkpoint-stale',
    begin: ({ log, w1, w2 }) => {
      log.note = w1.cosign(w2.cosign(log.sign(), hoursAgo(1)), hoursAgo(1));
    },
    end: (net) => publish(net.log, net.witnesses),
  },
  'a checkpoint from the far future': {
    kind: 'checkpoint-stale',
    begin: ({ log, w1, w2 }) => {
      log.note = w1.cosign(w2.cosign(log.sign(), hoursAgo(-3)), hoursAgo(-3));
    },
    end: (net) => publish(net.log, net.witnesses),
  },
  'a witness that does not answer': {
    kind: 'witness-down',
    subject: 'w2',
    begin: ({ w2 }) => {
      w2.down = true;
    },
    end: ({ w2 }) => {
      w2.down = false;
    },
  },
  'a witness that hangs': {
    kind: 'witness-down',
    settings: { timeout_ms: 2000 },
    subject: 'w1',
    begin: ({ w1, log }) => w1.shown.set(log.origin, 'hang'),
    end: (net) => publish(net.log, net.witnesses),
  },
  'a witness whose cosignature is old': {
    kind: 'witness-stale',
    subject: 'w3',
    begin: (net) => {
      publish(net.log, [net.w1, net.w2]);
      net.w3.show(net.log, net.log.sign(), hoursAgo(2));
    },
    end: (net) => publish(net.log, net.witnesses),
  },
  'a witness that has cosigned nothing': {
    kind: 'witness-stale',
    settings: { stale_after_ms: { witness: 200 } },
    subject: 'w3',
    begin: ({ log, w3, w1, w2 }) => {
      // So that the short limit of this case is not passed by the others.
      w3.shown.delete(log.origin);
      publish(log, [w1, w2], hoursAgo(-0.1));
    },
    end: (net) => publish(net.log, net.witnesses, hoursAgo(-0.1)),
  },
  'a witness with one key that does not cosign': {
    kind: 'witness-stale',
    settings: { stale_after_ms: { witness: 200 } },
    subject: 'w3',
    begin: ({ log, w1, w2, w3 }) => {
      publish(log, [w1, w2], hoursAgo(-0.1));
      w3.shown.set(log.origin, w3.cosign(log.sign(), hoursAgo(-0.1), [w3.keys[0]]));
    },
    end: (net) => publish(net.log, net.witnesses, hoursAgo(-0.1)),
  },
  'a witness that shows what it has not cosigned': {
    kind: 'witness-invalid',
    subject: 'w1',
    begin: ({ log, w1, w2 }) => w1.shown.set(log.origin, w2.cosign(log.sign())),
    end: (net) => publish(net.log, net.witnesses),
  },
  'a witness that shows garbage': {
    kind: 'witness-invalid',
    subject: 'w1',
    begin: ({ log, w1 }) => w1.shown.set(log.origin, 'hello'),
    end: (net) => publish(net.log, net.witnesses),
  },
  'a log whose tiles do not show that an older tree is part of its tree': {
    kind: 'consistency-unproven',
    settings: { owed_after_ms: 300 },
    begin: (net) => {
      net.log.overrides.set('tile/0/000.p/10', new Uint8Array(10 * 32));
      net.w1.show(net.log, net.log.sign(net.log.tree, 5));
    },
    end: ({ log }) => log.overrides.clear(),
  },
  'a tree that a witness has cosigned and the log does not publish': {
    kind: 'consistency-unproven',
    settings: { owed_after_ms: 300 },
    begin: (net) => net.w1.show(net.log, net.log.sign(net.log.tree.fork().append(5))),
    end: (net) => {
      net.log.tree.append(5);
      publish(net.log, net.witnesses);
    },
  },
  'a checkpoint of the log alone that it does not show to be of its tree': {
    kind: 'checkpoint-unproven',
    settings: { owed_after_ms: 300 },
    begin: ({ log }) => {
      log.overrides.set('tile/0/000.p/10', 429);
      log.note = log.sign(log.tree, 6);
    },
    end: (net) => {
      net.log.overrides.clear();
      publish(net.log, net.witnesses);
    },
  },
  'a log that shows less than it showed': {
    kind: 'log-went-back',
    begin: ({ log, w1, w2 }) => {
      log.note = w1.cosign(w2.cosign(log.sign(log.tree, 6)));
    },
    end: (net) => publish(net.log, net.witnesses),
  },
  'a witness that shows less than it showed': {
    kind: 'witness-went-back',
    subject: 'w2',
    begin: ({ log, w2 }) => w2.show(log, log.sign(log.tree, 6)),
    end: (net) => publish(net.log, net.witnesses),
  },
  'a witness that shows nothing any more': {
    kind: 'witness-went-back',
    subject: 'w2',
    begin: ({ log, w2 }) => w2.shown.delete(log.origin),
    end: (net) => publish(net.log, net.witnesses),
  },
  'a witness that answers with an error': {
    kind: 'witness-error',
    subject: 'w2',
    begin: ({ log, w2 }) => w2.shown.set(log.origin, 500),
    end: (net) => publish(net.log, net.witnesses),
  },
  'a witness that shows another tree': {
    kind: 'witness-other-tree',
    subject: 'w2',
    begin: ({ log, w2 }) => w2.show(log, log.sign(new FakeTree().append(10, 'other'))),
    end: (net) => {
      net.log.tree.append(1);
      publish(net.log, net.witnesses);
    },
  },
  'what the log publishes is not checked': {
    kind: 'monitor-lag',
    settings: { behind_after_ms: 1500 },
    // The first walk of a busy machine takes longer than that.
    ready: async (watcher) => {
      await eventually(async () => expect(await watcher.alerts()).toEqual([]));
    },
    begin: (net) => {
      net.log.overrides.set('tile/entries/000.p/12', 503);
      net.log.tree.append(2);
      publish(net.log, net.witnesses);
    },
    end: ({ log }) => log.overrides.clear(),
  },
  'a tile that is not made of the entries': {
    kind: 'tile-mismatch',
    begin: (net) => {
      net.log.overrides.set('tile/0/000.p/12', new Uint8Array(12 * 32));
      net.log.tree.append(2);
      publish(net.log, net.witnesses);
    },
    end: ({ log }) => log.overrides.clear(),
  },
  'a bundle that cannot be read': {
    kind: 'tile-mismatch',
    begin: (net) => {
      net.log.overrides.set('tile/entries/000.p/12', new Uint8Array(7));
      net.log.tree.append(2);
      publish(net.log, net.witnesses);
    },
    end: ({ log }) => log.overrides.clear(),
  },
  'entries that do not make the signed root': {
    kind: 'root-mismatch',
    begin: (net) => {
      const other = net.log.tree.fork().append(2, 'swapped');
      net.log.tree.append(2);
      for (const path of ['tile/entries/000.p/12', 'tile/0/000.p/12']) {
        net.log.overrides.set(path, other.file(path));
      }
      publish(net.log, net.witnesses);
    },
    end: ({ log }) => log.overrides.clear(),
  },
};

describe.concurrent('is raised once, survives a restart, and is resolved when over', () => {
  for (const [name, trouble] of Object.entries(TROUBLES)) {
    it(name, async ({ onTestFinished, expect }) => {
      const { settings = {} } = trouble;
      const net = await startFakeNetwork();
      onTestFinished(net.close);
      const watcher = await TestMonitor.start({ policy: net.policy, settings });
      await watcher.verified(10);
      // So that what it showed is known before it is changed.
      await watcher.everybodySeen(10);
      await trouble.ready?.(watcher);
      trouble.begin(net);
      const alert = await watcher.raised(trouble.kind, trouble.subject);
      await watcher.close();
      const again = await TestMonitor.start({
        policy: net.policy,
        folder: watcher.folder,
        settings,
      });
      onTestFinished(async () => await again.close());
      await pause(150);
      const open = await again.raised(trouble.kind, trouble.subject);
      expect(open).toMatchObject({ id: alert.id, raised_at: alert.raised_at });
      trouble.end(net);
      const over = await again.resolved(alert);
      expect(over.resolved_at).toBeGreaterThanOrEqual(alert.raised_at);
      // A machine too busy for the short limits may raise it anew, and rightly, once it was over.
      const until = over.resolved_at!;
      const same = (await again.alerts('all')).filter(
        ({ kind, subject, raised_at }) =>
          kind === alert.kind &&
          subject === alert.subject &&
          raised_at >= alert.raised_at &&
          raised_at <= until,
      );
      expect(same).toHaveLength(1);
    });
  }
});

it('a restart of a few seconds, of a witness or the log, raises nothing', async () => {
  const { net, watcher } = await start(PATIENT);
  // Once it has asked so often again, it has judged what it was answered before.
  const asked = async (...servers: FakeServer[]) => {
    const enough = servers.map((server) => [server, server.requests.length + 5] as const);
    await until(() => enough.every(([{ requests }, count]) => requests.length > count));
  };
  net.w1.down = net.log.down = true;
  await asked(net.w1, net.log);
  expect((await watcher.json('/v1/status')).logs[0].failure).toBeDefined();
  net.w1.down = net.log.down = false;
  await asked(net.w1, net.log);
  expect(await watcher.alerts('all')).toEqual([]);
});

it('a checkpoint that two of three witnesses have cosigned is well, also before the third has', async () => {
  const { net, watcher } = await start();
  net.log.tree.append(3);
  const signed = net.log.sign();
  net.w1.show(net.log, signed);
  net.w2.show(net.log, signed);
  net.log.note = net.w1.cosign(net.w2.cosign(signed));
  await watcher.verified(13);
  await pause(500);
  expect(await watcher.alerts('all')).toEqual([]);
});

it('a clock that goes back raises nothing and loses nothing', async () => {
  let skewMs = 0;
  const { net, watcher } = await start({}, { now: () => Date.now() + skewMs });
  net.w1.down = true;
  const alert = await watcher.raised('witness-down');
  skewMs = -7200_000;
  await pause(200);
  const open = await watcher.alerts();
  expect(open.map(({ kind }) => kind)).toEqual(['witness-down']);
  net.w1.down = false;
  await watcher.resolved(alert);
});

it('pages through alerts, the newest first, and refuses parameters that make no sense', async () => {
  const { net, watcher } = await start();
  net.w1.down = net.w2.down = net.w3.down = true;
  await eventually(async () => expect(await watcher.alerts()).toHaveLength(4));
  const first = await watcher.json('/v1/alerts?limit=3');
  expect(first.alerts).toHaveLength(3);
  const second = await watcher.json(`/v1/alerts?limit=3&before=${first.next_before}`);
  expect(second.alerts).toHaveLength(1);
  expect(second.next_before).toBeUndefined();
  for (const [query, field] of [
    ['state=closed', 'state'],
    ['limit=0', 'limit'],
    ['limit=501', 'limit'],
    ['before=-1', 'before'],
    ['limit=1&limit=2', 'limit'],
  ]) {
    const response = await watcher.get(`/v1/alerts?${query}`);
    expect(response.status).toBe(400);
    expect(await response.json()).toMatchObject({ code: 'bad-request', field });
  }
});
