/** Entry type `opaque`: any bytes, unsigned. For logs of things other than receipts. */
import { EntryError } from '../../errors.ts';
import { MAX_ENTRY_BYTES } from '../../merkle/tiles.ts';
import { BYTES_MEDIA_TYPE, type EntryType, type ParsedEntry } from '../entry-type.ts';

function parseOpaque(bytes: Uint8Array): ParsedEntry {
  if (bytes.length > MAX_ENTRY_BYTES) {
    const detail = `entry of ${bytes.length} bytes, at most ${MAX_ENTRY_BYTES} are allowed`;
    throw new EntryError('E-SIZE-001', detail);
  }
  // There is no signature that could be wrong.
  return { bytes, verify: async () => undefined };
}

export const opaque: EntryType = {
  name: 'opaque',
  mediaType: BYTES_MEDIA_TYPE,
  maxSubmissionBytes: MAX_ENTRY_BYTES,
  errors: { 'E-SIZE-001': 'too large' },
  recognises: () => true,
  recognisesSubmission: () => true,
  parseSubmission: parseOpaque,
  parseEntry: parseOpaque,
  describe: ({ length }) => ({ title: `${length} bytes` }),
};
