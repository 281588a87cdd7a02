/**
 * Both crypto providers give one verdict: the library as a browser gets it, with noble, runs here
 * beside the one with node:crypto, on receipts, proofs and evidence changed at random.
 */
import { generateKeyPairSync, sign } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { decodeBase64, decodeBase64Url, encodeBase64, encodeBase64Url } from '#protocol/base64.ts';
import { concatBytes } from '#protocol/bytes.ts';
import { asHash } from '#protocol/merkle/hash.ts';
import { encodeReceipt } from '#protocol/receipt/create.ts';
import type { Profile, Receipt } from '#protocol/receipt/types.ts';
import { tempFolder } from '#test/support/temp.ts';
import { Cleanup } from '#test/support/witness.ts';
import { bundleForBrowser } from './browser/bundle.ts';
import { changeLines, changeProof, type Material, strictReceipt } from './browser/cases.ts';
import { evidenceCases } from './browser/evidence-cases.ts';
import { type Case, judge, type ReceiptOptions } from './browser/judge.ts';
import { materialFrom } from './material.ts';

const JUDGE = 'test/conformance/browser/judge.ts';
const PROVIDER = 'shared/protocol/crypto/noble.ts';

/** `judge` of a bundle that has noble in it. */
async function loadWithNoble(): Promise<typeof judge> {
  const { code, sources } = await bundleForBrowser([JUDGE], 'esm');
  expect(sources).toContain(PROVIDER);
  const path = join(tempFolder(), 'judge.mjs');
  writeFileSync(path, code);
  return (await import(pathToFileURL(path).href)).judge;
}

/** The bytes with one bit turned over; `bit` counts on past the end from the start again. */
function flipBit(bytes: Uint8Array, bit: number): Uint8Array {
  const copy = Uint8Array.from(bytes);
  const at = bit % (copy.length * 8);
  copy[at >> 3]! ^= 1 << (at & 7);
  return copy;
}

type Change = (receipt: Receipt) => Receipt;

const bit = fc.nat(2 ** 20);
const BYTES_MEMBERS = ['sig', 'pubkey', 'nonce', 'input_hash'] as const;

const changedMember = fc.tuple(fc.constantFrom(...BYTES_MEMBERS), bit).map(
  ([member, at]): Change =>
    (receipt) => {
      const bytes = flipBit(decodeBase64Url(receipt[member]), at);
      return { ...receipt, [member]: encodeBase64Url(bytes) };
    },
);

const changedLine = fc.tuple(fc.nat(6), bit).map(
  ([number, at]): Change =>
    (receipt) =>
      changeLines(receipt, (lines) =>
        lines.map((line, i) => (i === number ? { ...line, bytes: flipBit(line.bytes, at) } : line)),
      ),
);

const linesLeftOut = fc.subarray([0, 1, 2, 3, 4, 5, 6], { minLength: 1 }).map(
  (kept): Change =>
    (receipt) =>
      changeLines(receipt, (lines) => {
        const left = lines.filter((_, i) => kept.includes(i));
        return left.length > 0 ? left : lines.slice(0, 1); // a note has at least one
      }),
);

const changedHash = fc.tuple(fc.nat(1), bit).map(
  ([number, at]): Change =>
    (receipt) =>
      changeProof(receipt, (proof) => ({
        ...proof,
        hashes: proof.hashes.map((hash, i) => (i === number ? asHash(flipBit(hash, at)) : hash)),
      })),
);

const unchanged = fc.constant<Change>((receipt) => receipt);
const change = fc.oneof(unchanged, changedMember, changedLine, linesLeftOut, changedHash);

interface Circumstances {
  readonly profile: Profile;
  readonly ageMs: number;
  readonly hasPolicy: boolean;
}

const circumstances: fc.Arbitrary<Circumstances> = fc.record({
  profile: fc.constantFrom<Profile>('tecp-lite', 'tecp-v0.1', 'tecp-strict'),
  ageMs: fc.constantFrom(-86_400_000, 0, 1000, 2 * 86_400_000, 30 * 86_400_000),
  hasPolicy: fc.boolean(),
});

