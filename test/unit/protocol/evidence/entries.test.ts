/** Evidence about what is in a signed tree: two leaves at one index, and an entry that rules refuse. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decodeUtf8, encodeUtf8 } from '#protocol/bytes.ts';
import {
  type Evidence,
  encodeEvidence,
  evidenceId,
  parseEvidence,
  proveInvalidEntry,
  proveSameIndexFork,
  type RefusedEntry,
  standingOf,
  verifyEvidence,
} from '#protocol/evidence/evidence.ts';
import { type Hash, leafHash } from '#protocol/merkle/hash.ts';
import { formatCheckpoint, signCheckpoint } from '#protocol/note/checkpoint.ts';
import { cosign } from '#protocol/note/cosignature.ts';
import { formatNote, parseNote } from '#protocol/note/note.ts';
import { receiptFromObject } from '#protocol/receipt/receipt.ts';
import { auditPath, merkleTreeHash } from '../merkle/reference-tree.ts';
import { errorCode, mutated, testHash } from '../note/support.ts';
import { makeReceipt } from '../receipt/fixture.ts';
import { keys, log, ORIGIN, otherLog, quantum, witness } from './scenario.ts';

/** Entries of a history: alike up to index 4, then its own. */
function history(name: string, size: number): Hash[] {
  return Array.from({ length: size }, (_, i) =>
    leafHash(encodeUtf8(i < 5 ? `entry ${i}` : `${name} ${i}`)),
  );
}

/** A note of the log and both cosigners on a tree. */
function noteOn(leaves: readonly Hash[], origin = ORIGIN): string {
  const root = merkleTreeHash(leaves);
  const text = formatCheckpoint({ origin, size: leaves.length, root, extensions: [] });
  const signer = origin === ORIGIN ? log : otherLog;
  const own = parseNote(
    signCheckpoint({ origin, size: leaves.length, root, extensions: [] }, signer),
  );
  const cosigners = [witness, quantum].map((key) => cosign(text, key, 1000));
  return formatNote({ text, signatures: [...own.signatures, ...cosigners] });
}

function claim(name: string, size: number, index: number) {
  const leaves = history(name, size);
  return { note: noteOn(leaves), leaf: leaves[index]!, proof: auditPath(index, leaves) };
}

function reason(evidence: Evidence): string | undefined {
  const { proven, reason: why, standing } = verifyEvidence(evidence);
  expect(proven).toBe(why === undefined);
  expect(standing).toBe(proven ? standingOf(evidence.kind) : undefined);
  return why;
}

describe('two trees with different leaves at one index', () => {
  const fork = proveSameIndexFork(5, claim('one', 7, 5), claim('two', 11, 5), keys);

  it('convict the log and both cosigners, without any tiles', () => {
    expect(fork.map(({ accused }) => accused)).toEqual(keys);
    for (const evidence of fork) expect(reason(evidence)).toBeUndefined();
    expect(standingOf('same-index-fork')).toBe('proof');
    expect(verifyEvidence(fork[0]!).statement).toBe(
      'The log "log.example" signed a tree of 7 leaves and one of 11 leaves with different entries at index 5.',
    );
  });

  it('make the same document in either order, which comes back from its bytes', () => {
    const [other] = proveSameIndexFork(5, claim('two', 11, 5), claim('one', 7, 5), keys);
    expect(evidenceId(other!)).toBe(evidenceId(fork[0]!));
    expect(parseEvidence(encodeEvidence(fork[0]!))).toEqual(fork[0]);
  });

  it('are never made of an honest history, at any index of any two sizes', () => {
    for (const [small, large] of [
      [3, 5],
      [5, 9],
      [8, 13],
    ] as const) {
      for (let index = 0; index < small; index++) {
        const made = proveSameIndexFork(
          index,
          claim('one', small, index),
          claim('one', large, index),
          keys,
        );
        expect(made).toEqual([]);
      }
    }
  });

  it('prove nothing with another leaf, proof, index or order, or with one size', () => {
    const [evidence] = fork;
    const leaves = evidence!.leaves!;
    const withLeaves = (change: Partial<typeof leaves>) =>
      reason({ ...evidence!, leaves: { ...leaves, ...change } });
    expect(withLeaves({ index: 6 })).toMatch(/first leaf does not verify/);
    expect(withLeaves({ index: 7 })).toMatch(/first leaf does not verify/);
    expect(withLeaves({ first: leaves.second })).toMatch(/leaves are one/);
    expect(withLeaves({ first: { ...leaves.first, leaf: testHash(1) } })).toMatch(/first leaf/);
    expect(withLeaves({ second: { ...leaves.second, proof: leaves.first.proof } })).toMatch(
      /second leaf/,
    );
    expect(reason({ ...evidence!, first: evidence!.second, second: evidence!.first })).toMatch(
      /smaller/,
    );
    expect(proveSameIndexFork(5, claim('one', 7, 5), claim('two', 7, 5), keys)).toEqual([]);
    const { leaves: _, ...without } = evidence!;
    expect(reason(without)).toMatch(/no leaves/);
    expect(reason({ ...evidence!, kind: 'same-size-fork' })).toMatch(/leaves that its kind/);
  });
});

