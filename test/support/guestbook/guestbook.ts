/** A whole entry type beside receipts, as somebody else would write it: signed JSON, its own errors. */
import { type EntryType, JSON_MEDIA_TYPE, type ParsedEntry } from '#protocol/entry/entry-type.ts';
import { ProtocolError } from '#protocol/errors.ts';
import {
  canonicalize,
  type JsonValue,
  parseCanonical,
  parseJson,
} from '#protocol/json/canonical.ts';
import { peekString } from '#protocol/json/peek.ts';
import { GUESTBOOK_ERRORS, GuestbookError } from './errors.ts';
import { checkLine, GUESTBOOK_VERSION, type Line, verifyLine } from './line.ts';

const MAX_BYTES = 2048;
const MAX_AGE_MS = 3600_000;

/** Runs a step of the JSON layer and turns its errors into those of guest books. */
function read(parse: () => JsonValue): Line {
  let value: JsonValue;
  try {
    value = parse();
  } catch (error) {
    if (!(error instanceof ProtocolError)) throw error;
    const code = error.code === 'too-large' ? 'E-SIZE-001' : 'G-SPELLING';
    throw new GuestbookError(code, error.message);
  }
  return checkLine(value);
}

function asEntry(line: Line): ParsedEntry {
  return { bytes: canonicalize(line), verify: () => verifyLine(line) };
}

export const guestbook: EntryType = {
  name: 'guestbook',
  mediaType: JSON_MEDIA_TYPE,
  maxSubmissionBytes: MAX_BYTES,
  errors: GUESTBOOK_ERRORS,
  schema: { name: 'GuestbookLine', schema: { type: 'object', required: ['guestbook', 'line'] } },
  recognises: (entry) => peekString(entry, 'guestbook') !== undefined,
  recognisesSubmission: (body) => peekString(body, 'guestbook') === GUESTBOOK_VERSION,
  parseSubmission(body, nowMs) {
    const line = read(() => parseJson(body, MAX_BYTES));
    if (line.written >= nowMs - MAX_AGE_MS) return asEntry(line);
    const refusedIfNew = new GuestbookError('G-OLD', 'more than an hour ago', 'written');
    return { ...asEntry(line), refusedIfNew };
  },
  parseEntry: (entry) => asEntry(read(() => parseCanonical(entry, MAX_BYTES))),
  describe: (entry) => ({ title: peekString(entry, 'line') ?? 'an unreadable line' }),
};
