import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { parse } from 'yaml';
import { MAX_BASE_PORT, MAX_WITNESSES, portsOf } from '#cli/lib/layout.ts';
import { describeEnd } from '#cli/network/child.ts';
import { namedRoles, stopRoles } from '#cli/network/control.ts';
import { lastWords } from '#cli/network/last-words.ts';
import {
  everyRole,
  findNetwork,
  moveUrls,
  newPorts,
  openNetwork,
  setListenPort,
} from '#cli/network/network.ts';
import { OutputReader } from '#cli/network/output-files.ts';
import { takePlace } from '#cli/network/place.ts';
import {
  claimRunState,
  readRunState,
  tryLock,
  waitForOrphans,
  writeRunState,
} from '#cli/network/run-state.ts';
import { finishPutting, putFiles } from '#cli/network/staging.ts';
import { Supervisor } from '#cli/network/supervisor.ts';
import { isQuorumMet } from '#protocol/policy/policy.ts';
import { DatabaseLock } from '#service/database-lock.ts';
import { PassingError } from '#service/errors.ts';
import { isAlive } from '#service/is-alive.ts';
import { databaseExists } from '#service/sqlite.ts';
import { durabilityOf } from '#test/support/durability.ts';
import { tempFile, tempFolder } from '#test/support/temp.ts';
import { until } from '#test/support/wait.ts';

