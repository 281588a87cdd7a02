/**
 * A receipt that was valid stays so, whatever is asked again: real commands against a log that answers
 * with proofs under checkpoints of any time.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { randomBytes } from '#crypto';
import { encodeBase64Url } from '#protocol/base64.ts';
import { encodeUtf8, toHex } from '#protocol/bytes.ts';
import { leafHash } from '#protocol/merkle/hash.ts';
import { formatTlogProof, parseTlogProof } from '#protocol/proof/tlog-proof.ts';
import { createReceipt, encodeReceipt, withProof } from '#protocol/receipt/create.ts';
import { receiptFromObject } from '#protocol/receipt/receipt.ts';
import type { Receipt } from '#protocol/receipt/types.ts';
import { type CommandResult, tecp } from '#test/support/cli.ts';
import { FakeLog, fakePolicy, PuppetWitness } from '#test/support/fake-log.ts';
import { tempFolder } from '#test/support/temp.ts';

const HOUR_MS = 3_600_000;
const MINUTE_MS = 60_000;

let cwd: string;
let log: FakeLog;
let receipt: Receipt;
/** Under a checkpoint at which the receipt was young enough, and under one at which it was not. */
let early: string;
let late: string;

const here = (...args: string[]): Promise<CommandResult> => tecp(args, { cwd });
const text = (name: string): string => readFileSync(join(cwd, name), 'utf8');
const write = (name: string, content: string | Uint8Array): void =>
  writeFileSync(join(cwd, name), content);
const target = (): string[] => ['--log', log.url, '--trust', 'policy.txt'];

/** From now on the log answers with this proof, to whatever is asked. */
function answerWith(proof: string, more: object = {}): void {
  const leaf = toHex(leafHash(receiptFromObject(receipt).entryBytes));
  const answer = { leaf_index: 0, leaf_hash: leaf, duplicate: true, proof, ...more };
  log.overrides.set('v1/log/entries?wait=proof', JSON.stringify(answer));
  log.overrides.set('v1/log/entries', JSON.stringify({ ...answer, proof: undefined }));
  log.overrides.set(`v1/log/proof?leaf=${leaf}`, proof);
  log.overrides.set('v1/log/proof?index=0', proof);
}

beforeEach(async () => {
  cwd = tempFolder();
  const madeMs = Date.now() - 48 * HOUR_MS;
  const hash = encodeBase64Url(new Uint8Array(32));
  const nonce = encodeBase64Url(randomBytes(16));
  const fields = { code_ref: 'git:abc', ts: madeMs, nonce, input_hash: hash, output_hash: hash };
  receipt = createReceipt({ ...fields, policy_ids: [] }, randomBytes(32));
  log = await new FakeLog().start();
  onTestFinished(() => log.close());
  const witnesses = [1, 2, 3].map((i) => new PuppetWitness(`witness-${i}`));
  const cosigned = (note: string, timeMs: number): string =>
    witnesses.reduce((all, witness) => witness.cosign(all, Math.floor(timeMs / 1000)), note);
  log.tree.append([receiptFromObject(receipt).entryBytes]);
  const first = cosigned(log.sign(), madeMs + 24 * HOUR_MS - 2 * MINUTE_MS);
  early = formatTlogProof({ index: 0, hashes: [], checkpoint: first });
  const other = encodeUtf8('another entry');
  log.tree.append([other]);
  const second = cosigned(log.sign(), madeMs + 24 * HOUR_MS + 5 * MINUTE_MS);
  late = formatTlogProof({ index: 0, hashes: [leafHash(other)], checkpoint: second });
  write('policy.txt', fakePolicy([log], witnesses));
  write('bare.json', encodeReceipt(receipt));
  answerWith(early);
});

