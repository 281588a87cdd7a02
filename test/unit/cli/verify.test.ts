/** `tecp verify` as docs/CLI.md has it: the command itself, its output caught. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, vi } from 'vitest';
import { verifyCommand } from '#cli/commands/verify.ts';
import { endingOf } from '#cli/lib/errors.ts';
import { randomBytes } from '#crypto';
import { encodeBase64Url } from '#protocol/base64.ts';
import { toHex } from '#protocol/bytes.ts';
import { leafHash } from '#protocol/merkle/hash.ts';
import { tlogProofWriter } from '#protocol/proof/tlog-proof.ts';
import { createReceipt, encodeReceipt, withProof } from '#protocol/receipt/create.ts';
import { receiptFromObject } from '#protocol/receipt/receipt.ts';
import type { Receipt } from '#protocol/receipt/types.ts';
import { FakeLog, FakeTree, fakePolicy, PuppetWitness } from '#test/support/fake-log.ts';
import { tempFolder } from '#test/support/temp.ts';

const SEED = randomBytes(32);
const HASH = encodeBase64Url(new Uint8Array(32));
const log = new FakeLog();
log.url = 'http://log.example';
const witnesses = [1, 2, 3].map((i) => {
  const witness = new PuppetWitness(`witness-${i}`);
  witness.url = `http://witness-${i}.example`;
  return witness;
});

function bareReceipt(): Receipt {
  const nonce = encodeBase64Url(randomBytes(16));
  const fields = { code_ref: 'git:abc', ts: Date.now(), nonce, policy_ids: ['no_pii'] };
  return createReceipt({ ...fields, input_hash: HASH, output_hash: HASH }, SEED);
}

/** The proof of an entry that is alone in its tree. */
function proofOf(entry: Uint8Array, cosigned = witnesses): string {
  const signed = log.sign(new FakeTree().append([entry]));
  const seconds = Math.floor(Date.now() / 1000);
  const note = cosigned.reduce((all, witness) => witness.cosign(all, seconds), signed);
  return tlogProofWriter(note)({ index: 0, hashes: [] });
}

function loggedReceipt(): Receipt {
  const receipt = bareReceipt();
  return withProof(receipt, proofOf(receiptFromObject(receipt).entryBytes));
}

const textOf = (receipt: Receipt): string => Buffer.from(encodeReceipt(receipt)).toString();
const tampered = (receipt: Receipt): string => textOf(receipt).replace('git:abc', 'git:abd');

function folderWith(files: Readonly<Record<string, string | Uint8Array>>) {
  const folder = tempFolder();
  writeFileSync(join(folder, 'policy.txt'), fakePolicy([log], witnesses));
  mkdirSync(join(folder, 'in'));
  for (const [name, content] of Object.entries(files)) writeFileSync(join(folder, name), content);
  const path = (name: string): string => join(folder, name);
  return { path, policy: ['--policy', path('policy.txt')] };
}

/** The exit code of the command and what it printed, without folders. */
async function verify(...args: string[]) {
  const printed = { stdout: '', stderr: '' };
  const spies = (['stdout', 'stderr'] as const).map((name) =>
    vi.spyOn(process[name], 'write').mockImplementation((text, ...rest: unknown[]) => {
      printed[name] += text;
      for (const done of rest) if (typeof done === 'function') done();
      return true;
    }),
  );
  const before = process.exitCode;
  try {
    await verifyCommand().parseAsync(args, { from: 'user' });
    return { code: process.exitCode, ...printed };
  } catch (error) {
    return { code: endingOf(error).exitCode, ...printed };
  } finally {
    process.exitCode = before;
    for (const spy of spies) spy.mockRestore();
  }
}

const jsonLines = (text: string) =>
  text
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line));