describe('openNetwork', () => {
  it('makes a network in which both keys of a majority of the witnesses are a quorum', async () => {
    const network = await openNetwork({ data: tempFolder(), port: 9000 });
    const { policy } = network;
    expect(everyRole(network).map(({ url }) => url)).toEqual(
      [9000, 9011, 9012, 9013, 9020, 9030].map((port) => `http://127.0.0.1:${port}`),
    );
    const met = (...names: string[]) => isQuorumMet(policy, new Set(names));
    expect(met('witness-1-ed', 'witness-1-pq', 'witness-3-ed', 'witness-3-pq')).toBe(true);
    expect(met('witness-1-ed', 'witness-1-pq', 'witness-2-ed', 'witness-3-ed')).toBe(false);
    expect(met('witness-2-ed', 'witness-2-pq')).toBe(false);
  });

  it('makes as many witnesses as asked for, each knowing all the others', async () => {
    for (const count of [1, 2, MAX_WITNESSES]) {
      const { witnesses, monitor } = await openNetwork({ data: tempFolder(), witnesses: count });
      expect(witnesses).toHaveLength(count);
      for (const { config, url } of witnesses) {
        const { peers, monitors } = parse(readFileSync(config, 'utf8'));
        const others = witnesses.map((witness) => witness.url).filter((other) => other !== url);
        expect(peers.map((peer: { url: string }) => peer.url)).toEqual(others);
        expect(monitors).toEqual([{ url: monitor.url }]);
      }
    }
  });

  it('gives two networks different names and keys', async () => {
    const origins = await Promise.all(
      [1, 2].map(async () => (await openNetwork({ data: tempFolder() })).policy.logs[0]!.key.name),
    );
    expect(new Set(origins).size).toBe(2);
  });

  it('makes an explorer for a network that has none, when it is opened and not when it is looked at', async () => {
    const data = tempFolder();
    const { log } = await openNetwork({ data, port: 9000 });
    const before = readFileSync(log.config, 'utf8');
    for (const [port, expected] of [
      [undefined, 9030],
      [9500, 9530],
    ] as const) {
      rmSync(join(data, 'explorer'), { recursive: true });
      expect(await findNetwork(data)).toMatchObject({ explorer: undefined });
      const options = { data, ...(port !== undefined && { port }) };
      expect((await newPorts(options))!.get('explorer')).toBe(expected);
      const { explorer, monitor, log: moved } = await openNetwork(options);
      expect(explorer!.port).toBe(expected);
      expect(parse(readFileSync(explorer!.config, 'utf8'))).toMatchObject({
        logs: [{ url: moved.url, policy: '../policy.txt' }],
        monitor: monitor.url,
      });
      if (port === undefined) expect(readFileSync(log.config, 'utf8')).toBe(before);
    }
    expect(await newPorts({ data })).toBeUndefined();
  });

  it('opens again what it made, without changing a byte', async () => {
    const data = tempFolder();
    const { policyPath, log } = await openNetwork({ data, port: 9000 });
    const before = [policyPath, log.config].map((path) => readFileSync(path, 'utf8'));
    await openNetwork({ data });
    await openNetwork({ data, port: 9000, witnesses: 3 });
    expect([policyPath, log.config].map((path) => readFileSync(path, 'utf8'))).toEqual(before);
  });

  it('moves to overlapping ports completely, and keeps comments and edits', async () => {
    const data = tempFolder();
    const { witnesses } = await openNetwork({ data, port: 9000 });
    const config = witnesses[0]!.config;
    writeFileSync(config, `# mine\n${readFileSync(config, 'utf8').replace('1000', '2500')}`);
    // 9011 was the first witness and becomes the log: each URL must move once, and only once.
    const moved = await openNetwork({ data, port: 9011 });
    expect(moved.log.url).toBe('http://127.0.0.1:9011');
    expect(moved.policy.witnesses.map(({ url }) => url)).toEqual(
      [9022, 9022, 9023, 9023, 9024, 9024].map((port) => `http://127.0.0.1:${port}`),
    );
    const text = readFileSync(config, 'utf8');
    expect(text).toMatch(/^# mine\n/);
    expect(parse(text)).toMatchObject({
      listen: { port: 9022 },
      logs: [{ url: 'http://127.0.0.1:9011' }],
      cross_check: { interval_ms: 2500 },
    });
  });

  it('makes databases with the keys or not at all, and never again', async () => {
    const data = tempFolder();
    const { log, witnesses } = await openNetwork({ data });
    const databases = [
      join(data, 'log/log.db'),
      ...witnesses.map(({ name }) => join(data, name, 'witness.db')),
    ];
    expect(databases.every(databaseExists)).toBe(true);
    for (const path of databases) {
      const bytes = readFileSync(path);
      rmSync(path);
      await expect(openNetwork({ data })).rejects.toThrow(/is missing or empty, .*--init"\.$/);
      expect(existsSync(path)).toBe(false);
      writeFileSync(path, bytes);
    }
    expect((await openNetwork({ data })).log).toEqual(log);
    // Interrupted after the databases were made, and before anything was in place.
    const other = tempFolder();
    mkdirSync(join(other, '.setup'));
    cpSync(join(data, 'log'), join(other, '.setup/log'), { recursive: true });
    const fresh = await openNetwork({ data: other });
    expect(fresh.log.url).toBe(log.url);
    const key = (folder: string) => readFileSync(join(folder, 'log/log.key'), 'utf8');
    expect(key(other)).not.toBe(key(data));
  });

  it('opens a network that was made when its group was called "quorum"', async () => {
    const data = tempFolder();
    const { policyPath } = await openNetwork({ data });
    const policy = readFileSync(policyPath, 'utf8');
    expect(policy).toMatch(/^group majority 2 .*\nquorum majority$/m);
    writeFileSync(policyPath, policy.replace(/majority/g, 'quorum'));
    expect((await openNetwork({ data })).policy.quorum).toBe('quorum');
  });

  it('never touches files of a folder that holds something else', async () => {
    const data = tempFolder();
    mkdirSync(join(data, 'log'));
    writeFileSync(join(data, 'log/log.key'), 'precious');
    await expect(openNetwork({ data })).rejects.toMatchObject({ exitCode: 2 });
    expect(readFileSync(join(data, 'log/log.key'), 'utf8')).toBe('precious');
  });
});

describe('putFiles', () => {
  it('can be interrupted between any two files and is finished by the next start', async () => {
    const files = ['a/one', 'a/two', 'b/three', 'four'];
    for (let done = 0; done <= files.length; done++) {
      const data = tempFolder();
      const stage = join(data, '.setup');
      for (const path of [...files, 'network.json']) {
        const isDone = files.indexOf(path) >= 0 && files.indexOf(path) < done;
        const target = join(isDone ? data : stage, path);
        mkdirSync(join(target, '..'), { recursive: true });
        writeFileSync(target, path);
      }
      await finishPutting(data);
      for (const path of files) expect(readFileSync(join(data, path), 'utf8')).toBe(path);
      expect(existsSync(stage)).toBe(false);
    }
  });

  it('syncs every file before it is put into place, and its folder after that', async () => {
    const data = tempFolder();
    const file = { path: 'log/log.key', content: 'key', mode: 0o600 };
    expect(await durabilityOf(() => putFiles(data, [file], 'marker'))).toEqual([
      'sync log.key',
      'sync log',
      'sync log',
      'sync network.json.new',
      'sync .setup',
      'rename network.json',
      'sync .setup',
      'rename log.key',
      'sync log',
      'rename network.json',
      `sync ${basename(data)}`,
    ]);
  });

  it('replaces files and keeps the others', async () => {
    const data = tempFolder();
    writeFileSync(join(data, 'kept'), 'kept');
    writeFileSync(join(data, 'new'), 'old');
    await putFiles(data, [{ path: 'new', content: 'new', mode: 0o600 }], 'marker');
    expect(['kept', 'new', 'network.json'].map((n) => readFileSync(join(data, n), 'utf8'))).toEqual(
      ['kept', 'new', 'marker'],
    );
  });
});

describe('portsOf', () => {
  it('never gives two roles one port, nor a port that does not exist', () => {
    const base = fc.integer({ min: 1, max: MAX_BASE_PORT });
    const witnesses = fc.integer({ min: 1, max: MAX_WITNESSES });
    fc.assert(
      fc.property(base, witnesses, (port, count) => {
        const ports = [...portsOf(port, count).values()];
        expect(new Set(ports).size).toBe(count + 3);
        expect(Math.max(...ports)).toBeLessThanOrEqual(65_535);
      }),
    );
  });
});

describe('moving ports', () => {
  it('changes URLs of this machine whose port moves, and nothing that looks like them', () => {
    const moved = new Map([[8400, 9400]]);
    const text = 'http://127.0.0.1:8400/x http://127.0.0.1:84001 http://10.0.0.1:8400 port 8400';
    expect(moveUrls(text, moved)).toBe(text.replace(':8400/x', ':9400/x'));
  });

  it('sets the port of a configuration that has no listen section', () => {
    expect(parse(setListenPort('database: x # mine\n', 5))).toEqual({
      database: 'x',
      listen: { port: 5 },
    });
  });
});

describe('run state', () => {
  it('knows a running "up" by its lock, whatever the file says', () => {
    const data = tempFolder();
    const state = { pid: process.pid, sinceMs: 1, ready: true, roles: [] };
    writeRunState(data, state);
    const lock = tryLock(data);
    expect(lock).toBeDefined();
    expect(tryLock(data)).toBeUndefined();
    lock!.release();
    expect(readRunState(data)).toEqual(state);
    expect(isAlive(process.pid)).toBe(true);
  });

  it('does not take a process that has ended for a running one, collected or not', async () => {
    const shell = spawn('sh', ['-c', 'sleep 0 & echo $!; exec sleep 600']);
    onTestFinished(() => void shell.kill('SIGKILL'));
    const [line] = await once(shell.stdout, 'data');
    await until(() => !isAlive(Number(String(line))));
    expect(isAlive(shell.pid!)).toBe(true);
  });

  it('reads what an "up" wrote that was older, and asks nothing of it that it does not know', async () => {
    const data = tempFolder();
    await openNetwork({ data });
    const names = ['witness-1', 'witness-2', 'witness-3', 'log'];
    const write = (children: readonly string[]): void => {
      const pids = children.map((name) => ({ name, pid: process.pid }));
      const text = JSON.stringify({ pid: process.pid, children: pids });
      writeFileSync(join(data, 'run.json'), `${text}\n`);
    };
    write(names);
    expect(readRunState(data)).toMatchObject({ pid: process.pid, ready: false });
    write([...names, 'monitor']);
    const state = readRunState(data)!;
    expect(state.ready).toBe(true);
    expect(state.roles.map(({ name }) => name)).toEqual([...names, 'monitor']);
    expect(state.roles[0]).toMatchObject({ state: 'running', pid: process.pid });
    const lock = tryLock(data)!;
    onTestFinished(() => lock.release());
    const asked = stopRoles(data, namedRoles(data, ['witness-2']));
    await expect(asked).rejects.toThrow(/older version .* down.* up/);
    expect(existsSync(join(data, 'witness-2/request'))).toBe(false);
  });

  it('names the process that has the lock from the first moment, and tells what another left', async () => {
    const data = tempFolder();
    expect(claimRunState(data)).toEqual([]);
    expect(readRunState(data)).toMatchObject({ pid: process.pid, ready: false, roles: [] });
    const role = { name: 'log', state: 'running', pid: 4242, sinceMs: 1, restarts: 0 } as const;
    writeRunState(data, { pid: 4241, sinceMs: 1, ready: true, roles: [role] });
    expect(claimRunState(data)).toEqual([role]);
    expect(readRunState(data)).toMatchObject({ pid: process.pid, ready: false });
  });

  it.runIf(process.platform === 'linux')(
    'does not take another program for what is left of an "up", whose process id it has now',
    async () => {
      const role = { state: 'running', sinceMs: 1, restarts: 0 } as const;
      const nobody = new AbortController().signal;
      const startedMs = performance.now();
      await waitForOrphans([{ ...role, name: 'log', pid: process.pid }], 600_000, nobody);
      expect(performance.now() - startedMs).toBeLessThan(300_000);
      const args = ['-c', 'read line', '/somewhere/witness-1/witness.yaml'];
      const orphan = spawn('sh', args);
      onTestFinished(() => void orphan.kill('SIGKILL'));
      await once(orphan, 'spawn');
      let hasEnded = false;
      const roles = [{ ...role, name: 'witness-1', pid: orphan.pid! }];
      const waiting = waitForOrphans(roles, 600_000, nobody).then(() =>
        expect(hasEnded).toBe(true),
      );
      hasEnded = orphan.kill('SIGKILL');
      await waiting;
    },
  );

  it('reads nothing out of a damaged file', () => {
    for (const text of ['', '{', '{}', '{"pid":1,"roles":[]}', '{"pid":"7","roles":[]}']) {
      const data = tempFolder();
      writeFileSync(join(data, 'run.json'), text);
      expect(readRunState(data)).toBeUndefined();
    }
  });
});

describe('a process that cannot even be started', () => {
  it('is dead anew each time, so that whoever asked for it hears so', () => {
    const clock = vi.useFakeTimers({ toFake: ['Date'] });
    onTestFinished(() => void clock.useRealTimers());
    const supervisor = new Supervisor(() => undefined);
    supervisor.keep({ mayRestart: false, onEnd: () => undefined });
    const folder = tempFolder();
    const role = { name: 'witness-1', kind: 'witness', config: folder, output: folder } as const;
    supervisor.start(role);
    const first = supervisor.states[0]!;
    expect(first).toMatchObject({ state: 'dead', reason: expect.stringContaining(folder) });
    clock.setSystemTime(first.sinceMs + 5000);
    supervisor.start(role);
    expect(supervisor.states[0]).toMatchObject({ state: 'dead', sinceMs: first.sinceMs + 5000 });
  });
});

describe('what stands beside a network', () => {
  it('keeps none from running where there is no room for it', () => {
    const acquire = vi.spyOn(DatabaseLock, 'acquire').mockImplementation(() => {
      throw new PassingError('The disk is full.');
    });
    onTestFinished(() => acquire.mockRestore());
    expect(takePlace(tempFolder())).toBeUndefined();
    expect(acquire).toHaveBeenCalled();
  });

  it('is named where it cannot be read', () => {
    const path = join(tempFile('file', ''), 'log.log');
    const reader = new OutputReader({ name: 'log', path });
    expect(() => reader.last(1)).toThrow(
      `Cannot read ${path}: a part of the path is not a folder.`,
    );
    expect(new OutputReader({ name: 'log', path: '/nonexistent' }).last(1)).toEqual([]);
  });
});

describe('why a process ended', () => {
  it('is the last sentence it printed or fatal error it logged, after it was started', () => {
    const text = [
      'tecp: an earlier start failed.',
      '{"level":"info","msg":"ready"}',
      '{"level":"fatal","err":{"message":"disk is full"},"msg":"cannot go on"}',
      '{"level":"error","msg":"not a reason"}',
      '    at some/stack.ts:1',
    ].join('\n');
    const path = tempFile('role.log', `${text}\n`);
    expect(lastWords(path, 0)).toBe('cannot go on: disk is full');
    expect(lastWords(path, text.indexOf('{"level":"error"'))).toBeUndefined();
    expect(lastWords(tempFile('x.log', 'tecp: the port is taken.\n'), 0)).toBe(
      'the port is taken.',
    );
    expect(lastWords(tempFile('empty.log', ''), 0)).toBeUndefined();
    expect(lastWords(join(tempFolder(), 'removed.log'), 0)).toBeUndefined();
    expect(lastWords(tempFolder(), 0)).toBeUndefined();
  });

  it('is told with the name, and how it ended', () => {
    const end = { name: 'witness-2', code: null, signal: null, reason: undefined };
    expect(describeEnd({ ...end, signal: 'SIGKILL' })).toBe(
      'witness-2 ended unexpectedly (killed by SIGKILL).',
    );
    expect(describeEnd({ ...end, code: 1, reason: 'disk is full.' })).toBe(
      'witness-2 ended unexpectedly (exit code 1): disk is full.',
    );
  });
});
