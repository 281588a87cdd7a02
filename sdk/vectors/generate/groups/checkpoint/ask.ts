/** How a checkpoint is asked about, and what is asked about by several files. */
import { encodeBase64, utf8 } from '../../bytes.ts';
import { type Case, type JsonMembers, request } from '../../case.ts';
import { LOG, type NoteKey, W1 } from '../../keys.ts';
import { checkpointText, cosigned, note, signed, type Tree } from '../../notes.ts';
import { treeRoot } from '../../trees.ts';

export const TREE: Tree = { origin: LOG.name, size: 5, root: treeRoot(5) };

export const TEXT = checkpointText(TREE);

export const SECONDS = 1_753_000_001;

interface Asked {
  readonly origin?: string;
  readonly keys?: readonly (NoteKey | string)[];
  readonly witnesses?: readonly (NoteKey | string)[];
}

const keyTexts = (keys: readonly (NoteKey | string)[]) =>
  keys.map((key) => (typeof key === 'string' ? key : key.text));

function ask(input: string, { origin = LOG.name, keys = [LOG], witnesses }: Asked) {
  return request('checkpoint', {
    note: utf8(input),
    origin,
    keys: keyTexts(keys),
    witness_keys: witnesses && keyTexts(witnesses),
  });
}

interface Opened extends Asked {
  readonly tree?: Tree;
  readonly extensions?: readonly string[];
  readonly verified?: readonly NoteKey[];
  readonly cosignatures?: readonly (readonly [NoteKey, number])[];
}

export function opened(name: string, why: string, input: string, expected: Opened = {}): Case {
  const { tree = TREE, extensions = [], verified = [LOG], cosignatures = [] } = expected;
  const answer: JsonMembers = {
    origin: tree.origin,
    size: tree.size,
    root: encodeBase64(tree.root),
    extensions,
    verified: verified.map((key) => key.text),
    cosignatures: cosignatures.map(([key, time]) => ({ key: key.text, time })),
  };
  return { name, why, request: ask(input, { origin: tree.origin, ...expected }), answer };
}

export function refused(
  name: string,
  why: string,
  error: string,
  input: string,
  asked: Asked = {},
): Case {
  return { name, why, request: ask(input, asked), answer: { error } };
}

export const byLog = (text: string, ...lines: string[]) => note(text, signed(LOG, text), ...lines);

export const ROOT = encodeBase64(TREE.root);

export const extended = (...lines: string[]) => checkpointText(TREE, ...lines);

export const FORGED =
  'log.md, section 3: a line with the name and key ID of a known key that does not verify makes the whole note bad.';

export const TIME =
  'log.md, section 6: the time of a checkpoint\u2019s cosignature is 1 to 9007199254740; another one makes the note bad, even where the signature over it is right.';

/** The last second that is an exact number of milliseconds below 2^53. */
export const LATEST = 9_007_199_254_740;

export const cosignedBy = (seconds: number | bigint, key = W1) =>
  byLog(TEXT, cosigned(key, TREE, seconds));
