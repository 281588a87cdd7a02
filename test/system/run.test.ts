/** What `tecp run` leaves behind: one receipt for each run, never over another, proven or pending. */
import { once } from 'node:events';
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ReadyReport } from '#cli/network/report.ts';
import type { Receipt } from '#protocol/receipt/types.ts';
import {
  type CommandResult,
  kill,
  resultOf,
  spawnTecp,
  startNetwork,
  stopNetwork,
  tecp,
} from '#test/support/cli.ts';
import { freeBasePort } from '#test/support/ports.ts';
import { tempFolder } from '#test/support/temp.ts';
import { until } from '#test/support/wait.ts';

let network: ReadyReport;
/** Where nothing listens. */
let nobody: string;
const data = join(tempFolder(), 'data');

beforeAll(async () => {
  network = await startNetwork(data);
  nobody = `http://127.0.0.1:${await freeBasePort()}`;
});
afterAll(async () => await stopNetwork(network));

/** Commands in a folder of their own, with the network. */
function inFolder() {
  const cwd = tempFolder();
  const read = (name: string): Receipt => JSON.parse(readFileSync(join(cwd, name), 'utf8'));
  const env = { TECP_DATA: data };
  const here = (...args: string[]): Promise<CommandResult> => tecp(args, { cwd, env });
  return { cwd, read, here, env, files: () => readdirSync(cwd).sort() };
}

const lastLine = (text: string): string => text.trimEnd().split('\n').at(-1)!;
const resultIn = (stderr: string) => JSON.parse(lastLine(stderr));

