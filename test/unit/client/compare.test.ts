/** Comparing two checkpoints of one log: consistent, contradictory with evidence, or undecided. */
import { describe, expect, it } from 'vitest';
import { type Comparison, compareCheckpoints, type SignedCheckpoint } from '#client/compare.ts';
import { encodeUtf8 } from '#protocol/bytes.ts';
import { verifyEvidence } from '#protocol/evidence/evidence.ts';
import { asHash } from '#protocol/merkle/hash.ts';
import { logOf, openCheckpoint, signCheckpoint } from '#protocol/note/checkpoint.ts';
import { cosign } from '#protocol/note/cosignature.ts';
import { KEY_TYPES, makeSignerKey } from '#protocol/note/key.ts';
import { formatNote, parseNote } from '#protocol/note/note.ts';
import { logKey } from '#test/support/log.ts';
import { MemorySource } from '#test/support/memory-source.ts';

const key = logKey();
const witness = makeSignerKey(
  'witness.example/w',
  KEY_TYPES.cosignatureEd25519,
  new Uint8Array(32).fill(3),
);
const keys = [key.verifier, witness.verifier];

/** A log of `size` entries, of which those from `fork` on are of another history. */
function history(size: number, fork = size): MemorySource {
  const entries = Array.from({ length: size }, (_, i) =>
    encodeUtf8(`entry ${i}${i < fork ? '' : ' of the other face'}`),
  );
  return new MemorySource(key).append(...entries).sign();
}

function shown(source: MemorySource): SignedCheckpoint {
  const note = source.note!;
  return { note, checkpoint: openCheckpoint(note, logOf(key.verifier)).checkpoint };
}

function cosigned({ note, checkpoint }: SignedCheckpoint): SignedCheckpoint {
  const { text, signatures } = parseNote(note);
  const line = cosign(text, witness, 1_700_000_000);
  return { checkpoint, note: formatNote({ text, signatures: [...signatures, line] }) };
}

function expectProven(comparison: Comparison, accused: readonly string[]): void {
  expect(comparison.kind).toBe('contradiction');
  if (comparison.kind !== 'contradiction') return;
  expect(comparison.evidence.map((evidence) => evidence.accused.text)).toEqual(accused);
  for (const evidence of comparison.evidence) expect(verifyEvidence(evidence).proven).toBe(true);
}

describe('two checkpoints of one history', () => {
  it.each([
    [0, 0],
    [0, 5],
    [1, 2],
    [5, 300],
    [256, 512],
    [300, 301],
    [700, 700],
  ])('of sizes %i and %i are consistent, whichever comes first', async (small, large) => {
    const source = history(large);
    const [a, b] = [shown(history(small)), shown(source)];
    expect(await compareCheckpoints(a, b, source, keys)).toEqual({ kind: 'consistent' });
    expect(await compareCheckpoints(b, a, source, keys)).toEqual({ kind: 'consistent' });
  });
});

describe('two checkpoints that contradict each other', () => {
  it.each([1, 2, 5, 256, 300])('at one size, %i, are evidence without any tile', async (size) => {
    const [a, b] = [shown(history(size)), shown(history(size, size - 1))];
    const nothing = new MemorySource(key);
    expectProven(await compareCheckpoints(a, b, nothing, keys), [key.verifier.text]);
    expectProven(await compareCheckpoints(b, a, nothing, keys), [key.verifier.text]);
    expect(nothing.asked).toEqual([]);
  });

  it.each([
    [1, 2, 0],
    [3, 7, 2],
    [5, 300, 4],
    [256, 257, 255],
    [255, 256, 0],
    [300, 700, 10],
  ])(
    'at sizes %i and %i, split at %i, are evidence with the tiles of the larger',
    async (...at) => {
      const [small, large, fork] = at;
      const source = history(large, fork);
      const [a, b] = [shown(history(small)), shown(source)];
      expectProven(await compareCheckpoints(a, b, source, keys), [key.verifier.text]);
      expectProven(await compareCheckpoints(b, a, source, keys), [key.verifier.text]);
    },
  );

  it('accuse every key that signed both', async () => {
    const source = history(9, 2);
    const [a, b] = [cosigned(shown(history(5))), cosigned(shown(source))];
    const accused = keys.map(({ text }) => text);
    expectProven(await compareCheckpoints(a, b, source, keys), accused);
    expectProven(await compareCheckpoints(a, shown(source), source, keys), accused.slice(0, 1));
    expectProven(await compareCheckpoints(a, b, source, [witness.verifier]), accused.slice(1));
  });

  it('at size 0 with a root that is not of the empty tree, too', async () => {
    const root = asHash(new Uint8Array(32).fill(1));
    const checkpoint = { origin: key.verifier.name, size: 0, root, extensions: [] };
    const a = { checkpoint, note: signCheckpoint(checkpoint, key) };
    const source = history(5);
    const comparison = await compareCheckpoints(a, shown(source), source, keys);
    expect(comparison.kind).not.toBe('consistent');
  });
});

describe('what cannot be decided', () => {
  it('is undecided when the tiles are missing, or of neither tree', async () => {
    const [a, b] = [shown(history(5)), shown(history(300, 2))];
    const missing = await compareCheckpoints(a, b, new MemorySource(key), keys);
    expect(missing).toEqual({ kind: 'undecided', reason: expect.stringContaining('404') });
    const stranger = history(300, 0);
    expect((await compareCheckpoints(a, b, stranger, keys)).kind).toBe('undecided');
  });

  it('is undecided when no key of interest signed both', async () => {
    const source = history(9, 2);
    const comparison = await compareCheckpoints(shown(history(5)), shown(source), source, [
      witness.verifier,
    ]);
    expect(comparison).toEqual({ kind: 'undecided', reason: expect.stringContaining('no key') });
  });

  it('never accuses an honest log, whatever the tiles hold', async () => {
    const honest = history(300);
    const [a, b] = [shown(history(200)), shown(honest)];
    for (const [tile, bytes] of honest.tiles) {
      for (let at = 0; at < bytes.length; at += 997) {
        const tampered = history(300);
        const changed = Uint8Array.from(bytes);
        changed[at]! ^= 0x80;
        tampered.tiles.set(tile, changed);
        const { kind } = await compareCheckpoints(a, b, tampered, keys);
        expect(kind).not.toBe('contradiction');
      }
    }
  });

  it('is not compared at all when it is of two origins', async () => {
    const [a, b] = [shown(history(5)), shown(history(5))];
    const other = { ...b, checkpoint: { ...b.checkpoint, origin: 'other.example' } };
    await expect(compareCheckpoints(a, other, history(5), keys)).rejects.toThrow(RangeError);
  });

  it('hands on errors that are not of the remote side', async () => {
    const source = history(300);
    source.tile = async () => {
      throw new TypeError('a bug');
    };
    await expect(
      compareCheckpoints(shown(history(5)), shown(source), source, keys),
    ).rejects.toBeInstanceOf(TypeError);
  });
});
