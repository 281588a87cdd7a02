import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ReadyReport } from '#cli/network/report.ts';
import { randomBytes, sha256 } from '#crypto';
import { encodeBase64Url } from '#protocol/base64.ts';
import { toHex } from '#protocol/bytes.ts';
import type { Receipt } from '#protocol/receipt/types.ts';
import {
  type CommandResult,
  resultOf,
  spawnTecp,
  startNetwork,
  stopNetwork,
  tecp,
} from '#test/support/cli.ts';
import { freeBasePort } from '#test/support/ports.ts';
import { tempFolder } from '#test/support/temp.ts';

/** The folder that commands run in; its `data` is the network. */
const cwd = tempFolder();
let network: ReadyReport;
/** Where nothing listens. */
let nobody: string;

beforeAll(async () => {
  network = await startNetwork(join(cwd, 'data'));
  nobody = `http://127.0.0.1:${await freeBasePort()}`;
});
afterAll(async () => await stopNetwork(network));

const path = (name: string): string => join(cwd, name);
const read = (name: string): Buffer => readFileSync(path(name));
const readReceipt = (name: string): Receipt => JSON.parse(read(name).toString());
const here = (args: string[], input?: Uint8Array | string): Promise<CommandResult> =>
  tecp(args, input === undefined ? { cwd } : { cwd, input });
const POLICY = ['--policy', 'data/policy.txt'];
const hashOf = (bytes: Uint8Array | string): string =>
  encodeBase64Url(sha256(typeof bytes === 'string' ? Buffer.from(bytes) : bytes));