describe('many receipts', () => {
  it('are judged line by line, each that is not VALID named by file and line, the worst deciding', async () => {
    const good = textOf(loggedReceipt());
    const lines = [good, '', tampered(loggedReceipt()), textOf(bareReceipt()), 'garbage', good];
    const { path, policy } = folderWith({ 'all.ndjson': lines.join('\n'), 'one.tecp.json': good });
    const { code, stdout } = await verify(path('all.ndjson'), path('one.tecp.json'), ...policy);
    expect(code).toBe(1);
    const [bad, signed, garbage, ...summary] = stdout.replaceAll(path('/'), '').split('\n');
    expect(bad).toMatch(/^all\.ndjson:3: INVALID: E-SIG-002 sig: [^;]+; E-LOG-002 /);
    expect(signed).toBe('all.ndjson:4: SIGNED, not shown to be logged');
    expect(garbage).toMatch(/^all\.ndjson:5: INVALID: E-SCHEMA-003 /);
    expect(summary).toEqual(['6 receipts: 3 VALID, 1 SIGNED, 2 INVALID', '']);
  });

  it('give exit code 1 for one that is INVALID, else 2 for one that cannot be read, else 3, else 0', async () => {
    const { path, policy } = folderWith({
      'good.json': textOf(loggedReceipt()),
      'bare.json': textOf(bareReceipt()),
      'bad.json': tampered(loggedReceipt()),
    });
    const codeOf = async (...names: string[]) => (await verify(...names.map(path), ...policy)).code;
    expect(await codeOf('good.json', 'good.json')).toBe(0);
    expect(await codeOf('good.json', 'bare.json')).toBe(3);
    expect(await codeOf('none.json', 'bare.json')).toBe(2);
    expect(await codeOf('bad.json', 'none.json', 'bare.json')).toBe(1);
    expect(await codeOf('in')).toBe(2);
  });

  it('are found in folders and the folders in them by their names, and the rest is counted', async () => {
    const { path, policy } = folderWith({
      'a.tecp.json': textOf(loggedReceipt()),
      'in/b.tecp.json': tampered(loggedReceipt()),
      'in/c.jsonl': `${textOf(loggedReceipt())}\n`,
      'in/notes.txt': 'no receipt',
    });
    const { code, stdout } = await verify(path(''), ...policy);
    expect(code).toBe(1);
    expect(stdout).toContain(`${path('in/b.tecp.json')}: INVALID: `);
    expect(stdout).toContain('3 receipts: 2 VALID, 1 INVALID (2 other files passed over)\n');
    const again = await verify(path(''), ...policy, '--json');
    expect(
      jsonLines(again.stdout)
        .map(({ verdict }) => verdict)
        .sort(),
    ).toEqual(['INVALID', 'VALID', 'VALID']);
    expect(again.stderr).toContain('3 receipts: 2 VALID, 1 INVALID');
  });

  it('are not what --input and --output are about', async () => {
    const { path, policy } = folderWith({ 'a.json': textOf(loggedReceipt()) });
    const twice = [path('a.json'), path('a.json'), ...policy];
    expect((await verify(...twice, '--input', path('a.json'))).code).toBe(2);
  });
});

describe('verify --json', () => {
  it('has the members that are documented, and names witnesses as people are told', async () => {
    const receipt = loggedReceipt();
    const { path, policy } = folderWith({ 'a.json': textOf(receipt) });
    const { stdout } = await verify(path('a.json'), ...policy, '--json');
    expect(jsonLines(stdout)).toEqual([
      {
        ...{ file: path('a.json'), verdict: 'VALID', valid: true, logged: true },
        ...{ type: 'tecp-receipt', errors: [], warnings: [], issuer_pinned: false },
        ...{ profile: 'tecp-v0.1', issuer: receipt.pubkey, code_ref: 'git:abc', ts: receipt.ts },
        policy_ids: ['no_pii'],
        leaf_hash: toHex(leafHash(receiptFromObject(receipt).entryBytes)),
        ...{ origin: 'log.example/test', index: 0, tree_size: 1 },
        logged_at: expect.any(Number),
        witnesses: ['witness-1', 'witness-2', 'witness-3'],
      },
    ]);
  });

  it('has codes for files that are not the input or the output', async () => {
    const { path, policy } = folderWith({ 'a.json': textOf(loggedReceipt()), data: 'data' });
    const files = ['--input', path('data'), '--output', path('data')];
    const { code, stdout } = await verify(path('a.json'), ...policy, ...files, '--json');
    expect(code).toBe(1);
    const [judged] = jsonLines(stdout);
    expect(judged).toMatchObject({ verdict: 'INVALID', valid: false, logged: true });
    expect(
      judged.errors.map(({ code, field }: Receipt & { code: string; field: string }) => [
        code,
        field,
      ]),
    ).toEqual([
      ['E-HASH-001', 'input_hash'],
      ['E-HASH-002', 'output_hash'],
    ]);
    expect(judged.input).toEqual({ file: path('data'), matches: false, hash: expect.any(String) });
  });

  it('says the line of NDJSON, and what could not be read', async () => {
    const { path, policy } = folderWith({ 'a.ndjson': `\n${textOf(loggedReceipt())}\n` });
    const { stdout } = await verify(path('a.ndjson'), path('none'), ...policy, '--json');
    expect(jsonLines(stdout)).toMatchObject([
      { file: path('a.ndjson'), line: 2, verdict: 'VALID' },
      { file: path('none'), verdict: 'UNREADABLE', valid: false, errors: [{ code: 'unreadable' }] },
    ]);
  });
});

