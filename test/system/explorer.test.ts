/**
 * `tecp explorer` as operators run it: killed while it reads, with a log that forks under it. What it lets people
 * search is always what the log has signed.
 */
import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import type { LogProgress } from '#explorer/index/search-index.ts';
import { openSqliteReader } from '#explorer/index/sqlite/reader.ts';
import { equalBytes } from '#protocol/bytes.ts';
import { entryTypes } from '#protocol/entry/registry.ts';
import { FakeLog, FakeTree } from '#test/support/fake-log.ts';
import { tryGet } from '#test/support/network.ts';
import { freeBasePort } from '#test/support/ports.ts';
import { ROOT, releaseAtEnd, runTecp, TestProcess } from '#test/support/processes.ts';
import { tempFolder } from '#test/support/temp.ts';
import { until } from '#test/support/wait.ts';

const TYPES = { types: entryTypes(['tecp-receipt']) };
const MAIN = join(ROOT, 'cli/main.ts');
const DYING_THREADS = join(ROOT, 'test/support/dying-threads.ts');
const LARGE = 20_000;

async function newLog(size: number): Promise<FakeLog> {
  const log = await new FakeLog('log.example').start();
  onTestFinished(() => log.close());
  log.tree.append(size);
  log.note = log.sign();
  return log;
}

const bundlesAsked = (log: FakeLog) =>
  log.requests.filter((path) => path.startsWith('tile/entries/')).length;

class Explorer {
  readonly database: string;
  readonly #process: TestProcess;
  readonly #url: string;

