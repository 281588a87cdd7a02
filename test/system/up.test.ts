import type { ChildProcess } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { describe, expect, it, onTestFinished } from 'vitest';
import { openNetwork } from '#cli/network/network.ts';
import type { ReadyReport } from '#cli/network/report.ts';
import { isRunning } from '#cli/network/run-state.ts';
import { HttpTileSource } from '#client/tile-source.ts';
import { openWithPolicy, parsePolicy } from '#protocol/policy/policy.ts';
import { isAlive } from '#service/is-alive.ts';
import {
  kill,
  resultOf,
  spawnTecp,
  startNetwork,
  stopNetwork,
  tecp,
  untilGone,
} from '#test/support/cli.ts';
import { freeBasePort } from '#test/support/ports.ts';
import { tempFolder } from '#test/support/temp.ts';

interface Running {
  readonly child: ChildProcess;
  readonly report: ReadyReport;
  readonly result: ReturnType<typeof resultOf>;
}

/** `tecp up --json` in the foreground, once it is ready; ended with the test. */
async function up(data: string, args: readonly string[] = []): Promise<Running> {
  const child = spawnTecp(['up', '--data', data, '--json', ...args]);
  onTestFinished(() => void child.kill('SIGKILL'));
  const result = resultOf(child);
  const line = await new Promise<string>((resolve, reject) => {
    createInterface(child.stdout!).once('line', resolve);
    void result.then(({ code, stderr }) => reject(new Error(`exit code ${code}: ${stderr}`)));
  });
  const report = JSON.parse(line) as ReadyReport;
  onTestFinished(() => stopNetwork(report));
  return { child, report, result };
}

function pidsOf({ pids }: ReadyReport): number[] {
  return [pids.up, pids.log, ...pids.witnesses, pids.monitor, pids.explorer!];
}

async function checkpointOf(report: ReadyReport) {
  const policy = parsePolicy(readFileSync(report.policy, 'utf8'));
  return openWithPolicy(await new HttpTileSource(report.urls.log).checkpoint(), policy);
}