describe('tecp run', () => {
  it('logs a receipt of real work that verifies offline, and says where it is and who cosigned', async () => {
    writeFileSync(path('README.md'), '# hello\n');
    const args = ['run', '--claim', 'no_retention', '--', 'sha256sum', 'README.md'];
    const { code, stdout, stderr } = await here(args);
    expect(code).toBe(0);
    const expected = `${toHex(sha256(read('README.md')))}  README.md\n`;
    expect(stdout.toString()).toBe(expected);
    const name = stderr.match(/; receipt in (sha256sum-\d{8}T\d{6}Z-\d+\.tecp\.json)\n/)![1]!;
    expect(stderr).toMatch(/^tecp: made a new issuer key in data\/issuer.key: /);
    expect(stderr).toMatch(/^tecp: logged at index \d+ in a tree of \d+, cosigned by witness-/m);
    expect(stderr.trimEnd().endsWith(` verify ${name} --policy data/policy.txt`)).toBe(true);
    const receipt = readReceipt(name);
    expect(receipt.policy_ids).toEqual(['no_retention']);
    expect(receipt.output_hash).toBe(hashOf(expected));
    expect(receipt.input_hash).toBe(hashOf(''));
    const verdict = await here(['verify', name, ...POLICY]);
    expect(verdict.code).toBe(0);
    expect(verdict.stdout.toString()).toMatch(/^VALID\n/);
    for (const fact of [receipt.pubkey, 'quorum', 'witness-1', 'logged', 'no_retention']) {
      expect(verdict.stdout.toString()).toContain(fact);
    }
  });

  it('passes megabytes of any bytes through unchanged, and hashes both sides', async () => {
    const input = Buffer.concat(Array.from({ length: 64 }, () => randomBytes(65_536)));
    const { code, stdout } = await here(['run', '--out', 'cat.json', '--', 'cat'], input);
    expect(code).toBe(0);
    expect(stdout.equals(input)).toBe(true);
    const receipt = readReceipt('cat.json');
    expect(receipt.input_hash).toBe(hashOf(input));
    expect(receipt.output_hash).toBe(hashOf(input));
  });

  it('gives the command real pipes, which it can open by name', async () => {
    // Opened when all of the input has been written and its end has been closed.
    const command = 'sleep 0.3; cat /dev/stdin > /dev/stdout';
    const { code, stdout } = await here(['run', '--', 'sh', '-c', command], 'by name');
    expect({ code, text: stdout.toString() }).toEqual({ code: 0, text: 'by name' });
  });

  it('hashes of the input what the command read, and not what it left', async () => {
    const input = randomBytes(65_536);
    const args = ['run', '--out', 'head.json', '--', 'head', '-c', '10'];
    const { stdout } = await here(args, input);
    expect(stdout).toEqual(Buffer.from(input.subarray(0, 10)));
    expect(readReceipt('head.json').input_hash).toBe(hashOf(input.subarray(0, 10)));
  });

  it('does not wait for input that the command does not read', async () => {
    const child = spawnTecp(['run', '--', 'true'], { cwd });
    // Standard input stays open.
    const { code } = await resultOf(child);
    child.stdin!.destroy();
    expect(code).toBe(0);
  });

  it('passes on the exit code, and signs it', async () => {
    const args = ['run', '--out', 'seven.json', '--', 'sh', '-c', 'echo oops >&2; exit 7'];
    const { code, stderr } = await here(args);
    expect(code).toBe(7);
    expect(stderr).toMatch(/^oops\n/);
    expect(readReceipt('seven.json').ext).toEqual({ exit_code: 7 });
    const codes = [
      ['sh -c "kill -9 $$"', ['sh', '-c', 'kill -9 $$'], 137],
      ['not found', ['nonexistent-command'], 127],
      ['not executable', ['./README.md'], 126],
    ] as const;
    for (const [name, command, expected] of codes) {
      const { code: got } = await here(['run', '--out', 'none.json', '--', ...command]);
      expect({ name, code: got }).toEqual({ name, code: expected });
    }
    expect(() => read('none.json')).toThrow();
  });

  it('hands signals on to the command', async () => {
    const script = 'trap "echo caught; exit 5" TERM; echo started; while :; do sleep 0.05; done';
    const child = spawnTecp(['run', '--', 'sh', '-c', script], { cwd });
    child.stdout!.once('data', () => child.kill('SIGTERM'));
    const { code, stdout } = await resultOf(child);
    expect({ code, text: stdout.toString() }).toEqual({ code: 5, text: 'started\ncaught\n' });
  });

  it('ends the command when nobody reads its output any more, and makes no receipt', async () => {
    const child = spawnTecp(['run', '--out', 'yes.json', '--', 'yes'], { cwd });
    child.stdout!.once('data', () => child.stdout!.destroy());
    const { code, stderr } = await resultOf(child);
    expect(code).toBe(141);
    expect(stderr).toBe('tecp: no receipt: the command was ended by SIGPIPE.\n');
    expect(() => read('yes.json')).toThrow();
  });

  it('names a program by its hash, and by the commit where it is tracked in a clean work tree', async () => {
    const repository = path('repository');
    mkdirSync(repository);
    writeFileSync(join(repository, 'tool.sh'), 'echo tool\n');
    const git = 'git -c user.name=t -c user.email=t@example.com';
    const setUp = `git init -q && git add . && ${git} commit -qm one && git rev-parse HEAD`;
    const made = await tecp(['run', '--data', path('data'), '--', 'sh', '-c', setUp], {
      cwd: repository,
    });
    const commit = made.stdout.toString().trim();
    const run = async (out: string): Promise<string> => {
      const args = ['run', '--out', out, '--', 'sh', 'repository/tool.sh'];
      expect((await here(args)).code).toBe(0);
      return readReceipt(out).code_ref;
    };
    expect(await run('tracked.json')).toBe(`git:${commit}`);
    writeFileSync(join(repository, 'tool.sh'), 'echo changed\n');
    expect(await run('changed.json')).toBe(
      `build:sha256:${toHex(sha256(Buffer.from('echo changed\n')))}`,
    );
  });

  it('keeps the receipt without a proof when the log does not answer, and says how to go on', async () => {
    const args = ['run', '--log', nobody, '--out', 'later.json', '--', 'true'];
    const { code, stderr } = await here(args);
    expect(code).toBe(0);
    expect(stderr).toContain('pending: not proven yet: Cannot reach');
    expect(readReceipt('later.json').log_inclusion).toBeUndefined();
    const later = await here(['proof', '--attach', 'later.json']);
    expect(later.code).toBe(0);
    expect(await here(['verify', 'later.json', ...POLICY])).toMatchObject({ code: 0 });
    expect(readReceipt('later.json').log_inclusion).toBeDefined();
  });

  it('works with a log of which there is only a URL, and says that its policy is not yours', async () => {
    const args = ['run', '--data', 'elsewhere', '--log', network.urls.log, '--out', 'e.json'];
    const { code, stderr } = await here([...args, '--', 'true']);
    expect(code).toBe(0);
    expect(stderr).toContain('by the policy of the log itself');
    expect(await here(['verify', 'e.json', ...POLICY])).toMatchObject({ code: 0 });
  });

  it('finds out before the command runs what would be wrong with the receipt', async () => {
    const cases = [
      ['--claim', 'No-Such'],
      ['--out', 'no/such/folder/r.json'],
      ['--data', 'no-network-here'],
      ['--log', 'ftp://example.com'],
    ];
    for (const options of cases) {
      const result = await here(['run', ...options, '--', 'touch', path('ran')]);
      expect(result, options.join(' ')).toMatchObject({ code: 2 });
      expect(result.stderr).toMatch(/^tecp: [^\n]+\.\n$/);
    }
    expect(() => read('ran')).toThrow();
  });
});

