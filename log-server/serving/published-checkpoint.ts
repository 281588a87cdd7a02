/** A checkpoint as readers get it, and the proofs that are written under it. */
import { sha256 } from '#crypto';
import { concatBytes, encodeUtf8, toHex } from '#protocol/bytes.ts';
import { type TlogProofParts, tlogProofHead } from '#protocol/proof/tlog-proof.ts';
import type { TreeHead } from '../store/store.ts';

/**
 * With what many answers need worked out once. A note is ten kilobytes, and because of the dashes in it takes a
 * tenth of a millisecond to be escaped and encoded: longer than all that is particular to one proof.
 */
export class PublishedCheckpoint implements TreeHead {
  /** The note with the log's signature and a quorum of cosignatures. */
  readonly note: string;
  readonly size: number;
  readonly root: TreeHead['root'];
  /** Whether it is kept for ever, as it is here. */
  readonly isAnchor: boolean;
  /** Strong entity tag of the note, quotes included. */
  readonly etag: string;
  /** The note in UTF-8. */
  readonly bytes: Uint8Array;
  /** The note as the end of a JSON string and of its object, in UTF-8. Owned by `proofMember`. */
  #jsonEnd: Uint8Array | undefined;

  constructor(note: string, { size, root }: TreeHead, isAnchor = false) {
    this.note = note;
    this.size = size;
    this.root = root;
    this.isAnchor = isAnchor;
    this.bytes = encodeUtf8(note);
    this.etag = `"${toHex(sha256(this.bytes).subarray(0, 16))}"`;
  }

  /** The text of a tlog-proof under this checkpoint, in UTF-8. */
  proof(parts: TlogProofParts): Uint8Array {
    return concatBytes(encodeUtf8(tlogProofHead(parts)), this.bytes);
  }

  /** A JSON object that has it as its last member, `proof`, after those of `object`, of which there is one. */
  proofMember(object: object, parts: TlogProofParts): Uint8Array {
    this.#jsonEnd ??= encodeUtf8(`${JSON.stringify(this.note).slice(1)}}`);
    const head = JSON.stringify(tlogProofHead(parts)).slice(0, -1);
    const start = `${JSON.stringify(object).slice(0, -1)},"proof":${head}`;
    return concatBytes(encodeUtf8(start), this.#jsonEnd);
  }
}
