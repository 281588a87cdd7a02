/**
 * Every function of the library, given what no caller can have meant: it throws TypeError or
 * RangeError, and never returns a verdict, an encoding or a proof that was made of nothing.
 */
import { describe, expect, it } from 'vitest';
import * as base64 from '#protocol/base64.ts';
import * as bytes from '#protocol/bytes.ts';
import { tecpReceipt } from '#protocol/entry/tecp-receipt/tecp-receipt.ts';
import { parseEvidence, standingOf, verifyEvidence } from '#protocol/evidence/evidence.ts';
import * as json from '#protocol/json/canonical.ts';
import { CompactRange } from '#protocol/merkle/compact-range.ts';
import * as hash from '#protocol/merkle/hash.ts';
import * as proof from '#protocol/merkle/proof.ts';
import { TileBuilder } from '#protocol/merkle/tile-builder.ts';
import * as tiles from '#protocol/merkle/tiles.ts';
import * as checkpoint from '#protocol/note/checkpoint.ts';
import { cosign } from '#protocol/note/cosignature.ts';
import * as key from '#protocol/note/key.ts';
import * as note from '#protocol/note/note.ts';
import * as policy from '#protocol/policy/policy.ts';
import * as tlogProof from '#protocol/proof/tlog-proof.ts';
import { createReceipt, withProof } from '#protocol/receipt/create.ts';
import { checkTimestamp } from '#protocol/receipt/profiles.ts';
import { verifyReceipt } from '#protocol/receipt/verify.ts';
import * as witness from '#protocol/witness/add-checkpoint.ts';
import { providers } from './crypto/providers.ts';
import {
  FIELDS,
  LOG_KEY,
  makeReceipt,
  POLICY,
  proofOf,
  seed,
  TS,
  WITNESS_KEYS,
} from './receipt/fixture.ts';

/** Each call is made with one of these in the place of the argument that is tried. */
type Call = (bad: never) => unknown;

const KINDS = {
  integer: [undefined, null, '1', 1n, Number.NaN, -1, 0.5, 2 ** 53, Number.POSITIVE_INFINITY],
  bytes: [undefined, null, 32, 'x'.repeat(32), [1], {}],
  hash: [
    undefined,
    null,
    'x'.repeat(32),
    new Uint8Array(0),
    new Uint8Array(31),
    new Uint8Array(33),
  ],
  text: [undefined, null, 5, {}, new Uint8Array(3)],
  policy: [null, 5, 'quorum none', {}, { logs: [], witnesses: [], groups: [] }],
} as const;

const H = hash.EMPTY_ROOT;
const LEAF = hash.leafHash(seed(1));
const NONE = new Uint8Array(0);
const [WITNESS] = WITNESS_KEYS;
const RECEIPT = makeReceipt();
const PROOF = proofOf(RECEIPT);
const PARSED = tlogProof.parseTlogProof(PROOF);
const TEXT = note.parseNote(PARSED.checkpoint).text;
const TREE = checkpoint.parseCheckpoint(TEXT);
const NO_READ = () => Promise.reject(new Error('nothing is read'));
const VERIFY = { nowMs: TS };