/** R and S, with an S that is below the group order, so that the equation has to decide. */
function reduced([r, s]: [Uint8Array, Uint8Array]): Uint8Array {
  const signature = concatBytes(r, s);
  signature[63]! &= 0x0f;
  return signature;
}

type EvidenceCase = Extract<Case, { kind: 'evidence' }>;

describe('the two crypto providers', () => {
  const cleanup = new Cleanup();
  let judgeWithNoble: typeof judge;
  let material: Material;

  beforeAll(async () => {
    judgeWithNoble = await loadWithNoble();
    material = await materialFrom(cleanup);
  });
  afterAll(cleanup.run);

  /** The answer that both give, as text. */
  function agreed(question: Case): string {
    const answer = judge(question);
    expect(judgeWithNoble(question)).toEqual(answer);
    return JSON.stringify(answer);
  }

  function optionsOf({ profile, ageMs, hasPolicy }: Circumstances): ReceiptOptions {
    const { proven, policy } = material;
    const options = { profile, nowMs: proven.ts + ageMs };
    return hasPolicy ? { ...options, policy } : options;
  }

  it('judge a logged receipt alike, whichever bit of it is changed', () => {
    const answers = new Set<string>();
    fc.assert(
      fc.property(change, circumstances, (apply, around) => {
        const bytes = encodeBase64(encodeReceipt(apply(material.proven)));
        answers.add(agreed({ kind: 'receipt', bytes, options: optionsOf(around) }));
      }),
      { numRuns: 100 },
    );
    const all = [...answers].join('\n');
    const seen = ['"valid":true', 'E-SIG-002', 'E-LOG-002'];
    expect(seen.filter((word) => !all.includes(word))).toEqual([]);
  });

  it('judge receipts of any issuer alike, with any other signature too', () => {
    const bytes32 = fc.uint8Array({ minLength: 32, maxLength: 32 });
    const other = fc.option(fc.tuple(bytes32, bytes32));
    fc.assert(
      fc.property(bytes32, other, circumstances, (seed, parts, around) => {
        const receipt = strictReceipt(material.proven.ts, {}, seed);
        const sig = parts === null ? receipt.sig : encodeBase64Url(reduced(parts));
        const bytes = encodeBase64(encodeReceipt({ ...receipt, sig }));
        agreed({ kind: 'receipt', bytes, options: optionsOf(around) });
      }),
      { numRuns: 100 },
    );
  });

  it('judge ECDSA signatures alike, whichever bit of them is changed', () => {
    const curve = fc.constantFrom('P-256', 'P-384', 'P-521');
    const answers = new Set<string>();
    fc.assert(
      fc.property(curve, fc.option(bit), fc.boolean(), (namedCurve, at, ofKey) => {
        const pair = generateKeyPairSync('ec', { namedCurve });
        const key = new Uint8Array(pair.publicKey.export({ type: 'spki', format: 'der' }));
        const signature = new Uint8Array(sign('sha256', key, pair.privateKey));
        const changed = (bytes: Uint8Array, isIt: boolean) =>
          encodeBase64(at === null || !isIt ? bytes : flipBit(bytes, at));
        const parts = { key: changed(key, ofKey), signature: changed(signature, !ofKey) };
        answers.add(agreed({ kind: 'ecdsa', ...parts, message: encodeBase64(key) }));
      }),
      { numRuns: 60 },
    );
    expect(answers).toEqual(new Set(['true', 'false']));
  });

  it('judge evidence alike, whichever bit of it is changed', () => {
    const documents = evidenceCases().map(({ question }) => question as EvidenceCase);
    fc.assert(
      fc.property(fc.constantFrom(...documents), fc.option(bit), (document, at) => {
        const bytes = decodeBase64(document.bytes);
        agreed({ kind: 'evidence', bytes: encodeBase64(at === null ? bytes : flipBit(bytes, at)) });
      }),
      { numRuns: 100 },
    );
  });
});
