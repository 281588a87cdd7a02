/** Real processes: signals, exit codes and parents cannot be tried inside the test's own process. */
import { type ChildProcess, type StdioOptions, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { sleep } from '#service/schedule.ts';

const BUSY_THREAD = new URL('../../support/busy-thread.ts', import.meta.url).href;
const WITHOUT_SODIUM = join(import.meta.dirname, '../../support/without-sodium.ts');

const PRELUDE = `
  import { setTimeout as pause } from 'node:timers/promises';
  import { runService } from '#service/lifecycle.ts';
  import { createLogger } from '#service/logging.ts';
  const logger = createLogger({ name: 'test' });
  const say = (text) => process.stdout.write(text + '\\n');
  const run = (start, options) => runService(start, { logger, ...options });
  const service = (close) => async () => (say('up'), setInterval(() => {}, 1e6), { close });
`;

interface RoleOptions {
  readonly ipc?: boolean;
  /** Of Node.js. */
  readonly options?: readonly string[];
}

class Role {
  readonly child: ChildProcess;
  output = '';
  readonly #ended: Promise<unknown>;

  constructor(script: string, { ipc = false, options = [] }: RoleOptions = {}) {
    const args = [...options, '--input-type=module', '-e', PRELUDE + script];
    const stdio: StdioOptions = ['ignore', 'pipe', 'pipe', ...(ipc ? (['ipc'] as const) : [])];
    this.child = spawn(process.execPath, args, { stdio });
    const streams = [this.child.stdout!, this.child.stderr!];
    for (const stream of streams) {
      stream.on('data', (chunk) => {
        this.output += chunk;
      });
    }
    // Not 'close', which never comes after an IPC channel was disconnected.
    this.#ended = Promise.all([once(this.child, 'exit'), ...streams.map((s) => once(s, 'end'))]);
  }

  async until(text: string): Promise<void> {
    while (!this.output.includes(text)) {
      if (this.child.exitCode !== null) throw new Error(`ended early: ${this.output}`);
      await sleep(10);
    }
  }

  /** Its exit code, when all that it said has been read. */
  async exit(): Promise<number | null> {
    await this.#ended;
    return this.child.exitCode;
  }
}

describe('a role process', () => {
  it.each(['SIGTERM', 'SIGINT', 'SIGHUP'] as const)(
    'drains once on %s and exits with 0',
    async (signal) => {
      const role = new Role(
        "await run(service(async () => { await pause(100); say('drained'); }));",
      );
      await role.until('up');
      role.child.kill(signal);
      expect(await role.exit()).toBe(0);
      expect(role.output.match(/drained/g)).toHaveLength(1);
    },
  );

  it('ends at once on a second signal', async () => {
    const role = new Role('await run(service(() => new Promise(() => {})));');
    await role.until('up');
    role.child.kill('SIGTERM');
    await role.until('stopping');
    role.child.kill('SIGTERM');
    expect(await role.exit()).toBe(143);
  });

  it('exits with 1 when draining takes too long', async () => {
    const role = new Role(
      'await run(service(() => new Promise(() => {})), { closeTimeoutMs: 50 });',
    );
    await role.until('up');
    role.child.kill('SIGTERM');
    expect(await role.exit()).toBe(1);
    expect(role.output).toContain('not closed within 50 ms');
  });

  it('exits with 1 when it is told to stop, and its start takes too long', async () => {
    const role = new Role(
      "setInterval(() => {}, 1e6); say('up'); await run(() => new Promise(() => {}), { closeTimeoutMs: 50 });",
    );
    await role.until('up');
    role.child.kill('SIGTERM');
    expect(await role.exit()).toBe(1);
    expect(role.output).toContain('not closed within 50 ms');
  });

  it('exits with 1 when draining fails', async () => {
    const role = new Role("await run(service(async () => { throw new Error('stuck'); }));");
    await role.until('up');
    role.child.kill('SIGTERM');
    expect(await role.exit()).toBe(1);
    expect(role.output).toContain('stuck');
  });

  it.each([
    ['a fatal error', "await run(async (host) => host.fatal(new Error('disk gone')));"],
    [
      'an uncaught exception',
      "setTimeout(() => { throw new Error('disk gone'); }, 50); await run(service());",
    ],
    [
      'an unhandled rejection',
      "setTimeout(() => Promise.reject(new Error('disk gone')), 50); await run(service());",
    ],
  ])('logs %s and exits with 1', async (_, script) => {
    const role = new Role(script);
    expect(await role.exit()).toBe(1);
    expect(role.output).toMatch(/"level":"fatal".*disk gone/);
  });

  it.each([
    ['', 0],
    [', and not only those that these have started', 3],
  ])('ends with its exit code once its threads are out of native code%s', async (_, others) => {
    const role = new Role(`
      import { startThread } from '#service/threads.ts';
      // Without the flags of this process, as these hold the program that it began with.
      const options = { execArgv: [], workerData: { others: ${others} } };
      const thread = startThread(new URL(${JSON.stringify(BUSY_THREAD)}), options);
      await run((host) => {
        thread.on('message', () => host.fatal(new Error('disk gone')));
        return service()();
      });`);
    expect(await role.exit()).toBe(1);
    expect(role.output).toMatch(/"level":"fatal".*disk gone/);
    expect(role.output).toContain('thread: done');
  });

  it('hands an error at the start to its caller', async () => {
    const role = new Role(
      "await run(async () => { throw new Error('bad config'); }).catch((e) => { say(e.message); process.exitCode = 2; });",
    );
    expect(await role.exit()).toBe(2);
    expect(role.output).toBe('bad config\n');
  });

  it('obeys a signal that comes while it starts, once it has started', async () => {
    const role = new Role(
      "await run(async () => { say('starting'); await pause(200); return { close: async () => say('drained') }; });",
    );
    await role.until('starting');
    role.child.kill('SIGTERM');
    expect(await role.exit()).toBe(0);
    expect(role.output).toContain('drained');
  });

  it('drains when the process that started it is gone', async () => {
    const role = new Role("await run(service(async () => say('drained')));", { ipc: true });
    await role.until('up');
    role.child.disconnect();
    expect(await role.exit()).toBe(0);
    expect(role.output).toContain('drained');
  });

  it.each([
    ['is quiet about its cryptography', [], 0],
    ['warns once where sodium-native does not load', ['--import', WITHOUT_SODIUM], 1],
  ])('%s', async (_, options, warnings) => {
    const role = new Role("await run(service(async () => say('drained')));", { options });
    await role.until('up');
    role.child.kill('SIGTERM');
    expect(await role.exit()).toBe(0);
    expect(role.output.match(/"level":"warn".*sodium-native/g) ?? []).toHaveLength(warnings);
  });
});