const CALLS: [kind: keyof typeof KINDS, name: string, call: Call][] = [
  ['text', 'encodeUtf8', bytes.encodeUtf8],
  ['text', 'isLongerThan', (bad) => bytes.isLongerThan(bad, 1)],
  ['integer', 'isLongerThan', (bad) => bytes.isLongerThan('', bad)],
  ['bytes', 'decodeUtf8', bytes.decodeUtf8],
  ['bytes', 'toHex', bytes.toHex],
  ['text', 'fromHex', bytes.fromHex],
  ['bytes', 'decodeUint64', bytes.decodeUint64],
  ['integer', 'encodeUint64', bytes.encodeUint64],
  ['text', 'parseDecimal', bytes.parseDecimal],
  ['bytes', 'encodeBase64', base64.encodeBase64],
  ['bytes', 'encodeBase64Url', base64.encodeBase64Url],
  ['text', 'decodeBase64', base64.decodeBase64],
  ['text', 'decodeBase64Url', base64.decodeBase64Url],
  ['bytes', 'asHash', hash.asHash],
  ['bytes', 'leafHash', hash.leafHash],
  ['hash', 'nodeHash left', (bad) => hash.nodeHash(bad, H)],
  ['hash', 'nodeHash right', (bad) => hash.nodeHash(H, bad)],
  ['integer', 'verifyInclusion index', (bad) => proof.verifyInclusion(LEAF, bad, 1, [], LEAF)],
  ['integer', 'verifyInclusion size', (bad) => proof.verifyInclusion(LEAF, 0, bad, [], LEAF)],
  ['hash', 'verifyInclusion leaf', (bad) => proof.verifyInclusion(bad, 0, 1, [], LEAF)],
  ['hash', 'verifyInclusion root', (bad) => proof.verifyInclusion(LEAF, 0, 1, [], bad)],
  ['hash', 'verifyInclusion proof', (bad) => proof.verifyInclusion(LEAF, 0, 2, [bad], H)],
  ['integer', 'verifyConsistency old', (bad) => proof.verifyConsistency(bad, H, 1, H, [])],
  ['integer', 'verifyConsistency new', (bad) => proof.verifyConsistency(1, H, bad, H, [])],
  ['hash', 'verifyConsistency old root', (bad) => proof.verifyConsistency(1, bad, 1, H, [])],
  ['hash', 'verifyConsistency new root', (bad) => proof.verifyConsistency(1, H, 1, bad, [])],
  ['hash', 'verifyConsistency proof', (bad) => proof.verifyConsistency(1, H, 2, H, [bad])],
  ['integer', 'inclusionProof index', (bad) => proof.inclusionProof(NO_READ, bad, 5)],
  ['integer', 'inclusionProof size', (bad) => proof.inclusionProof(NO_READ, 0, bad)],
  ['integer', 'consistencyProof old', (bad) => proof.consistencyProof(NO_READ, bad, 5)],
  ['integer', 'consistencyProof new', (bad) => proof.consistencyProof(NO_READ, 0, bad)],
  ['integer', 'treeRoot', (bad) => proof.treeRoot(NO_READ, bad)],
  ['integer', 'CompactRange.from size', (bad) => CompactRange.from(bad, [])],
  ['hash', 'CompactRange.from hashes', (bad) => CompactRange.from(1, [bad])],
  ['hash', 'CompactRange.append', (bad) => CompactRange.empty().append(bad)],
  ['hash', 'TileBuilder.append', (bad) => TileBuilder.empty().append(bad)],
  ['integer', 'TileBuilder.load', (bad) => TileBuilder.load(bad, NO_READ)],
  ['integer', 'tilePath level', (bad) => tiles.tilePath(bad, 0, 1)],
  ['integer', 'tilePath index', (bad) => tiles.tilePath(0, bad, 1)],
  ['integer', 'tilePath width', (bad) => tiles.tilePath(0, 0, bad)],
  ['integer', 'entriesPath index', (bad) => tiles.entriesPath(bad, 1)],
  ['text', 'parseTilePath', tiles.parseTilePath],
  ['integer', 'hashesAtTileLevel level', (bad) => tiles.hashesAtTileLevel(bad, 5)],
  ['integer', 'hashesAtTileLevel size', (bad) => tiles.hashesAtTileLevel(0, bad)],
  ['integer', 'tileWidth index', (bad) => tiles.tileWidth(0, bad, 5)],
  ['integer', 'tileWidth size', (bad) => tiles.tileWidth('entries', 0, bad)],
  ['bytes', 'decodeTile', (bad) => tiles.decodeTile(bad, 1)],
  ['integer', 'decodeTile width', (bad) => tiles.decodeTile(H, bad)],
  ['integer', 'tileOfNode level', (bad) => tiles.tileOfNode(bad, 0)],
  ['integer', 'tileOfNode index', (bad) => tiles.tileOfNode(0, bad)],
  ['bytes', 'encodeEntryBundle', (bad) => tiles.encodeEntryBundle([bad])],
  ['bytes', 'decodeEntryBundle', (bad) => tiles.decodeEntryBundle(bad, 0)],
  ['integer', 'decodeEntryBundle count', (bad) => tiles.decodeEntryBundle(NONE, bad)],
  ['text', 'isKeyName', key.isKeyName],
  ['text', 'parseVerifierKey', key.parseVerifierKey],
  ['text', 'parseSignerKey', key.parseSignerKey],
  ['bytes', 'makeVerifierKey', (bad) => key.makeVerifierKey('a', 1, bad)],
  ['bytes', 'makeSignerKey', (bad) => key.makeSignerKey('a', 1, bad)],
  ['text', 'parseNote', note.parseNote],
  ['text', 'parseSignatureLine', note.parseSignatureLine],
  ['text', 'parseSignatureLines', note.parseSignatureLines],
  ['text', 'parseCheckpoint', checkpoint.parseCheckpoint],
  [
    'text',
    'openCheckpoint',
    (bad) => checkpoint.openCheckpoint(bad, checkpoint.logOf(LOG_KEY.verifier)),
  ],
  [
    'integer',
    'formatCheckpoint size',
    (bad) => checkpoint.formatCheckpoint({ ...TREE, size: bad }),
  ],
  ['hash', 'formatCheckpoint root', (bad) => checkpoint.formatCheckpoint({ ...TREE, root: bad })],
  ['integer', 'cosign time', (bad) => cosign(TEXT, WITNESS!, bad)],
  ['text', 'cosign', (bad) => cosign(bad, WITNESS!, 1)],
  ['text', 'parsePolicy', policy.parsePolicy],
  ['policy', 'openWithPolicy', (bad) => policy.openWithPolicy(PARSED.checkpoint, bad)],
  ['policy', 'isQuorumMet', (bad) => policy.isQuorumMet(bad, new Set())],
  ['policy', 'quorumTime', (bad) => policy.quorumTime(bad, new Map())],
  ['integer', 'quorumTime time', (bad) => policy.quorumTime(POLICY, new Map([['w1', bad]]))],
  ['text', 'parseTlogProof', tlogProof.parseTlogProof],
  ['integer', 'formatTlogProof', (bad) => tlogProof.formatTlogProof({ ...PARSED, index: bad })],
  ['hash', 'verifyTlogProof leaf', (bad) => tlogProof.verifyTlogProof(PARSED, bad, POLICY)],
  ['policy', 'verifyTlogProof policy', (bad) => tlogProof.verifyTlogProof(PARSED, LEAF, bad)],
  [
    'integer',
    'verifyTlogProof index',
    (bad) => tlogProof.verifyTlogProof({ ...PARSED, index: bad }, LEAF, POLICY),
  ],
  ['text', 'parseAddCheckpoint', witness.parseAddCheckpoint],
  ['integer', 'formatSizeAnswer', witness.formatSizeAnswer],
  ['text', 'parseSizeAnswer', witness.parseSizeAnswer],
  ['text', 'witnessCheckpointPath', witness.witnessCheckpointPath],
  [
    'integer',
    'formatAddCheckpoint',
    (bad) => witness.formatAddCheckpoint({ oldSize: bad, proof: [], checkpoint: TEXT }),
  ],
  ['bytes', 'parseEvidence', parseEvidence],
  ['text', 'standingOf', standingOf],
  ['text', 'verifyEvidence kind', (bad) => verifyEvidence({ kind: bad } as never)],
  ['bytes', 'parseCanonical', json.parseCanonical],
  ['bytes', 'parseJson', json.parseJson],
  ['bytes', 'createReceipt seed', (bad) => createReceipt(FIELDS, bad)],
  ['text', 'withProof', (bad) => withProof(RECEIPT, bad)],
  ['integer', 'checkTimestamp reference', (bad) => checkTimestamp(TS, 'tecp-lite', bad)],
  ['integer', 'parseSubmission now', (bad) => tecpReceipt.parseSubmission(ENTRY, bad)],
  ['integer', 'verifyReceipt now', (bad) => verifyReceipt(RECEIPT, { nowMs: bad })],
  ['policy', 'verifyReceipt policy', (bad) => verifyReceipt(RECEIPT, { ...VERIFY, policy: bad })],
];
const ENTRY = json.canonicalize(RECEIPT);