describe('verify --proof --entry', () => {
  it('verifies bytes of any kind, as they stand', async () => {
    const bytes = randomBytes(40);
    const { path, policy } = folderWith({
      'e.bin': bytes,
      'f.bin': randomBytes(40),
      'e.tlog-proof': proofOf(bytes),
      'alone.tlog-proof': proofOf(bytes, [witnesses[0]!]),
      'no.tlog-proof': 'no proof',
    });
    const judge = async (proof: string, entry: string) => {
      const named = ['--proof', path(proof), '--entry', path(entry)];
      const { code, stdout } = await verify(...named, ...policy, '--json');
      const [{ errors, ...judged }] = jsonLines(stdout);
      return { code, codes: errors.map((error: { code: string }) => error.code), ...judged };
    };
    expect(await judge('e.tlog-proof', 'e.bin')).toMatchObject({
      ...{ code: 0, codes: [], verdict: 'VALID', valid: true, logged: true, type: 'opaque' },
      leaf_hash: toHex(leafHash(bytes)),
      ...{ index: 0, tree_size: 1, witnesses: ['witness-1', 'witness-2', 'witness-3'] },
    });
    expect(await judge('e.tlog-proof', 'f.bin')).toMatchObject({ code: 1, codes: ['E-LOG-002'] });
    expect(await judge('alone.tlog-proof', 'e.bin')).toMatchObject({
      ...{ code: 1, codes: ['E-LOG-003'], logged: false, witnesses: ['witness-1'] },
    });
    expect(await judge('no.tlog-proof', 'e.bin')).toMatchObject({ code: 1, codes: ['E-LOG-002'] });
  });

  it('judges a receipt as a receipt, whether its file ends in a newline or holds another proof', async () => {
    const receipt = bareReceipt();
    const { entryBytes } = receiptFromObject(receipt);
    const { path, policy } = folderWith({
      'exact.json': entryBytes,
      'newline.json': `${textOf(receipt)}\n`,
      'proven.tecp.json': `${textOf(withProof(receipt, 'another'))}\n`,
      'bad.json': tampered(receipt),
      'p.tlog-proof': proofOf(entryBytes),
      'bad.tlog-proof': proofOf(Buffer.from(tampered(receipt))),
    });
    const judge = async (proof: string, entry: string) => {
      const named = ['--proof', path(proof), '--entry', path(entry)];
      return jsonLines((await verify(...named, ...policy, '--json')).stdout)[0];
    };
    for (const name of ['exact.json', 'newline.json', 'proven.tecp.json']) {
      expect(await judge('p.tlog-proof', name)).toMatchObject({
        ...{ verdict: 'VALID', type: 'tecp-receipt', code_ref: 'git:abc' },
      });
    }
    // In the log, and still no good: it is not taken for mere bytes.
    expect(await judge('bad.tlog-proof', 'bad.json')).toMatchObject({
      ...{ verdict: 'INVALID', type: 'tecp-receipt', index: 0, errors: [{ code: 'E-SIG-002' }] },
    });
  });

  it('takes bytes that merely look like a receipt for bytes, where a log took them so', async () => {
    const bytes = Buffer.from('{"version":"TECP-x"}\n');
    const { path, policy } = folderWith({ 'e.bin': bytes, 'e.tlog-proof': proofOf(bytes) });
    const named = ['--proof', path('e.tlog-proof'), '--entry', path('e.bin')];
    const { code, stdout } = await verify(...named, ...policy);
    expect(code).toBe(0);
    expect(stdout).toMatch(/^VALID\n {2}type +opaque\n/);
  });

  it('has to be a receipt where it is asked whose it is, or of what', async () => {
    const bytes = Buffer.from('{"version":"TECP-x"}');
    const { path, policy } = folderWith({ 'e.bin': bytes, 'e.tlog-proof': proofOf(bytes) });
    const named = ['--proof', path('e.tlog-proof'), '--entry', path('e.bin'), ...policy];
    expect((await verify(...named)).code).toBe(0);
    for (const asked of [
      ['--issuer', bareReceipt().pubkey],
      ['--input', path('e.bin')],
      ['--output', path('e.bin')],
    ]) {
      const { code, stdout } = await verify(...named, ...asked, '--json');
      expect([code, jsonLines(stdout)[0].type]).toEqual([1, 'tecp-receipt']);
    }
  });

  it('needs both, and a policy file', async () => {
    const { path, policy } = folderWith({ e: 'e', p: 'p' });
    for (const args of [
      ['--proof', path('p'), ...policy],
      ['--entry', path('e'), ...policy],
      ['--proof', path('p'), '--entry', path('e')],
      ['--proof', path('p'), '--entry', path('e'), path('e'), ...policy],
      [...policy],
    ]) {
      expect((await verify(...args)).code).toBe(2);
    }
  });
});

it('a receipt is never said to have been logged before it was made', async () => {
  const { path, policy } = folderWith({ 'a.json': textOf(loggedReceipt()) });
  const { stdout } = await verify(path('a.json'), ...policy);
  const [, made] = stdout.match(/made +(\S+)\.\d{3}Z\n/)!;
  expect(stdout).toMatch(/logged +during \d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ, or before\n/);
  expect(stdout.match(/during (\S+)Z,/)![1]! >= made!).toBe(true);
});
