/**
 * `tecp-verify-js` as a process (docs/spec/verifier.md, sections 1 and 2). What all four commands refuse is in
 * test/sdk/command-line.test.ts.
 */
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { describe, expect, it } from 'vitest';
import { encodeReceipt } from '#sdk/js/src/index.ts';
import { tempFolder } from '#test/support/temp.ts';
import { WORKED_EXAMPLE_NOW_MS, workedExample } from '#test/support/worked-example.ts';

const ROOT = join(import.meta.dirname, '../../..');
const COMMAND = join(ROOT, 'sdk/js/src/verify-command.ts');
const folder = tempFolder();
const inFolder = (name: string, content: string | Uint8Array) => {
  writeFileSync(join(folder, name), content);
  return join(folder, name);
};
// With the newline that a file may end with.
const receipt = inFolder('r.tecp.json', workedExample('receipt'));
const policy = inFolder('policy.txt', workedExample('policy'));
const ISSUER = 'iojj3XQJ8ZX9UtstPLpdcspnCb8dlBIb83SIAbQPb1w';

/** Of which the verdict is longer than four blocks of a file: it names each member. */
function wideReceipt(): Uint8Array {
  const members = Array.from({ length: 300 }, (_, i) => [`x${i}`, null]);
  const receipt = { ...JSON.parse(workedExample('receipt')), ...Object.fromEntries(members) };
  return encodeReceipt(receipt);
}

function run(args: readonly string[], input: string | Uint8Array = '') {
  const { status, stdout, stderr } = spawnSync(process.execPath, [COMMAND, ...args], { input });
  return { status, stdout: stdout.toString(), stderr: stderr.toString() };
}

describe('a file', () => {
  it('that is valid gives the verdict of the specification in one line, and 0', () => {
    const options = ['--policy', policy, '--profile', 'tecp-strict', '--issuer', ISSUER];
    const { status, stdout } = run([receipt, ...options, '--now', String(WORKED_EXAMPLE_NOW_MS)]);
    expect(status).toBe(0);
    expect(stdout).toMatch(/^\{.*\}\n$/);
    expect(JSON.parse(stdout)).toEqual(JSON.parse(workedExample('verdict')));
  });

  it('that is not valid gives its errors and 1, however large it is', () => {
    const late = run([receipt]);
    expect([late.status, JSON.parse(late.stdout).errors]).toEqual([
      1,
      [{ code: 'E-TS-003', field: 'ts' }],
    ]);
    const large = run([inFolder('large', new Uint8Array(3_000_000))]);
    expect([large.status, JSON.parse(large.stdout).errors]).toEqual([1, [{ code: 'E-SIZE-001' }]]);
  });
});

describe('an answer that is cut off', () => {
  it.each([
    ['of a file', `${inFolder('wide', wideReceipt())} --now 1`],
    ['of lines', `--lines < ${inFolder('requests', '{}\n'.repeat(1000))}`],
  ])('%s gives 2 and the reason', (_what, args) => {
    // What is written of coverage would be cut off as well.
    const limited = 'unset NODE_V8_COVERAGE; ulimit -f 4';
    const command = `${limited}; exec "$1" "$2" ${args} > "$3"`;
    const words = ['-c', command, 'bash', process.execPath, COMMAND, join(folder, 'cut')];
    const { status, stderr } = spawnSync('/bin/bash', words, { encoding: 'utf8' });
    expect([status, stderr]).toEqual([2, expect.stringMatching(/^tecp-verify-js: EFBIG.*\n$/)]);
  });
});

describe('--lines', () => {
  const ASK = '{"op":"leaf-hash","entry":""}\n';

  it('writes each answer before it waits for the next request', async () => {
    const child = spawn(process.execPath, [COMMAND, '--lines'], {
      stdio: ['pipe', 'pipe', 'inherit'],
    });
    const answers = createInterface(child.stdout)[Symbol.asyncIterator]();
    for (const request of [ASK, 'x\n', ASK]) {
      child.stdin.write(request);
      const { value } = await answers.next();
      expect(value).toMatch(
        request === ASK ? /^\{"leaf_hash":"6e34/ : /^\{"error":"bad-request"\}$/,
      );
    }
    child.stdin.end();
    expect(await once(child, 'close')).toEqual([0, null]);
  });

  it('answers what is no text, an empty line, and a last line without its newline', () => {
    const input = Buffer.concat([Uint8Array.of(0xff, 0x0a), Buffer.from(`\n${ASK.trim()}`)]);
    const { status, stdout } = run(['--lines'], input);
    expect([status, stdout.split('\n').length]).toEqual([0, 4]);
    expect(stdout).toMatch(/^(\{"error":"bad-request"\}\n){2}\{"leaf_hash":"6e34.*\n$/);
  });

  it('ends with 2 at a line of more than 16 MiB, and not at one of as many', () => {
    const most = 16 * 1024 * 1024;
    const long = run(['--lines'], ASK + ' '.repeat(most + 1));
    expect([long.status, long.stdout]).toEqual([2, run(['--lines'], ASK).stdout]);
    expect(run(['--lines'], ASK.trim().padEnd(most)).status).toBe(0);
  });
});