/** What a call throws, also when it throws later; undefined when it returns. */
async function thrownBy(call: () => unknown): Promise<unknown> {
  try {
    await call();
    return undefined;
  } catch (error) {
    return error;
  }
}

function isMistake(error: unknown): boolean {
  return error instanceof TypeError || error instanceof RangeError;
}

describe('what no caller can have meant throws TypeError or RangeError in', () => {
  it.each(CALLS)('%s: %s', async (kind, _name, call) => {
    for (const bad of KINDS[kind]) {
      const error = await thrownBy(() => call(bad as never));
      expect({ bad, isMistake: isMistake(error), error }).toMatchObject({ isMistake: true });
    }
  });

  it.each([Number.NaN, -1, 0.5, '8192', null])('a limit of JSON that is %j', async (bad) => {
    const limit = bad as number;
    for (const call of [
      () => json.canonicalize({}, limit),
      () => json.parseCanonical(bytes.encodeUtf8('{}'), limit),
      () => json.parseJson(bytes.encodeUtf8('{}'), limit),
    ]) {
      expect(isMistake(await thrownBy(call))).toBe(true);
    }
  });

  it.each(providers)('the provider %s, for what are no bytes', (_name, provider) => {
    const [k, m, s] = [new Uint8Array(32).fill(9), new Uint8Array(3), new Uint8Array(64).fill(9)];
    for (const bad of KINDS.bytes as readonly unknown[] as readonly never[]) {
      for (const call of [
        () => provider.sha256(bad),
        () => provider.verifyEd25519(bad, m, s),
        () => provider.verifyEd25519(k, bad, s),
        () => provider.verifyEd25519(k, m, bad),
        () => provider.verifyMlDsa44(bad, m, s),
        () => provider.verifyMlDsa44(k, bad, s),
        () => provider.verifyMlDsa44(k, m, bad),
        () => provider.signEd25519(bad, m),
        () => provider.signEd25519(k, bad),
        () => provider.signMlDsa44(k, bad),
        () => provider.ed25519PublicKey(bad),
        () => provider.mlDsa44PublicKey(bad),
      ]) {
        expect(call).toThrow(TypeError);
      }
    }
    for (const bad of KINDS.integer as readonly unknown[] as readonly never[]) {
      expect(() => provider.randomBytes(bad)).toThrow();
    }
    expect(() => provider.signEd25519(m, m)).toThrow(RangeError);
    expect(provider.randomBytes(16)).toHaveLength(16);
  });
});

