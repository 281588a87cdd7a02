/**
 * Who may know what this witness has cosigned: the log, in the checkpoint that it publishes, and each
 * peer, which remembers what it was shown. A source is believed by the witness's own signature alone.
 */
import { z } from 'zod';
import { get, type HttpOptions, RemoteError } from '#client/http.ts';
import { decodeUtf8 } from '#protocol/bytes.ts';
import { ProtocolError } from '#protocol/errors.ts';
import { openCheckpoint } from '#protocol/note/checkpoint.ts';
import { findCosignatures } from '#protocol/note/cosignature.ts';
import type { VerifierKey } from '#protocol/note/key.ts';
import { formatNote, MAX_NOTE_BYTES } from '#protocol/note/note.ts';
import { seenCheckpointPath, seenListPath } from '#protocol/witness/seen.ts';
import type { WitnessedLog } from '../logs/witnessed-log.ts';
import type { ShownTree } from '../shown-table.ts';

/** As many logs as a witness knows, each with an origin of 255 characters that JSON may escape. */
const MAX_LIST_BYTES = 32 * 1024 * 1024;

const listSchema = z.object({
  logs: z.array(
    z.object({
      origin: z.string(),
      size: z.int().min(0),
      root: z.string(),
      time: z.int().min(0),
    }),
  ),
});

/** What a peer says that it saw of a witness, by log. Nothing of it is verified. */
export type SeenList = ReadonlyMap<string, SeenTree>;

interface SeenTree {
  readonly size: number;
  /** Base64. */
  readonly root: string;
  /** POSIX seconds. */
  readonly time: number;
}

/**
 * What `keys` have cosigned on a note of a log, with the signatures of the log and theirs alone;
 * undefined if none of them has. Throws `ProtocolError` for what is no checkpoint of the log, or has
 * a line of theirs that does not verify.
 */
export function cosignedBy(
  note: string,
  { origin, keys: logKeys, formerKeys }: WitnessedLog,
  keys: readonly VerifierKey[],
): ShownTree | undefined {
  const everKeys = [...logKeys, ...formerKeys.map(({ key }) => key)];
  const opened = openCheckpoint(note, { origin, keys: everKeys });
  const cosignatures = findCosignatures(opened.note, keys);
  if (cosignatures.length === 0) return undefined;
  const { size, root } = opened.checkpoint;
  const lines = [...opened.logSignatures, ...cosignatures].map(({ signature }) => signature);
  const timeSeconds = Math.max(...cosignatures.map((line) => line.timeSeconds));
  return {
    size,
    root,
    timeSeconds,
    note: formatNote({ text: opened.note.text, signatures: lines }),
  };
}

/** What a peer saw of a witness; undefined if it does not remember such things. Throws `RemoteError`. */
export async function fetchSeenList(
  peerUrl: string,
  witness: string,
  http: HttpOptions,
): Promise<SeenList | undefined> {
  const url = `${peerUrl}/${seenListPath(witness)}`;
  const bytes = await getIfAny(url, { ...http, maxBytes: MAX_LIST_BYTES });
  if (bytes === undefined) return undefined;
  try {
    const { logs } = listSchema.parse(JSON.parse(decodeUtf8(bytes)));
    return new Map(logs.map(({ origin, ...tree }) => [origin, tree]));
  } catch {
    throw new RemoteError('bad-content', url, 'expected a list of logs');
  }
}

/** The note of the largest tree that a peer saw a witness cosign. Throws `RemoteError`. */
export async function fetchSeenNote(
  peerUrl: string,
  witness: string,
  origin: string,
  http: HttpOptions,
): Promise<string | undefined> {
  const url = `${peerUrl}/${seenCheckpointPath(witness, origin)}`;
  const bytes = await getIfAny(url, { ...http, maxBytes: MAX_NOTE_BYTES });
  if (bytes === undefined) return undefined;
  try {
    return decodeUtf8(bytes);
  } catch (error) {
    if (!(error instanceof ProtocolError)) throw error;
    throw new RemoteError('bad-content', url, error.message);
  }
}

async function getIfAny(url: string, options: HttpOptions): Promise<Uint8Array | undefined> {
  try {
    return await get(url, options);
  } catch (error) {
    if (error instanceof RemoteError && error.status === 404) return undefined;
    throw error;
  }
}