  private constructor(database: string, url: string, args: readonly string[]) {
    this.database = database;
    this.#url = url;
    this.#process = new TestProcess({ name: 'explorer', args: [MAIN, 'explorer', ...args] });
    releaseAtEnd(() => [this.#process]);
  }

  /** By flags, on a folder of its own. */
  static async of(log: FakeLog): Promise<Explorer> {
    const database = join(tempFolder(), 'explorer.db');
    const address = `127.0.0.1:${await freeBasePort()}`;
    const trust = ['--log', log.url, '--vkey', log.key.verifier.text];
    const args = [...trust, '--database', database, '--listen', address];
    return new Explorer(database, `http://${address}`, args);
  }

  async start(env: Readonly<Record<string, string>> = {}): Promise<void> {
    this.#process.start(env);
    await this.#process.until(async () => (await tryGet(`${this.#url}/healthz`)) !== undefined);
  }

  get ended() {
    return this.#process.ended;
  }

  /** What it wrote last. */
  get lines(): readonly string[] {
    return this.#process.lines;
  }

  signal(signal: NodeJS.Signals): void {
    process.kill(this.#process.pid!, signal);
  }

  async kill(): Promise<void> {
    await this.#process.stop('SIGKILL');
  }

  async stop() {
    return await this.#process.stop();
  }

  /** A metric of the log, by its name and further labels. */
  async metric(name: string, labels = ''): Promise<number | undefined> {
    const text = (await tryGet(`${this.#url}/metrics`)) ?? '';
    const line = `tecp_explorer_${name}{log="log.example"${labels}} `;
    const found = text.split('\n').find((one) => one.startsWith(line));
    return found === undefined ? undefined : Number(found.slice(line.length));
  }

  async isIn(state: string): Promise<boolean> {
    return (await this.metric('log_state', `,state="${state}"`)) === 1;
  }

  /** Entries that are in the index, shown or not. */
  async kept(): Promise<number> {
    return (await this.#progress())!.size;
  }

  /** Size of the tree that readers are shown. */
  async shown(): Promise<number | undefined> {
    return (await this.#progress())?.confirmed?.size;
  }

  async #progress(): Promise<LogProgress | undefined> {
    const reader = openSqliteReader(this.database, TYPES);
    const [log] = await reader.logs();
    await reader.close();
    return log;
  }

  /** Whether readers are shown all of this tree, and nothing else. */
  async shows(tree: FakeTree): Promise<boolean> {
    const reader = openSqliteReader(this.database, TYPES);
    try {
      const [log] = await reader.logs();
      if (log?.confirmed === undefined || !equalBytes(log.confirmed.root, tree.root()))
        return false;
      for (let from = 0; from < tree.size; from += 256) {
        const entries = await reader.entries('log.example', from, Math.min(tree.size, from + 256));
        expect(entries.every((entry, i) => equalBytes(entry, tree.entries[from + i]!))).toBe(true);
      }
      return true;
    } finally {
      await reader.close();
    }
  }

  async evidence(): Promise<Uint8Array[]> {
    const reader = openSqliteReader(this.database, TYPES);
    const [log] = await reader.logs();
    const found = await Promise.all(log!.evidence.map((id) => reader.evidence(id)));
    await reader.close();
    return found.map((item) => item!.document);
  }
}

it('killed in the middle, an explorer goes on where it was', async () => {
  const log = await newLog(LARGE);
  log.overrides.set('tile/entries/070', 'hang');
  const explorer = await Explorer.of(log);
  await explorer.start();
  await until(async () => ((await explorer.metric('entries')) ?? 0) >= 16_384);
  await explorer.kill();
  const kept = await explorer.kept();
  expect(kept).toBeGreaterThan(4000);
  expect(await explorer.shown()).toBeUndefined();
  log.overrides.clear();
  log.requests.splice(0);
  log.tree.append(1000);
  log.note = log.sign();
  await explorer.start();
  await until(() => explorer.shows(log.tree));
  expect(bundlesAsked(log)).toBe(Math.ceil(log.tree.size / 256) - Math.floor(kept / 256));
  expect(await explorer.stop()).toEqual({ code: 0, signal: null });
});

it('killed at any moment, again and again, it shows nothing or all of what the log signed', async () => {
  const log = await newLog(LARGE);
  const explorer = await Explorer.of(log);
  let kills = 0;
  for (let bundles = 1; ; bundles += 20) {
    log.requests.splice(0);
    await explorer.start();
    await until(async () => bundlesAsked(log) >= bundles || (await explorer.isIn('current')));
    const isDone = await explorer.isIn('current');
    await explorer.kill();
    if ((await explorer.shown()) !== undefined) expect(await explorer.shows(log.tree)).toBe(true);
    if (isDone) break;
    kills++;
  }
  expect(kills).toBeGreaterThan(1);
  expect(await explorer.shows(log.tree)).toBe(true);
});

it('freezes a log that forks under it, keeps what it has and the proof, and asks it no more', async () => {
  const log = await newLog(700);
  const explorer = await Explorer.of(log);
  await explorer.start();
  await until(() => explorer.isIn('current'));
  const honest = log.tree;
  log.tree = new FakeTree().append(600).append(200, 'forked');
  log.note = log.sign();
  await until(() => explorer.isIn('frozen'));
  await explorer.kill();
  log.requests.splice(0);
  await explorer.start();
  await until(() => explorer.isIn('frozen'));
  expect(await explorer.shows(honest)).toBe(true);
  expect(await explorer.metric('evidence')).toBe(1);
  const [evidence] = await explorer.evidence();
  const file = join(tempFolder(), 'fork.tecp-evidence.json');
  writeFileSync(file, evidence!);
  const verdict = await runTecp(['evidence', 'verify', file]);
  expect(verdict).toMatchObject({ code: 0, stdout: expect.stringContaining('PROVEN') });
  expect(await explorer.stop()).toEqual({ code: 0, signal: null });
  expect(log.requests).toEqual([]);
});

it('convicts a log that goes back to another tree, and not one that only goes back', async () => {
  const log = await newLog(700);
  const explorer = await Explorer.of(log);
  await explorer.start();
  await until(() => explorer.isIn('current'));
  const honest = log.tree;
  log.tree = new FakeTree().append(650);
  log.note = log.sign();
  await until(() => explorer.isIn('trouble'));
  expect(await explorer.metric('trouble', ',kind="went-back"')).toBe(1);
  expect(await explorer.metric('evidence')).toBe(0);
  // Whoever it is does not show any of the tree that was indexed.
  log.tree = new FakeTree().append(600).append(50, 'forked');
  log.note = log.sign();
  await until(() => explorer.isIn('frozen'));
  expect(await explorer.evidence()).toHaveLength(1);
  expect(await explorer.shows(honest)).toBe(true);
});

it('makes an index again that was removed', async () => {
  const log = await newLog(700);
  const explorer = await Explorer.of(log);
  await explorer.start();
  await until(() => explorer.shows(log.tree));
  await explorer.kill();
  for (const end of ['', '-wal', '-shm']) rmSync(`${explorer.database}${end}`, { force: true });
  await explorer.start();
  await until(() => explorer.shows(log.tree));
});

it.each([
  ['search', 'a search thread failed'],
  ['indexer', 'the indexer failed'],
])(
  'ends with code 1 and says why when its %s thread dies, and goes on when it is started again',
  async (thread, why) => {
    const log = await newLog(700);
    const explorer = await Explorer.of(log);
    await explorer.start({ NODE_OPTIONS: `--import ${DYING_THREADS}`, TECP_TEST_THREAD: thread });
    await until(() => explorer.isIn('current'));
    explorer.signal('SIGUSR2');
    expect(await explorer.ended).toEqual({ code: 1, signal: null });
    const said = explorer.lines.findLast((line) => line.includes('"level":"fatal"'));
    expect(said).toContain(why);
    log.tree.append(300);
    log.note = log.sign();
    await explorer.start();
    await until(() => explorer.shows(log.tree));
    expect(await explorer.stop()).toEqual({ code: 0, signal: null });
  },
);

it('refuses what it cannot mean, with exit code 2', async () => {
  const vkey = ['--vkey', new FakeLog().key.verifier.text];
  const database = ['--database', join(tempFolder(), 'explorer.db')];
  const url = ['--log', 'http://127.0.0.1:1'];
  const cases = [
    [...vkey, ...database],
    [...url, ...vkey],
    [...url, ...database],
    [...url, ...database, ...vkey, '--policy', 'policy.txt'],
    [...url, ...database, ...vkey, '--listen', 'here'],
    ['--config', 'explorer.yaml', ...database],
  ];
  for (const args of cases) {
    const refused = await runTecp(['explorer', ...args]);
    expect(refused, args.join(' ')).toMatchObject({ code: 2, stdout: '' });
    expect(refused.stderr).toMatch(/^tecp: [^\n]+\.\n$/);
  }
});
