/**
 * Logs for an index of the explorer, without keys: entries that look like receipts but whose signatures are noise,
 * as an index never verifies one, and what a verified walk would hand over with them.
 */
import type { SeenCheckpoint, VerifiedEntries } from '#explorer/index/search-index.ts';
import { encodeBase64Url } from '#protocol/base64.ts';
import { encodeUtf8 } from '#protocol/bytes.ts';
import { leafHash } from '#protocol/merkle/hash.ts';
import { TileBuilder } from '#protocol/merkle/tile-builder.ts';

export interface ReceiptMembers {
  readonly codeRef: string;
  readonly inputHash: string;
  readonly issuer: string;
  readonly nonce: string;
  readonly outputHash: string;
  readonly policies: readonly string[];
  readonly timeMs: number;
  /** Of the member that nobody looks for: makes the entry longer. */
  readonly padding?: string;
}

const SIGNATURE = encodeBase64Url(new Uint8Array(64));

/** A receipt in canonical form. */
export function receiptOf(members: ReceiptMembers): Uint8Array {
  const { codeRef, inputHash, issuer, nonce, outputHash, policies, timeMs, padding } = members;
  return encodeUtf8(
    JSON.stringify({
      code_ref: codeRef,
      ...(padding === undefined ? {} : { ext: { padding } }),
      input_hash: inputHash,
      nonce,
      output_hash: outputHash,
      policy_ids: policies,
      pubkey: issuer,
      sig: SIGNATURE,
      ts: timeMs,
      version: 'TECP-0.1',
    }),
  );
}

/** A log that grows, and hands over what it has grown by. */
export class IndexedLog {
  readonly origin: string;
  readonly entries: Uint8Array[] = [];
  readonly #tree = TileBuilder.empty();

  constructor(origin: string) {
    this.origin = origin;
  }

  grow(
    entries: readonly Uint8Array[],
    faults: ReadonlyMap<number, string> = new Map(),
  ): VerifiedEntries {
    const firstIndex = this.#tree.size;
    const leaves = entries.map(leafHash);
    for (const leaf of leaves) this.#tree.append(leaf);
    this.entries.push(...entries);
    return { firstIndex, entries, leaves, faults, tiles: this.#tree.takeChanged() };
  }

  checkpoint(seenMs = 0): SeenCheckpoint {
    const { size } = this.#tree;
    const note = `${this.origin} of ${size}, seen at ${seenMs}`;
    const cosigned = [{ witness: 'w1', timeSeconds: size }];
    return { size, root: this.#tree.root(), note, seenMs, cosigned };
  }
}