describe('tecp run', () => {
  it('keeps one receipt for each of many runs at once, signed by the one key that the first made', async () => {
    const { here, files, read } = inFolder();
    const runs = await Promise.all(
      Array.from({ length: 8 }, () => here('run', '--require-proof', '--', 'echo', 'hello')),
    );
    expect(runs.map(({ code }) => code)).toEqual(Array(8).fill(0));
    const made = runs.filter(({ stderr }) => stderr.includes('made a new issuer key in '));
    expect(made).toHaveLength(1);
    expect(made[0]!.stderr).toContain('/data/issuer.key');
    expect(files()).toHaveLength(8);
    for (const name of files()) expect(name).toMatch(/^echo-\d{8}T\d{6}Z-\d+\.tecp\.json$/);
    expect(new Set(files().map((name) => read(name).pubkey)).size).toBe(1);
    expect(new Set(files().map((name) => read(name).nonce)).size).toBe(8);
    for (const { stderr } of runs) {
      const [, name] = stderr.match(/; receipt in (\S+)\n/)!;
      expect(read(name!).log_inclusion).toBeDefined();
    }
  });

  it('writes over nothing that --out names, and says so before the command runs', async () => {
    const { cwd, here, read, files } = inFolder();
    writeFileSync(join(cwd, 'empty.json'), '');
    mkdirSync(join(cwd, 'folder'));
    expect(await here('run', '--out', 'empty.json', '--', 'true')).toMatchObject({ code: 0 });
    const { nonce } = read('empty.json');
    for (const out of ['empty.json', 'folder']) {
      const again = await here('run', '--out', out, '--', 'touch', 'ran');
      expect(again).toMatchObject({ code: 2 });
      expect(again.stderr).toMatch(/^tecp: \S+ is there already, and no receipt is overwritten/);
    }
    expect(read('empty.json').nonce).toBe(nonce);
    // Written by the command itself, after the look at it.
    const late = await here('run', '--out', 'late.json', '--', 'sh', '-c', 'echo x > late.json');
    expect(late.stderr).toContain('was written by somebody else meanwhile');
    expect(readFileSync(join(cwd, 'late.json'), 'utf8')).toBe('x\n');
    expect(files()).toEqual([
      'empty.json',
      'folder',
      'late.json',
      expect.stringMatching(/^sh-[^.]+-\d+\.tecp\.json$/),
    ]);
  });

  it('hands on the name of a file so that other commands take it for one, and takes no "-"', async () => {
    const { here, files } = inFolder();
    const { stderr } = await here('run', '--out=-z.json', '--', 'true');
    expect(stderr).toContain('verify ./-z.json --policy ');
    expect(await here('run', '--out', '-', '--', 'touch', 'ran')).toMatchObject({ code: 2 });
    expect(files()).toEqual(['-z.json']);
  });

  it('--json says the result in the last line of standard error, and leaves the output alone', async () => {
    const { here, read } = inFolder();
    const { code, stdout, stderr } = await here(
      'run',
      '--json',
      '--',
      'sh',
      '-c',
      'echo hi; exit 4',
    );
    expect({ code, text: stdout.toString() }).toEqual({ code: 4, text: 'hi\n' });
    const result = resultIn(stderr);
    const { pubkey, code_ref, ts, policy_ids, input_hash, output_hash } = read(result.receipt);
    expect(result).toEqual({
      ...{ receipt: expect.stringMatching(/^sh-/), proven: true, exit_code: 4 },
      ...{ issuer: pubkey, code_ref, ts, policy_ids, input_hash, output_hash },
      issuer_key: join(data, 'issuer.key'),
      issuer_key_made: expect.any(Boolean),
      leaf_hash: expect.stringMatching(/^[0-9a-f]{64}$/),
      origin: expect.stringMatching(/^tecp\.localhost\//),
      index: expect.any(Number),
      tree_size: expect.any(Number),
      logged_at: expect.any(Number),
      witnesses: expect.arrayContaining([expect.stringMatching(/^witness-[123]$/)]),
    });
    expect(code_ref).toMatch(/^args:sha256:/);
    const ended = await here('run', '--json', '--', 'sh', '-c', 'kill -TERM $$');
    expect(ended.code).toBe(143);
    expect(resultIn(ended.stderr)).toMatchObject({
      ...{ receipt: null, proven: false, exit_code: 143, signal: 'SIGTERM' },
      reason: 'the command was ended by SIGTERM.',
    });
  });

  it('leaves receipts pending when the log is away, which "proof --attach" completes in place', async () => {
    const { here, files, read } = inFolder();
    const away = ['--log', nobody, '--trust', network.policy];
    const runs = await Promise.all([
      here('run', ...away, '--', 'true'),
      here('run', ...away, '--require-proof', '--', 'true'),
      here('run', ...away, '--require-proof', '--json', '--', 'sh', '-c', 'exit 9'),
    ]);
    expect(runs.map(({ code }) => code)).toEqual([0, 3, 9]);
    expect(resultIn(runs[2]!.stderr)).toMatchObject({ proven: false, exit_code: 9 });
    for (const { stderr } of runs.slice(0, 2)) {
      const [, name] = stderr.match(
        /pending: not proven yet: .* The receipt is in (\S+); complete/,
      )!;
      expect(stderr).toContain(`proof --attach ${name} --data ${data} --log ${nobody} --policy `);
    }
    const pending = files();
    expect(pending).toHaveLength(3);
    const attached = await here('proof', '--attach', ...pending, 'nonexistent.json');
    expect(attached.code).toBe(2);
    expect(files()).toEqual(pending);
    for (const name of pending) {
      expect(read(name).log_inclusion).toBeDefined();
      expect(attached.stderr).toContain(`tecp: ${name}: index `);
      expect(await here('verify', name, '--policy', network.policy)).toMatchObject({ code: 0 });
    }
    expect(await here('proof', '--attach', pending[0]!, '--index', '1')).toMatchObject({ code: 2 });
  });

  it('takes no proof for one that only the policy of the log itself vouches for', async () => {
    const { here } = inFolder();
    const onlyUrl = ['--data', 'elsewhere', '--log', network.urls.log];
    const refused = await here('run', ...onlyUrl, '--require-proof', '--', 'touch', 'ran');
    expect(refused).toMatchObject({ code: 2 });
    expect(refused.stderr).toContain('--require-proof needs a policy file');
    const { stderr } = await here('run', ...onlyUrl, '--json', '--', 'true');
    expect(resultIn(stderr)).toMatchObject({ proven: false, index: expect.any(Number) });
  });

  it('signs with the key that --key or TECP_KEY names, and makes none', async () => {
    const { cwd, here, read, env } = inFolder();
    await here('keygen', '--type', 'issuer', '--name', 'example.com/i', '--out', 'i.key');
    await here('run', '--key', 'i.key', '--out', 'one.json', '--', 'true');
    await tecp(['run', '--out', 'two.json', '--', 'true'], {
      cwd,
      env: { ...env, TECP_KEY: 'i.key' },
    });
    expect(read('two.json').pubkey).toBe(read('one.json').pubkey);
    const missing = await here('run', '--key', 'none.key', '--', 'touch', 'ran');
    expect(missing).toMatchObject({ code: 2 });
    expect(existsSync(join(cwd, 'ran'))).toBe(false);
  });

  it('waits for whoever has the output of a command that has ended, until a signal ends the wait', async () => {
    const { cwd, env, files } = inFolder();
    const child = spawnTecp(['run', '--', 'sh', '-c', 'sleep 600 2>&- & echo $!'], { cwd, env });
    const ended = resultOf(child);
    const left = Number(String((await once(child.stdout!, 'data'))[0]));
    try {
      let said = '';
      while (!said.includes('has ended')) said += String((await once(child.stderr!, 'data'))[0]);
      child.kill('SIGTERM');
      const { code, stderr } = await ended;
      expect(code).toBe(143);
      expect(stderr).toContain('the command has ended; waiting until its output is closed');
      expect(stderr).toContain('no receipt: its output was not taken to the end.');
      expect(files()).toEqual([]);
    } finally {
      kill(left, 'SIGKILL');
    }
  });

  it('loses no receipt to a person or a system that does not wait for the proof', async () => {
    const { cwd, env, files, here } = inFolder();
    // Beside a receipt that is being written there is a file that is no receipt yet.
    const receipts = () => files().filter((name) => name.endsWith('.tecp.json'));
    const silent = createServer().listen(0, '127.0.0.1');
    await new Promise((resolve) => silent.once('listening', resolve));
    const { port } = silent.address() as { port: number };
    const start = () =>
      spawnTecp(['run', '--log', `http://127.0.0.1:${port}`, '--', 'true'], { cwd, env });
    const asked = once(silent, 'connection');
    const patient = start();
    const ended = resultOf(patient);
    // From then on a signal ends the wait alone; the receipt was kept before.
    await asked;
    expect(receipts()).toHaveLength(1);
    patient.kill('SIGINT');
    const { code, stderr } = await ended;
    expect(code).toBe(130);
    expect(stderr).toContain('pending: not proven yet: The wait was ended.');
    const killed = start();
    const gone = resultOf(killed);
    await until(() => receipts().length === 2);
    killed.kill('SIGKILL');
    await gone;
    silent.close();
    const attached = await here('proof', '--attach', ...receipts());
    expect(attached).toMatchObject({ code: 0 });
  });
});
