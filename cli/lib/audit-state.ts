/**
 * What an audit leaves for the next one: the checkpoint that the log showed, and how far its entries were
 * made into its tree, as the partial tiles at the right edge, which is all that going on needs.
 *
 *     tecp-audit@v1
 *     checked <entry types, or tree-only>
 *     tree <leaves> <partial tiles, lowest level first, in base64; - for none>
 *
 *     <signed checkpoint of as many leaves or more>
 *
 * A checkpoint alone is such a file, too, of an audit that has read nothing. Whoever can write the file can
 * say that entries were judged which never were; the tree itself can be compared with what the log signed.
 */
import type { SignedCheckpoint } from '#client/compare.ts';
import { decodeBase64, encodeBase64 } from '#protocol/base64.ts';
import { concatBytes, equalBytes, parseDecimal } from '#protocol/bytes.ts';
import { ProtocolError } from '#protocol/errors.ts';
import { HASH_BYTES } from '#protocol/merkle/hash.ts';
import { TileBuilder } from '#protocol/merkle/tile-builder.ts';
import { decodeTile } from '#protocol/merkle/tiles.ts';
import { MAX_NOTE_BYTES } from '#protocol/note/note.ts';
import { openWithPolicy, type Policy } from '#protocol/policy/policy.ts';

export interface AuditState {
  readonly checkpoint: SignedCheckpoint;
  /** Absent if no entry has been read. */
  readonly walked?: Walked;
}

export interface Walked {
  readonly tree: TileBuilder;
  /** As what the entries were judged: their types, or `tree-only`. */
  readonly checked: string;
}

const HEADER = 'tecp-audit@v1';
const CHECKED = 'checked ';
const TREE = 'tree ';
const NOTHING = '-';
/** Seven levels of 255 hashes in base64, and the lines around them. */
export const MAX_STATE_BYTES = MAX_NOTE_BYTES + 96 * 1024;

/** The signed checkpoint in a file that an audit left, verbatim and not judged; undefined in others. */
export function checkpointOfState(text: string): string | undefined {
  if (!text.startsWith(`${HEADER}\n`)) return undefined;
  const separator = text.indexOf('\n\n');
  if (separator < 0) throw badState('no empty line before its checkpoint');
  return text.slice(separator + 2);
}

export function formatState(note: string, { tree, checked }: Walked): string {
  const edge = concatBytes(...tree.partialTiles().flatMap(({ hashes }) => hashes));
  const lines = [
    HEADER,
    CHECKED + checked,
    `${TREE}${tree.size} ${edge.length === 0 ? NOTHING : encodeBase64(edge)}`,
  ];
  return `${lines.join('\n')}\n\n${note}`;
}

/**
 * Verifies the checkpoint by the policy. Throws `ProtocolError` for what is no state, is of a log that is not
 * trusted, or has another tree than its checkpoint.
 */
export async function parseState(text: string, policy: Policy): Promise<AuditState> {
  const note = checkpointOfState(text) ?? text;
  const checkpoint = { note, checkpoint: openWithPolicy(note, policy).checkpoint };
  if (note === text) return { checkpoint };
  const walked = await parseWalked(text.slice(0, -note.length));
  if (formatState(checkpoint.note, walked) !== text) throw badState('not as it was written');
  const { size, root } = checkpoint.checkpoint;
  const { tree } = walked;
  if (tree.size > size) throw badState('more leaves than its checkpoint');
  if (tree.size === size && !equalBytes(tree.root(), root)) {
    throw badState('another tree than that of its checkpoint');
  }
  return { checkpoint, walked };
}

async function parseWalked(head: string): Promise<Walked> {
  const [, checked = '', tree = ''] = head.split('\n', 3);
  const [size = '', edge = ''] = tree.slice(TREE.length).split(' ', 2);
  const bytes = edge === NOTHING ? new Uint8Array() : decodeBase64(edge);
  let offset = 0;
  return {
    checked: checked.slice(CHECKED.length),
    tree: await TileBuilder.load(parseDecimal(size, 'tree'), async (_level, _index, width) => {
      const start = offset;
      offset += width * HASH_BYTES;
      return decodeTile(bytes.subarray(start, offset), width);
    }),
  };
}

function badState(message: string): ProtocolError {
  return new ProtocolError('bad-encoding', `state of an audit: ${message}`);
}