describe('tecp verify', () => {
  beforeAll(async () => {
    writeFileSync(path('in.txt'), 'the input\n');
    const args = ['run', '--out', 'v.json', '--', 'tr', 'a-z', 'A-Z'];
    writeFileSync(path('out.txt'), (await here(args, read('in.txt'))).stdout);
  });

  it('checks input and output against the files', async () => {
    const both = ['--input', 'in.txt', '--output', 'out.txt'];
    expect(await here(['verify', 'v.json', ...POLICY, ...both])).toMatchObject({ code: 0 });
    const wrong = await here(['verify', 'v.json', ...POLICY, '--input', 'out.txt']);
    expect(wrong.code).toBe(1);
    expect(wrong.stdout.toString()).toMatch(
      /^INVALID\n {2}E-HASH-001 input_hash: out.txt is not the/,
    );
    const json = await here(['verify', 'v.json', ...POLICY, '--output', 'in.txt', '--json']);
    expect(json.code).toBe(1);
    expect(JSON.parse(json.stdout.toString())).toMatchObject({
      valid: false,
      errors: [{ code: 'E-HASH-002', field: 'output_hash' }],
      output: { file: 'in.txt', matches: false, hash: hashOf(read('in.txt')) },
    });
  });

  it('says INVALID with the codes of the protocol for a receipt that was tampered with', async () => {
    const text = read('v.json').toString();
    const verdict = async (changed: string) => {
      const { code, stdout } = await here(['verify', '-', ...POLICY, '--json'], changed);
      return {
        code,
        codes: JSON.parse(stdout.toString()).errors.map((e: { code: string }) => e.code),
      };
    };
    expect(await verdict(text.replace('"exit_code":0', '"exit_code":1'))).toEqual({
      code: 1,
      codes: ['E-SIG-002', 'E-LOG-002'],
    });
    expect(await verdict(text.replace('{', '{ '))).toEqual({ code: 1, codes: ['E-SCHEMA-003'] });
    const index = /(?<=tlog-proof@v1\\nindex )\d+/;
    expect(await verdict(text.replace(index, '987654321'))).toEqual({
      code: 1,
      codes: ['E-LOG-002'],
    });
    expect(await verdict('not json')).toEqual({ code: 1, codes: ['E-SCHEMA-003'] });
    const plain = await here(['verify', '-', ...POLICY], text.replace('TECP-0.1', 'TECP-9.9'));
    expect(plain.stdout.toString()).toMatch(/^INVALID\n {2}E-SCHEMA-004 version: /);
  });

  it('trusts no log and no issuer that it was not told to', async () => {
    const keygen = ['keygen', '--type', 'log', '--name', 'other.example', '--out', 'other.key'];
    const { stdout } = await here(keygen);
    writeFileSync(path('other.txt'), `log ${stdout.toString()}quorum none\n`);
    const other = await here(['verify', 'v.json', '--policy', 'other.txt']);
    expect(other).toMatchObject({ code: 1 });
    expect(other.stdout.toString()).toContain('E-LOG-004');
    const stranger = ['--issuer', encodeBase64Url(randomBytes(32))];
    const unknown = await here(['verify', 'v.json', ...POLICY, ...stranger]);
    expect(unknown.stdout.toString()).toContain('E-SIG-003');
    const known = ['--issuer', readReceipt('v.json').pubkey];
    expect(await here(['verify', 'v.json', ...POLICY, ...known])).toMatchObject({ code: 0 });
  });

  it('judges a logged receipt at its logged time for ever, and one without a proof as of --now', async () => {
    const future = ['--now', '2099-01-01T00:00:00Z'];
    expect(await here(['verify', 'v.json', ...POLICY, ...future])).toMatchObject({ code: 0 });
    const { log_inclusion: _, ...bare } = readReceipt('v.json');
    writeFileSync(path('bare.json'), JSON.stringify(bare));
    expect(await here(['verify', 'bare.json', ...POLICY])).toMatchObject({ code: 3 });
    const expired = await here(['verify', 'bare.json', ...POLICY, ...future]);
    expect(expired.code).toBe(1);
    expect(expired.stdout.toString()).toContain('E-TS-003');
    const strict = await here(['verify', 'bare.json', ...POLICY, '--profile', 'tecp-strict']);
    expect(strict.stdout.toString()).toContain('E-LOG-001');
  });

  it('says VALID only of what a trusted proof shows to be logged, and whose key it is either way', async () => {
    const { pubkey } = readReceipt('v.json');
    const headline = async (args: string[]) => {
      const { code, stdout } = await here(['verify', ...args]);
      const json = await here(['verify', ...args, '--json']);
      expect(json.code).toBe(code);
      const { valid, logged, issuer_pinned } = JSON.parse(json.stdout.toString());
      const text = stdout.toString();
      const issuer = /^ {2}issuer +(.*)$/m.exec(text)?.[1];
      return { code, first: text.split('\n', 1)[0], issuer, valid, logged, issuer_pinned };
    };
    const loose = `${pubkey} (not pinned; --issuer KEY)`;
    const signed = { code: 3, first: 'SIGNED, not shown to be logged', valid: true, logged: false };
    expect(await headline(['v.json', ...POLICY])).toEqual({
      code: 0,
      first: 'VALID',
      issuer: loose,
      valid: true,
      logged: true,
      issuer_pinned: false,
    });
    expect(await headline(['v.json'])).toEqual({ ...signed, issuer: loose, issuer_pinned: false });
    const { log_inclusion: _, ...bare } = readReceipt('v.json');
    writeFileSync(path('unlogged.json'), JSON.stringify(bare));
    expect(await headline(['unlogged.json', ...POLICY])).toMatchObject(signed);
    const pin = ['--issuer', pubkey];
    const pinned = { issuer: `${pubkey} (pinned by --issuer)`, issuer_pinned: true };
    expect(await headline(['v.json', '--trust', 'data/policy.txt', ...pin])).toMatchObject({
      first: 'VALID',
      ...pinned,
    });
    expect(await headline(['v.json', ...pin])).toMatchObject({ ...signed, ...pinned });
    const stranger = ['--issuer', encodeBase64Url(randomBytes(32))];
    expect(await headline(['v.json', ...POLICY, ...stranger])).toMatchObject({
      code: 1,
      first: 'INVALID',
      issuer: `${pubkey} (not the one of --issuer)`,
      logged: true,
      issuer_pinned: false,
    });
  });

  it('takes a file with one newline at its end or none, and no other line end', async () => {
    const text = read('v.json').toString();
    expect(text.endsWith('}\n')).toBe(true);
    const verdict = async (end: string) => {
      const { code, stdout } = await here(['verify', '-', ...POLICY], text.trimEnd() + end);
      return { code, second: stdout.toString().split('\n')[1] };
    };
    for (const end of ['', '\n']) expect(await verdict(end)).toMatchObject({ code: 0 });
    for (const end of ['\n\n', '\r\n', '\r', ' ', ' \n']) {
      const { code, second } = await verdict(end);
      expect({ end, code }).toEqual({ end, code: 1 });
      expect(second).toMatch(/^ {2}E-SCHEMA-003 .*after its end/);
    }
    expect(await verdict('\ufeff')).toMatchObject({ code: 1 });
  });

  it('answers exit code 2 for what it cannot read or understand', async () => {
    const cases = [
      ['verify'],
      ['verify', 'nonexistent.json', ...POLICY],
      ['verify', 'v.json', '--policy', 'nonexistent.txt'],
      ['verify', 'v.json', '--policy', 'v.json'],
      ['verify', 'v.json', ...POLICY, '--input', 'nonexistent'],
      ['verify', 'v.json', '--profile', 'tecp-lax'],
      ['verify', 'v.json', '--policy', ''],
      ['down', '--data', ''],
      ['run', '--claim', '', '--', 'true'],
      ...['yesterday', '-5', '', '1e3', '2026-13-01', '2026-01-01T00:00', '1969-01-01'].map(
        (time) => ['verify', 'v.json', '--now', time],
      ),
      ['verify', '-', '--input', '-'],
      ['verify', 'data'],
      ['nonsense'],
      [],
    ];
    for (const args of cases) {
      const { code, stderr } = await here(args);
      expect({ args, code }).toEqual({ args, code: 2 });
      expect(stderr).not.toMatch(/\n {4}at /);
    }
  });
});

