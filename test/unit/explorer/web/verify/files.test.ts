/** Files that are dropped are known by their content, judged as the command line judges them, and nobody is asked. */
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { MAX_FILE_BYTES, MAX_FILES } from '#explorer/web/verify/files/limits.ts';
import { concatBytes, encodeUtf8, toHex } from '#protocol/bytes.ts';
import { MAX_EVIDENCE_FILE_BYTES } from '#protocol/evidence/evidence.ts';
import { leafHash } from '#protocol/merkle/hash.ts';
import { MAX_POLICY_BYTES } from '#protocol/policy/policy.ts';
import { formatTlogProof, MAX_PROOF_BYTES } from '#protocol/proof/tlog-proof.ts';
import { encodeReceipt, withProof } from '#protocol/receipt/create.ts';
import { parseReceipt } from '#protocol/receipt/receipt.ts';
import { MAX_RECEIPT_BYTES } from '#protocol/receipt/types.ts';
import { HonestExplorer, HonestLog, someEntries } from './honest-explorer.ts';

const log = new HonestLog('log.example/a').grow(...someEntries(9));
const explorer = new HonestExplorer(log);
const bytesOf = (path: string) => new Uint8Array(readFileSync(`docs/examples/${path}`));
const named = (...files: readonly Uint8Array[]) =>
  files.map((bytes, i) => ({ name: `file-${i}`, bytes }));

/** What a visitor is told who has set a policy, or not; any request fails the test. */
async function dropped(files: readonly Uint8Array[], policy?: string) {
  let asked = 0;
  const visitor = await explorer.visitor({
    fetch: async () => {
      asked++;
      return new Response('');
    },
  });
  if (policy !== undefined) visitor.policies.add('mine', policy);
  const verdicts = await visitor.files(named(...files));
  expect(asked).toBe(0);
  return verdicts;
}

async function proofOf(index: number): Promise<string> {
  return formatTlogProof({ index, hashes: await log.proof(index), checkpoint: await log.note() });
}

async function provenReceipt(index = 2): Promise<Uint8Array> {
  const { receipt } = parseReceipt(log.source.log[index]!);
  return encodeReceipt(withProof(receipt, await proofOf(index)));
}

const STRANGER = new HonestLog('log.example/b').policy;

describe('a receipt', () => {
  it('with its proof is VALID, with a newline at its end or without', async () => {
    const receipt = await provenReceipt();
    for (const bytes of [receipt, concatBytes(receipt, encodeUtf8('\n'))]) {
      const [verdict] = await dropped([bytes]);
      expect(verdict).toMatchObject({
        kind: 'receipt',
        tone: 'good',
        headline: 'VALID',
        reasons: [],
      });
      expect(verdict?.facts).toContainEqual(['entry', 'index 2 in a tree of 9']);
      expect(verdict?.facts).toContainEqual(['quorum', 'met, cosigned by: w1, w2, w3']);
      expect(verdict?.trust?.source).toBe('explorer');
    }
  });

  it('without a proof is SIGNED, and VALID where its proof is dropped with it', async () => {
    const bare = log.source.log[2]!;
    expect((await dropped([bare]))[0]?.headline).toBe('SIGNED, not shown to be logged');
    const [first, second] = await dropped([encodeUtf8(await proofOf(2)), bare]);
    expect([first?.kind, second?.headline]).toEqual(['proof', 'VALID']);
    const others = await dropped([encodeUtf8(await proofOf(1)), bare]);
    expect(others[1]?.headline).toBe('SIGNED, not shown to be logged');
  });

  it('that was changed is INVALID, with the codes of the command line', async () => {
    const text = new TextDecoder().decode(await provenReceipt());
    const [verdict] = await dropped([encodeUtf8(text.replace('no_retention', 'no_retentiom'))]);
    expect(verdict).toMatchObject({ tone: 'bad', headline: 'INVALID' });
    expect(verdict?.reasons.map((reason) => reason.slice(0, 9))).toEqual([
      'E-SIG-002',
      'E-LOG-002',
    ]);
  });

  it('of a log that the visitor does not trust is INVALID by their policy', async () => {
    const [verdict] = await dropped([await provenReceipt()], STRANGER);
    expect(verdict?.headline).toBe('INVALID');
    expect(verdict?.reasons[0]).toMatch(/^E-LOG-004/);
    expect(verdict?.trust?.words).toContain('does not list this log');
  });

  it('with a proof that cannot be read is INVALID', async () => {
    const { receipt } = parseReceipt(log.source.log[2]!);
    const [verdict] = await dropped([encodeReceipt(withProof(receipt, 'nothing'))]);
    expect(verdict?.reasons[0]).toMatch(/^E-LOG-002/);
  });
});

