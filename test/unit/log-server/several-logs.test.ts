/** Several logs in one server, what their configuration may not be, and starting again. */
import { copyFileSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { logServerConfigSchema } from '#log-server/config.ts';
import { initLog } from '#log-server/init.ts';
import { type LogServer, startLogServer } from '#log-server/server.ts';
import { locateStore } from '#log-server/store/open-store.ts';
import { logOf, openCheckpoint } from '#protocol/note/checkpoint.ts';
import { KEY_TYPES, type SignerKey } from '#protocol/note/key.ts';
import { parseConfig } from '#service/config.ts';
import { ConfigError } from '#service/errors.ts';
import { writeSignerKey } from '#service/keys.ts';
import { expectLogSound } from '#test/support/check.ts';
import { getJson, post, problemOf, submittedOf } from '#test/support/http.ts';
import { newKey } from '#test/support/keys.ts';
import { freshReceipt, logKey, silent, startTestLog } from '#test/support/log.ts';
import { stopRateClock } from '#test/support/rate-clock.ts';
import { tempFolder } from '#test/support/temp.ts';
import { until } from '#test/support/wait.ts';

type LogSettings = Readonly<Record<string, unknown>>;

/** Starts a server over logs whose files, named by their key, are in one folder. */
async function start(
  folder: string,
  logs: readonly (LogSettings & { signer: SignerKey })[],
  limits: Readonly<Record<string, unknown>> = {},
) {
  const entries = logs.map(({ signer, ...settings }, i) => {
    try {
      writeSignerKey(join(folder, `${i}.key`), signer);
    } catch (error) {
      if (!(error instanceof ConfigError)) throw error; // made by the start before
    }
    writeFileSync(join(folder, `${i}.txt`), `log ${signer.verifier.text}\nquorum none\n`);
    const files = { key: `${i}.key`, database: `${i}.db`, policy: `${i}.txt` };
    return { ...files, checkpoint: { interval_ms: 20 }, ...settings };
  });
  const text = JSON.stringify({ listen: { port: 0 }, logs: entries, limits });
  const config = parseConfig(text, join(folder, 'log.yaml'), logServerConfigSchema);
  const exist = await Promise.all(config.logs.map((log) => locateStore(log).exists()));
  if (!exist.every(Boolean)) await initLog(config);
  const server = await startLogServer(config, { logger: silent });
  await until(() => server.logs.every((log) => log.takesEntries));
  return server;
}

const keyA = logKey('log.example/a', 1);
const keyB = logKey('log.example/b', 2);

describe('several logs in one server', () => {
  it('are whole, also one below the path of another one’s tiles', async () => {
    const logs = [
      { signer: keyA, path: '' },
      { signer: keyB, path: '/tile' },
    ];
    const server = await start(tempFolder(), logs);
    const titles = await Promise.all(
      ['', '/tile'].map(async (path) => {
        const { info } = await getJson(`${server.url}${path}/openapi.json`);
        return (info as { title: string }).title;
      }),
    );
    expect(titles).toEqual(['Transparency log log.example/a', 'Transparency log log.example/b']);
    await server.close();
  });

  it('count each read once, also beside a log at the empty path', async () => {
    stopRateClock();
    const logs = [
      { signer: keyA, path: '' },
      { signer: keyB, path: '/b' },
    ];
    const server = await start(tempFolder(), logs, { reads: { per_second: 1, burst: 2 } });
    try {
      await until(() => server.logs.every(({ published }) => published !== undefined));
      const statuses: number[] = [];
      for (let i = 0; i < 3; i++) {
        statuses.push((await fetch(`${server.url}/b/checkpoint`)).status);
      }
      expect(statuses).toEqual([200, 200, 429]);
    } finally {
      await server.close();
    }
  });

  it('share what one client may take: submissions, and reads', async () => {
    stopRateClock();
    const limits = { submissions: { per_second: 1, burst: 1 }, reads: { per_second: 1, burst: 2 } };
    const logs = [
      { signer: keyA, path: '/a' },
      { signer: keyB, path: '/b' },
    ];
    const server = await start(tempFolder(), logs, limits);
    try {
      const at = (path: string) => `${server.url}${path}`;
      const statuses = [
        (await post(at('/a/v1/log/entries'), freshReceipt())).status,
        (await post(at('/b/v1/log/entries'), freshReceipt())).status,
        (await fetch(at('/a/v1/log/policy'))).status,
        (await fetch(at('/a/v1/log/policy'))).status,
        (await fetch(at('/b/v1/log/policy'))).status,
      ];
      expect(statuses).toEqual([200, 429, 200, 200, 429]);
    } finally {
      await server.close();
    }
  });

  it('each have their own path, key, entries and rules', async () => {
    const server = await start(tempFolder(), [
      { signer: keyA, path: '' },
      { signer: keyB, path: '/2026/b', entry_types: ['opaque'] },
    ]);
    try {
      const receipt = freshReceipt();
      await submittedOf(await post(`${server.url}/v1/log/entries?wait=proof`, receipt));
      const added = await post(`${server.url}/2026/b/add`, receipt, {
        'content-type': 'application/octet-stream',
      });
      expect(await added.text()).toBe('0');
      expect((await post(`${server.url}/add`, receipt)).status).toBe(404);
      expect((await post(`${server.url}/2026/b/v1/log/entries`, receipt)).status).toBe(415);
      await until(() => server.logs.every(({ published }) => published?.size === 1));
      for (const [path, key] of [
        ['', keyA],
        ['/2026/b', keyB],
      ] as const) {
        const note = await (await fetch(`${server.url}${path}/checkpoint`)).text();
        expect(openCheckpoint(note, logOf(key.verifier)).checkpoint.size).toBe(1);
        const proof = await fetch(`${server.url}${path}/v1/log/proof?index=0`);
        expect(await proof.text()).toContain(note);
        expect((await fetch(`${server.url}${path}/tile/0/000.p/1`)).status).toBe(200);
        const { servers } = await getJson(`${server.url}${path}/openapi.json`);
        expect(servers).toEqual([{ url: path === '' ? '/' : path }]);
      }
      const missing = await fetch(`${server.url}/2026/checkpoint`);
      expect(await problemOf(missing)).toMatchObject({ status: 404, code: 'not-found' });
      for (const log of server.logs) await expectLogSound(log);
    } finally {
      await server.close();
    }
  });

  it.each([
    ['path', { path: '/same' }, { path: '/same' }],
    ['database', { path: '/a', database: 'x.db' }, { path: '/b', database: './x.db' }],
  ])('may not share a %s', async (what, a, b) => {
    const logs = [
      { signer: keyA, ...a },
      { signer: keyB, ...b },
    ];
    await expect(start(tempFolder(), logs)).rejects.toThrow(
      new RegExp(`Two logs have the ${what}`),
    );
  });

  it('may not share an origin, which would be two trees signed by one log', async () => {
    const logs = [
      { signer: keyA, path: '/a' },
      { signer: keyA, path: '/b' },
    ];
    await expect(start(tempFolder(), logs)).rejects.toThrow(/Two logs have the origin/);
  });
});

describe('a log server refuses to start', () => {
  const expectRefusal = async (starting: Promise<LogServer>, reason: RegExp) => {
    const error = await starting.then(
      (server) => server.close(),
      (thrown: unknown) => thrown,
    );
    expect(error).toBeInstanceOf(ConfigError);
    expect((error as Error).message).toMatch(reason);
  };

  it('on a database that another server has open', async () => {
    const first = await startTestLog();
    await expectRefusal(
      startTestLog({ folder: first.folder, key: first.key }),
      /already in use by another process/,
    );
    await submittedOf(await post(`${first.url}/v1/log/entries?wait=proof`, freshReceipt()));
    await first.close();
  });

  it('on a database of another key or another origin', async () => {
    const folder = tempFolder();
    await (await start(folder, [{ signer: keyA }])).close();
    for (const other of [logKey('log.example/a', 9), logKey('log.example/other', 1)]) {
      const elsewhere = tempFolder();
      for (const file of ['0.db']) copyFileSync(join(folder, file), join(elsewhere, file));
      await expectRefusal(start(elsewhere, [{ signer: other }]), /holds the log "log.example\/a"/);
    }
  });

  it('with a key that is not a log key', async () => {
    const witnessKey = newKey('witness.example/w', KEY_TYPES.cosignatureEd25519);
    await expectRefusal(start(tempFolder(), [{ signer: witnessKey }]), /is not a log key/);
  });

  it('with a policy that is missing, malformed or of another log', async () => {
    await expectRefusal(start(tempFolder(), [{ signer: keyA, policy: 'no.txt' }]), /policy/);
    for (const [text, reason] of [
      ['quorum', /is not a policy/],
      [`log ${keyB.verifier.text}\nquorum none\n`, /does not list this log; add the line "log /],
    ] as const) {
      const folder = tempFolder();
      writeFileSync(join(folder, 'other.txt'), text);
      await expectRefusal(start(folder, [{ signer: keyA, policy: 'other.txt' }]), reason);
    }
  });

  it('on a port that is taken, and gives the database up again', async () => {
    const first = await startTestLog();
    const port = Number(new URL(first.url).port);
    const folder = tempFolder();
    const options = { folder, key: keyA, settings: { listen: { port } } };
    writeSignerKey(join(folder, 'log.key'), keyA);
    await expectRefusal(startTestLog(options), /the port is already in use/);
    await first.close();
    await (await startTestLog(options)).close();
  });

  it.each([
    ['an unknown key', { logz: [] }],
    ['no log', { logs: [] }],
    ['a path without its slash', { path: 'x' }],
    ['a path with a slash at the end', { path: '/x/' }],
    ['an entry type that nobody knows', { entry_types: ['receipt'] }],
    ['an interval of zero', { checkpoint: { interval_ms: 0 } }],
  ])('with %s in its configuration', async (_, change) => {
    const isLogKey = !('logz' in change || 'logs' in change);
    const log = { key: 'a', database: 'b', policy: 'c', ...(isLogKey ? change : {}) };
    const text = JSON.stringify({ logs: [log], ...(isLogKey ? {} : change) });
    expect(() => parseConfig(text, '/tmp/x.yaml', logServerConfigSchema)).toThrow(ConfigError);
  });
});

describe('a second start', () => {
  it('continues the tree, knows every entry, and signs nothing twice', async () => {
    const receipts = Array.from({ length: 5 }, () => freshReceipt());
    const first = await startTestLog();
    const url = (server: LogServer) => `${server.url}/v1/log/entries?wait=proof`;
    for (const receipt of receipts) await submittedOf(await post(url(first), receipt));
    const signedBefore = await first.logs[0]!.store.signedAfter(-1, 100);
    await first.close();
    const before = readFileSync(join(first.folder, 'log.db')).length;
    expect(before).toBeGreaterThan(0);

    const second = await startTestLog({ folder: first.folder, key: first.key });
    const log = second.logs[0]!;
    expect(log.published?.size).toBe(5);
    for (const [i, receipt] of receipts.entries()) {
      const again = await submittedOf(await post(url(second), receipt));
      expect([again.leaf_index, again.duplicate]).toEqual([i, true]);
    }
    const next = await submittedOf(await post(url(second), freshReceipt()));
    expect(next.leaf_index).toBe(5);
    const signed = await log.store.signedAfter(-1, 100);
    expect(signed.slice(0, -1)).toEqual(signedBefore);
    expect(signed.at(-1)?.size).toBe(6);
    await expectLogSound(log);
    await second.close();
  });

  it('shows a size-0 checkpoint before the first entry', async () => {
    const server = await startTestLog();
    await until(() => server.logs[0]!.published !== undefined);
    const sth = await getJson(`${server.url}/v1/log/sth`);
    expect(sth).toMatchObject({ tree_size: 0, cosignatures: [] });
    const consistency = await getJson(`${server.url}/v1/log/consistency?from=0`);
    expect(consistency).toEqual({ from: 0, to: 0, hashes: [] });
    await expectLogSound(server.logs[0]!);
    await server.close();
  });
});