describe('tecp audit', () => {
  it('checks everything in an honest log', async () => {
    const { code, stdout } = await here(['audit', network.urls.log, ...POLICY]);
    expect(stdout.toString()).toMatch(/^OK\n/);
    expect(code).toBe(0);
    const json = await here(['audit', network.urls.log, ...POLICY, '--json']);
    const report = JSON.parse(json.stdout.toString());
    expect(report).toMatchObject({
      ok: true,
      problems: [],
      quorum_met: true,
      entries_judged: true,
    });
    expect(report.entries_checked).toBe(report.size);
  });

  it('of the tree alone says that no entry was judged', async () => {
    const { code, stdout } = await here(['audit', network.urls.log, ...POLICY, '--tree-only']);
    expect(stdout.toString()).toMatch(/^OK, the tree alone: no entry was judged\n/);
    expect(code).toBe(0);
    const json = await here(['audit', network.urls.log, ...POLICY, '--tree-only', '--json']);
    expect(JSON.parse(json.stdout.toString())).toMatchObject({ ok: true, entries_judged: false });
  });

  it('names the first thing that is wrong, with exit code 1', async () => {
    const policy = readFileSync(network.policy, 'utf8');
    const strict = policy.replace(
      /\nlog [^\n]*/,
      `\nlog ${(await here(['keygen', '--type', 'log', '--name', 'w.example', '--out', 'w.key'])).stdout.toString().trim()}`,
    );
    writeFileSync(path('wrong.txt'), strict);
    const { code, stdout } = await here(['audit', network.urls.log, '--policy', 'wrong.txt']);
    expect(code).toBe(1);
    expect(stdout.toString()).toMatch(
      /^WRONG: checkpoint: checkpoint: no signature by a trusted log/,
    );
  });

  it('answers exit code 2 when there is no log', async () => {
    for (const url of [nobody, 'not-a-url', 'file:///etc/passwd']) {
      const { code, stderr } = await here(['audit', url, ...POLICY]);
      expect({ url, code }).toEqual({ url, code: 2 });
      expect(stderr).toMatch(/^tecp: [^\n]+\.\n$/);
    }
  });
});