describe('tecp up', () => {
  it('starts separate processes, says one line of JSON when a checkpoint has its quorum, and stops cleanly', async () => {
    const data = join(tempFolder(), 'network');
    const port = await freeBasePort();
    const { child, report, result } = await up(data, ['--port', String(port)]);
    expect(report.urls).toEqual({
      log: `http://127.0.0.1:${port}`,
      witnesses: [11, 12, 13].map((offset) => `http://127.0.0.1:${port + offset}`),
      monitor: `http://127.0.0.1:${port + 20}`,
      explorer: `http://127.0.0.1:${port + 30}`,
    });
    expect(report).toMatchObject({ ready: true, data, policy: join(data, 'policy.txt') });
    expect(new Set(pidsOf(report)).size).toBe(7);
    expect(pidsOf(report).every(isAlive)).toBe(true);
    const { checkpoint, quorumMet } = await checkpointOf(report);
    expect({ size: checkpoint.size, quorumMet }).toEqual({ size: 0, quorumMet: true });
    expect((await fetch(`${report.urls.monitor}/healthz`)).status).toBe(200);
    child.kill('SIGTERM');
    expect(await result).toMatchObject({ code: 0 });
    expect(pidsOf(report).some(isAlive)).toBe(false);
    expect((await result).stdout.toString().trimEnd().split('\n')).toHaveLength(1);
  });

  it('keeps keys to their owner, in a folder that nobody else can enter', async () => {
    const data = join(tempFolder(), 'network');
    const { report } = await up(data, ['--port', String(await freeBasePort())]);
    expect(statSync(report.data).mode & 0o777).toBe(0o700);
    const files = readdirSync(data, { recursive: true, encoding: 'utf8' });
    const keys = files.filter((path) => path.endsWith('.key'));
    expect(keys).toHaveLength(7);
    for (const path of keys) expect(statSync(join(data, path)).mode & 0o777).toBe(0o600);
  });

  it('goes on where it was: same keys, same entries, and the edits of the operator', async () => {
    const data = join(tempFolder(), 'network');
    const first = await up(data, ['--port', String(await freeBasePort()), '--witnesses', '1']);
    const submitted = await tecp([
      'run',
      '--data',
      data,
      '--out',
      join(data, 'r.json'),
      '--',
      'true',
    ]);
    expect(submitted.code).toBe(0);
    first.child.kill('SIGINT');
    expect(await first.result).toMatchObject({ code: 0 });
    const config = join(data, 'log/log.yaml');
    writeFileSync(config, `# mine\n${readFileSync(config, 'utf8')}`);
    const second = await up(data);
    expect(second.report.urls).toEqual(first.report.urls);
    expect((await checkpointOf(second.report)).checkpoint.size).toBe(1);
    expect(readFileSync(config, 'utf8')).toMatch(/^# mine\n/);
  });

  it('moves to another base port when told to, in every file, and still knows its entries', async () => {
    const data = join(tempFolder(), 'network');
    const first = await startNetwork(data, ['--witnesses', '2']);
    const down = await tecp(['down', '--data', data]);
    expect(down).toMatchObject({ code: 0 });
    const port = await freeBasePort();
    const { report } = await up(data, ['--port', String(port)]);
    expect(report.urls.log).toBe(`http://127.0.0.1:${port}`);
    const { origin } = (await checkpointOf(report)).checkpoint;
    expect(readFileSync(report.policy, 'utf8')).toContain(`log ${origin}+`);
    const texts = [
      'policy.txt',
      'log/log.yaml',
      'witness-2/witness.yaml',
      'monitor/monitor.yaml',
      'explorer/explorer.yaml',
    ];
    for (const path of texts) {
      const text = readFileSync(join(data, path), 'utf8');
      for (const url of [first.urls.log, ...first.urls.witnesses]) expect(text).not.toContain(url);
    }
  });

  it('leaves nothing running when it is itself killed, and can be started again at once', async () => {
    const data = join(tempFolder(), 'network');
    const { report } = await up(data, ['--port', String(await freeBasePort())]);
    kill(report.pids.up, 'SIGKILL');
    const again = await up(data);
    expect(pidsOf(report).some(isAlive)).toBe(false);
    expect(again.report.urls).toEqual(report.urls);
  });

  it('detached, returns once ready and runs on until "tecp down", which waits for the end', async () => {
    const data = join(tempFolder(), 'network');
    const report = await startNetwork(data);
    onTestFinished(() => stopNetwork(report));
    expect(pidsOf(report).every(isAlive)).toBe(true);
    const stopped = await tecp(['down', '--data', data]);
    expect(stopped).toMatchObject({ code: 0 });
    expect(pidsOf(report).some(isAlive)).toBe(false);
    expect(await tecp(['down', '--data', data])).toMatchObject({
      code: 0,
      stderr: expect.stringContaining('nothing is running'),
    });
  });

  it('prints a table with what to try next, and "ready" at the end', async () => {
    const data = join(tempFolder(), 'network');
    const port = await freeBasePort();
    const args = ['up', '--data', data, '--port', String(port), '--detach', '--witnesses', '2'];
    const { code, stdout } = await tecp(args);
    onTestFinished(async () => void (await tecp(['down', '--data', data])));
    expect(code).toBe(0);
    const text = stdout.toString();
    expect(text).toMatch(/\nready\n$/);
    for (const word of ['policy.txt', `:${port + 12}`, 'witness-2+', 'tecp run', 'tecp audit']) {
      expect(text).toContain(word);
    }
  });

  it('finishes a first start that was interrupted between two files', async () => {
    const data = join(tempFolder(), 'network');
    await openNetwork({ data, port: await freeBasePort(), witnesses: 1 });
    const policy = readFileSync(join(data, 'policy.txt'), 'utf8');
    // As if the power had gone before the last files were moved into place.
    mkdirSync(join(data, '.setup/monitor'), { recursive: true });
    for (const path of ['monitor/monitor.yaml', 'policy.txt', 'network.json']) {
      renameSync(join(data, path), join(data, '.setup', path));
    }
    const { report } = await up(data);
    expect(readFileSync(report.policy, 'utf8')).toBe(policy);
    expect(existsSync(join(data, '.setup'))).toBe(false);
  });

  it('throws away a first start that was interrupted before anything was in place', async () => {
    const data = tempFolder();
    mkdirSync(join(data, '.setup/log'), { recursive: true });
    writeFileSync(join(data, '.setup/log/log.key'), 'half a key');
    const { report } = await up(data, ['--port', String(await freeBasePort()), '--witnesses', '1']);
    expect((await checkpointOf(report)).quorumMet).toBe(true);
  });
});

describe('tecp up refuses with one sentence and exit code 2', () => {
  const oneSentence = /^tecp: [^\n]+[.?]\n$/;

  it('a taken port, naming it', async () => {
    const port = await freeBasePort();
    const other = createServer().listen(port + 12, '127.0.0.1');
    onTestFinished(() => void other.close());
    const data = join(tempFolder(), 'n');
    const args = ['up', '--data', data, '--port', String(port)];
    for (const mode of [[], ['--detach']]) {
      const { code, stderr } = await tecp([...args, ...mode]);
      expect(code).toBe(2);
      expect(stderr).toMatch(oneSentence);
      expect(stderr).toContain(`Port ${port + 12} on 127.0.0.1, for witness-2, is already in use`);
    }
    expect(existsSync(join(data, 'network.json'))).toBe(false);
  });

  it('a folder that cannot be made', async () => {
    const file = join(tempFolder(), 'file');
    writeFileSync(file, '');
    for (const data of [file, join(file, 'data'), '/proc/tecp']) {
      for (const mode of [[], ['--detach']]) {
        const { code, stderr } = await tecp(['up', '--data', data, ...mode]);
        expect({ data, code }).toEqual({ data, code: 2 });
        expect(stderr).toMatch(oneSentence);
        expect(stderr).toContain(data);
      }
    }
  });

  it('a configuration, policy, key or marker that is damaged, and a folder of somebody else', async () => {
    const data = join(tempFolder(), 'network');
    await openNetwork({ data, port: await freeBasePort() });
    const damage: [path: string, content: string, says: string][] = [
      ['log/log.yaml', 'listen: [', 'log.yaml is not valid YAML'],
      ['witness-1/witness.yaml', 'databse: x\n', 'unknown key "databse"; did you mean "database"?'],
      ['policy.txt', 'quorum what\n', 'policy.txt is not a policy file: line 1'],
      ['log/log.key', 'nonsense\n', 'log.key does not hold one signing key'],
      ['witness-3/witness.db', 'not a database at all, but some text\n', 'witness.db'],
      ['network.json', '{"version":1}', 'network.json is damaged'],
    ];
    for (const [path, content, says] of damage) {
      const before = readFileSync(join(data, path));
      writeFileSync(join(data, path), content);
      const { code, stderr } = await tecp(['up', '--data', data]);
      writeFileSync(join(data, path), before);
      expect({ path, code, stderr }).toEqual({
        path,
        code: 2,
        stderr: expect.stringContaining(says),
      });
      expect(stderr).toMatch(oneSentence);
    }
    rmSync(join(data, 'network.json'));
    const port = String(await freeBasePort());
    const foreign = await tecp(['up', '--data', data, '--port', port]);
    expect(foreign.code).toBe(2);
    expect(foreign.stderr).toContain('choose another folder');
  });

  it('a file that it cannot write what a process says into, and stops what it had started', async () => {
    const data = join(tempFolder(), 'network');
    await openNetwork({ data, port: await freeBasePort(), witnesses: 1 });
    mkdirSync(join(data, 'log/log.log'));
    for (const mode of [[], ['--detach']]) {
      const { code, stderr } = await tecp(['up', '--data', data, ...mode]);
      expect({ code, stderr }).toEqual({ code: 2, stderr: expect.stringContaining('log/log.log') });
      expect(stderr).toMatch(oneSentence);
      expect(isRunning(data)).toBe(false);
    }
  });

  it('another number of witnesses or another port than the network has', async () => {
    const data = join(tempFolder(), 'network');
    const report = await startNetwork(data, ['--witnesses', '2']);
    onTestFinished(() => stopNetwork(report));
    for (const [args, says] of [
      [['--port', '9'], 'stop it first, with "'],
      [['--witnesses', '4'], 'has 2 witnesses'],
    ] as const) {
      const second = await tecp(['up', '--data', data, ...args]);
      expect(second).toMatchObject({ code: 2, stderr: expect.stringContaining(says) });
      expect(second.stderr).toMatch(oneSentence);
    }
    expect(pidsOf(report).every(isAlive)).toBe(true);
    kill(report.pids.up, 'SIGTERM');
    await untilGone(pidsOf(report));
    const other = await tecp(['up', '--data', data, '--witnesses', '4']);
    expect(other).toMatchObject({ code: 2, stderr: expect.stringContaining('has 2 witnesses') });
  });

  it('numbers that make no sense, and "down" where there is no network', async () => {
    for (const args of [
      ['up', '--port', '70000'],
      ['up', '--witnesses', '0'],
      ['up', '--witnesses', '10'],
      ['up', 'surplus'],
      ['down', '--data', tempFolder()],
      ['down', '--data', '/nonexistent'],
    ]) {
      expect(await tecp(args)).toMatchObject({ code: 2, stderr: expect.stringMatching(/^tecp: /) });
    }
  });
});