it('other bytes are found by their leaf hash, and VALID with their proof', async () => {
  const bytes = log.source.log[3]!;
  const [alone] = await dropped([bytes]);
  const leaf = toHex(leafHash(bytes));
  expect(alone).toMatchObject({ kind: 'bytes', tone: 'neutral', leafHash: leaf });
  const [proven] = await dropped([bytes, encodeUtf8(await proofOf(3))]);
  expect(proven).toMatchObject({ kind: 'entry', headline: 'VALID', leafHash: leaf });
});

it('evidence is PROVEN or not, as the command line says', async () => {
  const fork = bytesOf('fork.tecp-evidence.json');
  const [verdict] = await dropped([fork]);
  expect(verdict?.headline).toMatch(/^PROVEN: The log "log.example" signed/);
  const broken = encodeUtf8(new TextDecoder().decode(fork).replace('Vtjz', 'Vtjy'));
  expect((await dropped([broken]))[0]?.headline).toMatch(/^NOT PROVEN/);
  const malformed = concatBytes(fork.slice(0, 300), fork.slice(301));
  expect((await dropped([malformed]))[0]?.tone).not.toBe('good');
});

it('a checkpoint is judged by the policy that counts, and a policy can be taken as their own', async () => {
  const note = encodeUtf8(await log.note());
  expect((await dropped([note]))[0]).toMatchObject({
    kind: 'checkpoint',
    headline: 'CHECKPOINT VERIFIED',
  });
  const [untrusted] = await dropped([note], STRANGER);
  expect(untrusted).toMatchObject({ tone: 'bad', headline: 'CHECKPOINT NOT VERIFIED' });
  const [policy] = await dropped([encodeUtf8(log.policy)]);
  expect(policy).toMatchObject({ kind: 'policy', policyText: log.policy });
});

it('what looks like a proof and is none is said to be none', async () => {
  const [verdict] = await dropped([encodeUtf8('c2sp.org/tlog-proof@v1\nindex x\n')]);
  expect(verdict).toMatchObject({
    kind: 'malformed',
    tone: 'bad',
    headline: 'Not an offline proof',
  });
});

it('all that can be recognised is within the limit', () => {
  expect(MAX_FILE_BYTES).toBeGreaterThanOrEqual(
    Math.max(MAX_EVIDENCE_FILE_BYTES, MAX_RECEIPT_BYTES),
  );
  expect(MAX_FILE_BYTES).toBeGreaterThanOrEqual(Math.max(MAX_PROOF_BYTES, MAX_POLICY_BYTES));
});

it('files that are too large or too many are refused', async () => {
  expect((await dropped([new Uint8Array(MAX_FILE_BYTES + 1)]))[0]?.kind).toBe('too-large');
  expect((await dropped([new Uint8Array(65_536)]))[0]?.kind).toBe('too-large');
  const many = Array.from({ length: MAX_FILES + 1 }, () => new Uint8Array(1));
  await expect(dropped(many)).rejects.toThrow(RangeError);
});

it('every byte of a receipt that is changed makes it less than VALID', async () => {
  const receipt = await provenReceipt();
  const step = Math.ceil(receipt.length / 300);
  for (let at = 0; at < receipt.length; at += step) {
    const changed = receipt.slice();
    changed[at]! ^= 1;
    const [verdict] = await dropped([changed]);
    // A witness whose name is changed is one that nobody knows: two of three are enough.
    const isOneLess = verdict?.facts.some(([, value]) => /cosigned by: w., w.$/.test(value));
    if (!isOneLess) expect(verdict?.headline, `byte ${at}`).not.toBe('VALID');
  }
});