describe('an entry that rules refuse, in a signed tree', () => {
  const genuine = receiptFromObject(makeReceipt()).entryBytes;
  const forged = encodeUtf8(decodeUtf8(genuine).replace('"ts":1753', '"ts":1754'));
  const treeWith = (entry: Uint8Array) => [
    ...history('one', 6),
    leafHash(entry),
    ...history('x', 3),
  ];
  const prove = (entry: Uint8Array, index = 6, by = keys) =>
    proveInvalidEntry(noteOn(treeWith(entry)), index, entry, auditPath(index, treeWith(entry)), by);

  it('is a breach by the key that signed, in the words of the rules', () => {
    const [evidence] = prove(forged);
    expect(reason(evidence!)).toBeUndefined();
    expect(standingOf('invalid-entry')).toBe('breach');
    expect(verifyEvidence(evidence!)).toMatchObject({ origin: ORIGIN, accused: log.verifier.text });
    expect(verifyEvidence(evidence!).statement).toBe(
      'The log "log.example" signed a tree of 10 leaves whose entry 6 the rules of tecp-receipt refuse: ' +
        'E-SIG-002 signature does not verify. It convicts a log that keeps these rules.',
    );
    expect(parseEvidence(encodeEvidence(evidence!))).toEqual(evidence);
  });

  it('is any bytes that are no receipt, of any length that a document holds', () => {
    for (const entry of [new Uint8Array(), Uint8Array.of(0xff), encodeUtf8('x'.repeat(60_000))]) {
      const [evidence] = prove(entry);
      expect(reason(parseEvidence(encodeEvidence(evidence!)))).toBeUndefined();
    }
  });

  it('is never a genuine receipt', () => {
    expect(prove(genuine)).toEqual([]);
    const [evidence] = prove(forged);
    const honest = { ...evidence!, entry: genuine, first: evidence!.first };
    expect(reason(honest)).toMatch(/do not refuse/);
  });

  it('accuses no witness by its Ed25519 key: it reads no entries', () => {
    const byWitness = prove(forged, 6, [witness.verifier]);
    expect(byWitness).toEqual([]);
  });

  it('proves nothing with another entry, index, proof, tree or key', () => {
    const evidence = prove(forged)[0] as RefusedEntry;
    expect(reason({ ...evidence, entry: encodeUtf8('another') })).toMatch(/inclusion proof/);
    expect(reason({ ...evidence, index: 7 })).toMatch(/inclusion proof/);
    expect(reason({ ...evidence, index: 10 })).toMatch(/inclusion proof/);
    expect(reason({ ...evidence, proof: evidence.proof.slice(1) })).toMatch(/inclusion proof/);
    expect(reason({ ...evidence, first: noteOn(treeWith(genuine)) })).toMatch(/first note/);
    expect(reason({ ...evidence, accused: otherLog.verifier })).toMatch(/first note/);
  });

  it('is refused as a document with an entry or rules that are none', () => {
    const text = new TextDecoder().decode(encodeEvidence(prove(forged)[0]!));
    const parse = (changed: string) => errorCode(() => parseEvidence(encodeUtf8(changed)));
    expect(parse(text.replace('"index":6', '"index":6.5'))).toBe('bad-evidence');
    expect(parse(text.replace('"index":6', '"index":-1'))).toBe('bad-evidence');
    expect(parse(text.replace('"index":6', '"index":"6"'))).toBe('bad-evidence');
    expect(parse(text.replace('"tecp-receipt"', '"opaque"'))).toBe('bad-evidence');
    expect(parse(text.replace('"entry":"', '"entry":"!'))).toBe('bad-evidence');
    expect(parse(text.replace('"kind"', '"extra":1,"kind"'))).toBe('bad-evidence');
  });

  it('is judged without throwing, however it is mutated', () => {
    const texts = [
      prove(forged)[0]!,
      proveSameIndexFork(5, claim('one', 7, 5), claim('two', 11, 5), keys)[0]!,
    ];
    const original = texts.map((it) => new TextDecoder().decode(encodeEvidence(it)));
    fc.assert(
      fc.property(mutated(fc.constantFrom(...original)), (text) => {
        const bytes = encodeUtf8(text);
        if (errorCode(() => parseEvidence(bytes)) !== undefined) return;
        expect(encodeEvidence(parseEvidence(bytes))).toEqual(bytes);
        if (!original.includes(text))
          expect(verifyEvidence(parseEvidence(bytes)).proven).toBe(false);
      }),
      { numRuns: 300 },
    );
  });
});
