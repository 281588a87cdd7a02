/** Entry type `opaque`: any bytes, unsigned. For logs of things other than receipts. */
import { leafHash } from '../merkle/hash.ts';
import { MAX_ENTRY_BYTES } from '../merkle/tiles.ts';
import { ReceiptError } from '../receipt/codes.ts';
import type { EntryType, ParsedEntry } from './entry-type.ts';

function parseOpaque(bytes: Uint8Array): ParsedEntry {
  if (bytes.length > MAX_ENTRY_BYTES) {
    const detail = `entry of ${bytes.length} bytes, at most ${MAX_ENTRY_BYTES} are allowed`;
    throw new ReceiptError('E-SIZE-001', detail);
  }
  return { bytes, leafHash: leafHash(bytes) };
}

export const opaque: EntryType = {
  name: 'opaque',
  mediaType: 'application/octet-stream',
  recognises: () => true,
  parseSubmission: parseOpaque,
  parseEntry: parseOpaque,
};
