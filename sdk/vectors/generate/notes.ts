/**
 * Notes, checkpoints, cosignatures and proofs (docs/spec/log.md sections 3 to 9), put together line by line so
 * that any line can be another one.
 */
import { concat, encodeBase64, uint64, utf8 } from './bytes.ts';
import { LOG, ML_DSA_TYPE, type NoteKey, nameBytes } from './keys.ts';

export interface Tree {
  readonly origin: string;
  readonly size: number;
  readonly root: Uint8Array;
}

export function checkpointText({ origin, size, root }: Tree, ...extensions: string[]): string {
  return [origin, String(size), encodeBase64(root), ...extensions, ''].join('\n');
}

/** A signature line with its newline. */
export function line(name: string, id: Uint8Array, signature: Uint8Array): string {
  return `— ${name} ${encodeBase64(concat(id, signature))}\n`;
}

/** The line of a key that signs the text, of type 0x01 or 0x02. */
export function signed(key: NoteKey, text: string): string {
  return line(key.name, key.id, key.sign(utf8(text)));
}

export function note(text: string, ...lines: string[]): string {
  return `${text}\n${lines.join('')}`;
}

/** What an ML-DSA-44 key signs of a tree (tlog-cosignature). */
export function treeMessage(key: NoteKey, tree: Tree, seconds: number | bigint): Uint8Array {
  return concat(
    'subtree/v1\n\0',
    nameBytes(key.name),
    uint64(seconds),
    nameBytes(tree.origin),
    uint64(0),
    uint64(tree.size),
    tree.root,
  );
}

/** The bytes of a cosignature: the time and the signature. `text` is the checkpoint's, with extensions. */
export function cosignature(
  key: NoteKey,
  tree: Tree,
  seconds: number | bigint,
  text = checkpointText(tree),
): Uint8Array {
  const message =
    key.type === ML_DSA_TYPE
      ? treeMessage(key, tree, seconds)
      : utf8(`cosignature/v1\ntime ${seconds}\n${text}`);
  return concat(uint64(seconds), key.sign(message));
}

export function cosigned(
  key: NoteKey,
  tree: Tree,
  seconds: number | bigint,
  text = checkpointText(tree),
): string {
  return line(key.name, key.id, cosignature(key, tree, seconds, text));
}

/** A checkpoint of a tree with the log's line, and then others. */
export function checkpoint(tree: Tree, lines: readonly string[] = [], log = LOG): string {
  const text = checkpointText(tree);
  return note(text, signed(log, text), ...lines);
}

export const PROOF_HEADER = 'c2sp.org/tlog-proof@v1';

export interface ProofParts {
  readonly index: number | string;
  readonly hashes: readonly Uint8Array[];
  readonly checkpoint: string;
  readonly extra?: Uint8Array;
}

export function proofText({
  index,
  hashes,
  checkpoint: checkpointNote,
  extra,
}: ProofParts): string {
  const lines = [
    PROOF_HEADER,
    ...(extra === undefined ? [] : [`extra ${encodeBase64(extra)}`]),
    `index ${index}`,
    ...hashes.map(encodeBase64),
  ];
  return `${lines.join('\n')}\n\n${checkpointNote}`;
}