describe('a receipt that is valid', () => {
  beforeEach(async () => {
    const logged = await here('submit', 'bare.json', '--wait', '--out', 'r.tecp.json', ...target());
    expect(logged).toMatchObject({ code: 0 });
    const verdict = await here('verify', 'r.tecp.json', '--policy', 'policy.txt');
    expect(verdict.stdout.toString()).toMatch(/^VALID\n/);
    answerWith(late);
  });

  it('stays valid when its proof is asked for again, by whatever command', async () => {
    const before = text('r.tecp.json');
    for (const from of ['r.tecp.json', 'bare.json']) {
      const again = await here('submit', from, '--wait', '--out', 'r.tecp.json', ...target());
      expect(again).toMatchObject({ code: 0 });
      expect(again.stderr).toContain('kept in r.tecp.json: the proof that was there before');
      expect(text('r.tecp.json')).toBe(before);
    }
    await here('submit', 'r.tecp.json', '--wait', '--out', 'copy.tecp.json', ...target());
    expect(text('copy.tecp.json')).toBe(before);
    for (let time = 1; time <= 2; time++) {
      const fetched = await here('proof', 'r.tecp.json', '--out', 'r.tlog-proof', ...target());
      expect(fetched).toMatchObject({ code: 0 });
      expect(text('r.tlog-proof')).toBe(early);
    }
    const verdict = await here('verify', 'r.tecp.json', '--policy', 'policy.txt');
    expect(verdict.stdout.toString()).toMatch(/^VALID\n/);
  });

  it('is not overwritten by anything else either', async () => {
    const before = text('r.tecp.json');
    const other = createReceipt(
      { ...receipt, nonce: encodeBase64Url(randomBytes(16)) },
      randomBytes(32),
    );
    write('other.json', encodeReceipt(other));
    for (const args of [
      ['submit', 'other.json', '--wait', '--out', 'r.tecp.json'],
      ['proof', 'r.tecp.json', '--out', 'r.tecp.json'],
      ['proof', '--index', '0', '--out', 'r.tecp.json'],
    ]) {
      const refused = await here(...args, ...target());
      expect(refused, args.join(' ')).toMatchObject({ code: 2 });
      expect(refused.stderr).toMatch(/^tecp: r\.tecp\.json holds something else [^\n]+\.\n$/);
    }
    expect(text('r.tecp.json')).toBe(before);
  });

  it('does not cost another entry its proof', async () => {
    const sibling = leafHash(receiptFromObject(receipt).entryBytes);
    const another = formatTlogProof({ ...parseTlogProof(late), index: 1, hashes: [sibling] });
    write('r.tlog-proof', another);
    const refused = await here('proof', 'r.tecp.json', '--out', 'r.tlog-proof', ...target());
    expect(refused).toMatchObject({ code: 2 });
    expect(refused.stderr).toContain('r.tlog-proof holds the proof of another entry');
    expect(text('r.tlog-proof')).toBe(another);
  });
});

it('a later proof and one that does not verify give way to an earlier one that does', async () => {
  const spoiled = [late, early.replace(/\n[^\n]{44}\n\n/, '\n\n').replace('index 0', 'index 7')];
  for (const proof of spoiled) {
    write('r.tecp.json', encodeReceipt(withProof(receipt, proof)));
    const verify = () => here('verify', 'r.tecp.json', '--policy', 'policy.txt');
    expect(await verify()).toMatchObject({ code: 1 });
    const again = await here(
      'submit',
      'r.tecp.json',
      '--wait',
      '--out',
      'r.tecp.json',
      ...target(),
    );
    expect(again).toMatchObject({ code: 0 });
    expect(await verify()).toMatchObject({ code: 0 });
  }
});

it('a run whose log is away says how to complete its receipt, by the same log and trust', async () => {
  await log.close();
  const { stderr } = await here('run', ...target(), '--out', 'r.tecp.json', '--', 'echo', 'hello');
  const later = ['proof', '--attach', 'r.tecp.json', '--log', log.url, '--policy', 'policy.txt'];
  expect(stderr.trimEnd().endsWith(later.join(' '))).toBe(true);
});

it('what the log wants a submitter to know is one line on standard error', async () => {
  const message = 'older than 24 hours:\u001b[31m the default profile refuses it';
  answerWith(early, { warnings: [{ code: 'W-TS-002', message, field: 'ts' }] });
  for (const more of [[], ['--wait']]) {
    const { code, stderr } = await here('submit', 'bare.json', ...more, ...target());
    expect(code).toBe(0);
    expect(stderr.split('\n').filter((line) => line.includes('warning'))).toEqual([
      'tecp: warning: older than 24 hours:\\u{1b}[31m the default profile refuses it (W-TS-002)',
    ]);
  }
});

it('nothing that a log answers steers the terminal', async () => {
  const steering = 'a\u009b31mb\u001b[2Jc\u202ed';
  const line = { status: 400, code: 'E-SCHEMA-002', detail: steering };
  log.overrides.set('v1/log/entries', `${JSON.stringify(line)}\n`.repeat(2));
  write('two.ndjson', `${text('bare.json')}\n`.repeat(2));
  const { code, stdout, stderr } = await here('submit', 'two.ndjson', ...target());
  expect(code).toBe(1);
  expect((stdout.toString() + stderr).replaceAll('\n', '')).not.toMatch(/[\p{Cc}\p{Cf}]/u);
  const [first] = stdout.toString().split('\n');
  expect(JSON.parse(first!).detail).toBe(steering);
});