describe('tecp receipt, submit and proof', () => {
  async function createReceiptText(): Promise<string> {
    const args = ['receipt', 'create', '--code-ref', 'git:abc', '--input', 'in.txt'];
    const { code, stdout, stderr } = await here([
      ...args,
      '--output',
      'out.txt',
      '--claim',
      'no_pii',
    ]);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    return stdout.toString();
  }

  it('makes a receipt, submits it, fetches its proof, and shows what it says', async () => {
    writeFileSync(path('made.json'), await createReceiptText());
    const submitted = await here(['submit', 'made.json', '--wait', '--out', 'made.tecp.json']);
    expect(submitted.code).toBe(0);
    const { leaf_index, leaf_hash, duplicate } = JSON.parse(submitted.stdout.toString());
    expect(duplicate).toBe(false);
    const again = await here(['submit', 'made.tecp.json']);
    expect(JSON.parse(again.stdout.toString())).toEqual({ leaf_index, leaf_hash, duplicate: true });
    const verdict = await here(['verify', 'made.tecp.json', ...POLICY, '--input', 'in.txt']);
    expect(verdict.code).toBe(0);
    for (const entry of [['made.json'], ['--leaf', leaf_hash], ['--index', String(leaf_index)]]) {
      const { code, stdout } = await here(['proof', ...entry]);
      expect(code).toBe(0);
      expect(stdout.toString()).toMatch(`c2sp.org/tlog-proof@v1\nindex ${leaf_index}\n`);
    }
    const shown = (await here(['receipt', 'show', 'made.tecp.json'])).stdout.toString();
    for (const word of ['not verified', 'git:abc', 'no_pii', leaf_hash, 'witness-3']) {
      expect(shown).toContain(word);
    }
  });

  it('takes further members from a file, and refuses what no receipt can say', async () => {
    writeFileSync(path('members.json'), '{"environment": {"region": "eu-west-1"}}');
    const args = [
      'receipt',
      'create',
      '--code-ref',
      'x',
      '--input',
      'in.txt',
      '--output',
      'out.txt',
    ];
    const made = await here([...args, '--members', 'members.json']);
    expect(JSON.parse(made.stdout.toString()).environment).toEqual({ region: 'eu-west-1' });
    writeFileSync(path('members.json'), '{"environment": 1.5}');
    expect(await here([...args, '--members', 'members.json'])).toMatchObject({ code: 2 });
    expect(await here([...args, '--code-ref', ''])).toMatchObject({ code: 2 });
  });

  it('still takes claims as --policy, with a hint', async () => {
    const args = ['receipt', 'create', '--code-ref', 'x', '--input', 'in.txt'];
    const claims = ['--policy', 'no_pii', '--claim', 'no_retention'];
    const made = await here([...args, '--output', 'out.txt', ...claims]);
    expect(JSON.parse(made.stdout.toString()).policy_ids).toEqual(['no_pii', 'no_retention']);
    expect(made.stderr).toMatch(/^tecp: hint: give claims with --claim; [^\n]+\.\n$/);
    const run = await here(['run', '--policy', 'no_pii', '--out', 'c.json', '--', 'true']);
    expect(readReceipt('c.json').policy_ids).toEqual(['no_pii']);
    expect(run.stderr).toContain('hint: give claims with --claim');
  });

  it('submits NDJSON line by line: a bad line spoils only itself, and a repeated one is a duplicate', async () => {
    const first = await createReceiptText();
    const lines = [
      Buffer.from(first),
      Buffer.from('garbage\n\n'),
      Buffer.from([0xff, 0xfe, 10]),
      Buffer.from(first),
      Buffer.from((await createReceiptText()).trimEnd()),
    ];
    const { code, stdout, stderr } = await here(['submit', '-'], Buffer.concat(lines));
    expect(code).toBe(1);
    expect(stderr).toContain('2 receipts added, 1 in the log before, 2 refused');
    const results = stdout
      .toString()
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(results.map(({ line, status, code }) => [line, status, code])).toEqual([
      [1, 200, undefined],
      [2, 400, 'E-SCHEMA-003'],
      [4, 400, 'E-SCHEMA-003'],
      [5, 200, undefined],
      [6, 200, undefined],
    ]);
    expect(results[0].leaf_index).toBe(results[3].leaf_index);
  });

  it('submits more lines than fit into one request', async () => {
    const line = await createReceiptText();
    const { code, stdout, stderr } = await here(['submit', '-'], line.repeat(2345));
    expect({ code, stderr }).toEqual({
      code: 0,
      stderr: 'tecp: 1 receipt added, 2344 in the log before, 0 refused\n',
    });
    expect(stdout.toString().trimEnd().split('\n')).toHaveLength(2345);
  });

  it('says why the log refuses, with exit code 1, and 2 when there is none', async () => {
    const text = (await createReceiptText()).replace('git:abc', 'git:abd');
    const refused = await here(['submit', '-'], text);
    expect(refused.code).toBe(1);
    expect(refused.stderr).toContain('E-SIG-002');
    const unknown = await here(['proof', '--index', '999999999']);
    expect(unknown).toMatchObject({ code: 1, stderr: expect.stringContaining('404') });
    const cases = [
      ['submit', 'nonexistent'],
      ['submit', 'in.txt', '--out', 'x'],
      ['proof'],
      ['proof', '--index', '-1'],
      ['proof', '--leaf', 'abc'],
      ['proof', 'made.json', '--index', '1'],
      ['proof', '--index', '0', '--log', nobody],
    ];
    for (const args of cases) {
      const { code } = await here(args);
      expect({ args, code }).toEqual({ args, code: 2 });
    }
  });
});
