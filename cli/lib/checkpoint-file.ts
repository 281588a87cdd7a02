/** The checkpoint in what somebody has kept of a log: a note, an offline proof, a receipt, what an audit left. */
import { decodeUtf8 } from '#protocol/bytes.ts';
import { ProtocolError } from '#protocol/errors.ts';
import { fileContent } from '#protocol/file.ts';
import { parseNote } from '#protocol/note/note.ts';
import { parseTlogProof } from '#protocol/proof/tlog-proof.ts';
import { parseReceipt } from '#protocol/receipt/receipt.ts';
import { MAX_RECEIPT_BYTES } from '#protocol/receipt/types.ts';
import { checkpointOfState, MAX_STATE_BYTES } from './audit-state.ts';
import { isBadForm, unusable } from './errors.ts';
import { inputName, readInput } from './files.ts';

const PROOF_START = 'c2sp.org/tlog-proof@';

/** The signed note in a file, verbatim. What it says is not judged. */
export async function readCheckpoint(file: string): Promise<string> {
  const bytes = new Uint8Array(await readInput(file, Math.max(MAX_STATE_BYTES, MAX_RECEIPT_BYTES)));
  try {
    const note = checkpointIn(bytes);
    parseNote(note);
    return note;
  } catch (error) {
    if (!isBadForm(error)) throw error;
    throw unusable(`There is no checkpoint in ${inputName(file)}: ${error.message}.`);
  }
}

function checkpointIn(bytes: Uint8Array): string {
  const text = decodeUtf8(bytes);
  if (text.startsWith(PROOF_START)) return parseTlogProof(text).checkpoint;
  if (!text.startsWith('{')) return checkpointOfState(text) ?? text;
  const proof = parseReceipt(fileContent(bytes)).receipt.log_inclusion?.proof;
  if (proof !== undefined) return parseTlogProof(proof).checkpoint;
  throw new ProtocolError('bad-proof', 'the receipt has no proof attached', 'log_inclusion');
}