describe('createReceipt', () => {
  it.each([undefined, null, 5, 'x', []])('makes no receipt of %j', (fields) => {
    expect(() => createReceipt(fields as never, seed(1))).toThrow(TypeError);
  });
});

describe('verifyReceipt', () => {
  it.each(['constructor', '__proto__', 'toString', '', 'tecp-V0.1'])(
    'knows no profile %j',
    (profile) => {
      const options = { nowMs: TS, profile: profile as 'tecp-lite' };
      expect(() => verifyReceipt(RECEIPT, options)).toThrow(RangeError);
      expect(() => checkTimestamp(TS, options.profile, TS)).toThrow(RangeError);
    },
  );

  it.each([null, 5, {}, []])('takes no profile %j', (profile) => {
    const options = { nowMs: TS, profile: profile as unknown as 'tecp-lite' };
    expect(() => verifyReceipt(RECEIPT, options)).toThrow(TypeError);
  });

  it('takes no verdict without options', () => {
    expect(() => verifyReceipt(RECEIPT, undefined as never)).toThrow(TypeError);
    expect(() => verifyReceipt(RECEIPT, {} as never)).toThrow(TypeError);
  });

  it('takes trusted keys as a list of keys in their one spelling', () => {
    const trusting = (trustedKeys: unknown) => () =>
      verifyReceipt(RECEIPT, { nowMs: TS, trustedKeys: trustedKeys as string[] });
    expect(trusting([RECEIPT.pubkey])().valid).toBe(true);
    expect(trusting([])().valid).toBe(false);
    for (const bad of [
      null,
      RECEIPT.pubkey,
      `x${RECEIPT.pubkey}`,
      new Set([RECEIPT.pubkey]),
      [5],
    ]) {
      expect(trusting(bad)).toThrow(TypeError);
    }
    const smallOrder = base64.encodeBase64Url(new Uint8Array(32));
    for (const bad of ['x', `${RECEIPT.pubkey}=`, smallOrder, '']) {
      expect(trusting([bad])).toThrow(RangeError);
    }
  });

  it('takes no option that is misspelt for one that is absent', () => {
    for (const misspelt of [{ trustedkeys: [] }, { trusted_keys: [] }, { profil: 'tecp-strict' }]) {
      expect(() => verifyReceipt(RECEIPT, { nowMs: TS, ...misspelt } as never)).toThrow(TypeError);
    }
  });

  it('takes bad options for what they are, whatever the receipt', () => {
    for (const receipt of [NONE, null, bytes.encodeUtf8('{}'), RECEIPT]) {
      expect(() => verifyReceipt(receipt, { nowMs: Number.NaN })).toThrow(RangeError);
    }
  });
});
