/** A checkpoint as readers get it: parsed, and prepared for the proofs that are written under it. */
import { sha256 } from '#crypto';
import { encodeUtf8, toHex } from '#protocol/bytes.ts';
import { tlogProofWriter } from '#protocol/proof/tlog-proof.ts';
import type { TreeHead } from '../store/store.ts';

/** With what many answers need worked out once. */
export interface PublishedCheckpoint extends TreeHead {
  /** The note with the log's signature and a quorum of cosignatures. */
  readonly note: string;
  /** Strong entity tag of the note, quotes included. */
  readonly etag: string;
  /** Whether it is kept for ever, as it is here. */
  readonly isAnchor: boolean;
  /** The text of a tlog-proof under this checkpoint. */
  readonly writeProof: ReturnType<typeof tlogProofWriter>;
}

export function publishedCheckpoint(
  note: string,
  { size, root }: TreeHead,
  isAnchor = false,
): PublishedCheckpoint {
  const etag = `"${toHex(sha256(encodeUtf8(note)).subarray(0, 16))}"`;
  return { note, size, root, etag, isAnchor, writeProof: tlogProofWriter(note) };
}
