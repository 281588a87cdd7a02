/** The command lines of all verifiers: docs/spec/verifier.md, section 1. */
import { spawnSync } from 'node:child_process';
import { closeSync, existsSync, openSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { programPath, type SdkName } from '#cli/sdk/languages.ts';
import { IssuerKey } from '#sdk/js/src/index.ts';
import { tempFolder } from '#test/support/temp.ts';
import { WORKED_EXAMPLE_NOW_MS, workedExample } from '#test/support/worked-example.ts';
import { buildAvailable } from './toolchains.ts';

/** While one is waited for, the test runner cannot end the test. */
const PATIENCE = { timeout: 120_000, killSignal: 'SIGKILL' } as const;

const available = await buildAvailable();

const folder = tempFolder();
function inFolder(name: string, content: string): string {
  writeFileSync(join(folder, name), content);
  return join(folder, name);
}
const receipt = inFolder('r.tecp.json', workedExample('receipt'));
const policy = inFolder('policy.txt', workedExample('policy'));
const now = ['--now', String(WORKED_EXAMPLE_NOW_MS)];

function run(sdk: SdkName, args: readonly string[], input = '', output: number | 'pipe' = 'pipe') {
  const { status, stdout, stderr } = spawnSync(programPath('verify', sdk), args, {
    input,
    encoding: 'utf8',
    stdio: ['pipe', output, 'pipe'],
    ...PATIENCE,
  });
  return { status, stdout: stdout ?? '', stderr };
}

/** A command for bash, to which `$1` is the verifier and the others what comes after it. */
function inShell(sdk: SdkName, command: string, ...args: readonly string[]) {
  const words = ['-c', command, 'bash', programPath('verify', sdk), ...args];
  return spawnSync('/bin/bash', words, { encoding: 'utf8', ...PATIENCE });
}

/** One key in 64 begins with a dash. */
function keyWithDash(): string {
  for (;;) {
    const { publicKey } = IssuerKey.generate();
    if (publicKey.startsWith('-')) return publicKey;
  }
}
const { pubkey } = JSON.parse(workedExample('receipt'));
const issuers = ['--issuer', keyWithDash(), '--issuer', pubkey];

describe.each(available)('tecp-verify-%s', (sdk) => {
  it.each([
    ['before the file', ['--policy', policy, ...now, receipt]],
    ['after the file', [receipt, ...now, '--policy', policy]],
    ['with an equals sign', [`--policy=${policy}`, `--now=${WORKED_EXAMPLE_NOW_MS}`, receipt]],
    ['before --', [...now, '--policy', policy, '--', receipt]],
    ['with a value that begins with a dash', [receipt, ...now, '--policy', policy, ...issuers]],
  ])('takes options %s', (_where, args) => {
    const { status, stdout } = run(sdk, args);
    expect(status).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({ valid: true, witnesses: expect.any(Array) });
  });

  it.each([
    ['nothing', []],
    ['two files', [receipt, receipt, ...now]],
    ['a file that is not there', [join(folder, 'none'), ...now]],
    ['an option twice', [receipt, ...now, ...now]],
    ['an option without its value', [receipt, ...now, '--policy']],
    ['an abbreviated option', [receipt, ...now, '--pol', policy]],
    ['an option with one dash', [receipt, ...now, '-policy', policy]],
    ['an unknown option', [receipt, ...now, '--json']],
    ['an option after --', [receipt, '--', ...now]],
    ['a policy that is none', [receipt, ...now, '--policy', receipt]],
    ['a profile that is none', [receipt, ...now, '--profile', 'tecp']],
    ['a time with a sign', [receipt, '--now=+1']],
    ['a time with a leading zero', [receipt, '--now', '01']],
    ['an issuer that is none', [receipt, ...now, '--issuer', 'x']],
    ['a file beside --lines', ['--lines', receipt]],
    ['an option beside --lines', ['--lines', ...now]],
    ['--lines twice', ['--lines', '--lines']],
    ['what is no option, after --help', ['--help', '--json']],
    ['what is no option, before --help', ['--json', '--help']],
    ['an option without its value, after --help', ['--help', '--now']],
  ])('refuses %s', (_what, args) => {
    const { status, stdout, stderr } = run(sdk, args);
    expect([status, stdout]).toEqual([2, '']);
    expect(stderr).toMatch(/^[^\n]+\n$/);
    expect(stderr).not.toMatch(/Traceback|panicked|goroutine| {4}at /);
  });

  it('takes a dash alone for the name of a file', () => {
    inFolder('-', workedExample('receipt'));
    const { status } = spawnSync(programPath('verify', sdk), ['-', '--policy', policy, ...now], {
      cwd: folder,
      ...PATIENCE,
    });
    expect(status).toBe(0);
  });

  it('says how it is used', () => {
    const { status, stdout, stderr } = run(sdk, ['--help']);
    expect([status, stderr]).toEqual([0, '']);
    for (const option of ['FILE', '--policy', '--profile', '--now', '--issuer', '--lines']) {
      expect(stdout).toContain(option);
    }
  });

  it('takes a closed input for an empty one', () => {
    const { status, stdout, stderr } = inShell(sdk, '"$1" --lines <&-');
    expect([status, stdout, stderr]).toEqual([0, '', '']);
  });

  it.each([
    ['input that cannot be read', 'exec "$1" --lines 0>"$2"'],
    ['an answer that cannot be written', 'echo {} | "$1" --lines 1<"$2"'],
  ])('says in one line that it has %s', (_what, command) => {
    const { status, stderr } = inShell(sdk, command, inFolder('other', ''));
    expect([status, stderr]).toEqual([2, expect.stringMatching(/^[^\n]+\n$/)]);
  });

  it.runIf(existsSync('/dev/full'))('says in one line that its answer cannot be written', () => {
    const full = openSync('/dev/full', 'w');
    for (const [args, input] of [
      [[receipt, ...now], ''],
      [['--lines'], '{}\n'],
    ] as const) {
      const { status, stderr } = run(sdk, args, input, full);
      expect([status, stderr]).toEqual([2, expect.stringMatching(/^[^\n]+\n$/)]);
    }
    closeSync(full);
  });

  it('takes a line of 16 MiB, and ends at a longer one', () => {
    const line = (bytes: number) => `${' '.repeat(bytes - 2)}{}\n`;
    const answer = '{"error":"bad-request"}\n';
    expect(run(sdk, ['--lines'], line(2 ** 24))).toEqual({ status: 0, stdout: answer, stderr: '' });
    const { status, stdout, stderr } = run(sdk, ['--lines'], `{}\n${line(2 ** 24 + 1)}{}\n`);
    expect([status, stdout]).toEqual([2, answer]);
    expect(stderr).toMatch(/^[^\n]+\n$/);
  });

  it('ends when nobody reads its answers', () => {
    const command = 'set -o pipefail; (yes "{}" || true) | "$1" --lines | head -n 1';
    const { stdout, stderr, status } = inShell(sdk, command);
    expect([status, stdout]).toEqual([2, '{"error":"bad-request"}\n']);
    expect(stderr).toMatch(/^[^\n]+\n$/);
  });
});
