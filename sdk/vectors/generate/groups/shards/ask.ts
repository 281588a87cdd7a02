/** How a list of shards is asked about, and the shards that the cases share. */
import { encodeBase64, fill, utf8 } from '../../bytes.ts';
import { type Case, type JsonMembers, request } from '../../case.ts';
import { LOG, logKey, type NoteKey } from '../../keys.ts';
import { note, signed } from '../../notes.ts';

export const OPERATOR = logKey('operator.example', 12);
export const SECOND_LOG = logKey('log.example/2026', 10);

export const ISSUED = 1_753_000_000;
export const EXPIRES = 1_755_000_000;
/** Unix milliseconds at which most lists are read. */
export const NOW = 1_754_000_000_000;

export const ROOT = fill(32, 5);

export interface Shard {
  readonly key: string;
  readonly url: string;
  readonly began: number;
  readonly final?: readonly [size: number, root: Uint8Array];
}

export const FIRST: Shard = {
  key: LOG.text,
  url: 'https://log.example/2025',
  began: 1_735_689_600,
  final: [71_243, ROOT],
};

export const SECOND: Shard = {
  key: SECOND_LOG.text,
  url: 'https://log.example/2026',
  began: 1_752_000_000,
};

export interface List {
  readonly version: number;
  readonly issued: number;
  readonly expires: number;
  readonly shards: readonly Shard[];
}

export const LIST: List = { version: 3, issued: ISSUED, expires: EXPIRES, shards: [FIRST, SECOND] };

export const shardText = ({ key, url, began, final }: Shard): string => {
  const state = final === undefined ? 'open' : `frozen ${final[0]} ${encodeBase64(final[1])}`;
  return `shard ${key}\nurl ${url}\nbegan ${began}\nstate ${state}\n`;
};

export const listText = ({ version, issued, expires, shards }: List): string =>
  `tecp-shards@v1\nversion ${version}\nissued ${issued}\nexpires ${expires}\n${shards.map(shardText).join('')}`;

export const TEXT = listText(LIST);

export const byOperator = (text: string, ...lines: string[]): string =>
  note(text, signed(OPERATOR, text), ...lines);

interface Asked {
  readonly key?: NoteKey | string;
  readonly now?: number;
  readonly before?: string;
}

function ask(input: string | Uint8Array, { key = OPERATOR, now = NOW, before }: Asked) {
  return request('shards', {
    note: typeof input === 'string' ? utf8(input) : input,
    key: typeof key === 'string' ? key : key.text,
    now,
    before: before === undefined ? undefined : utf8(before),
  });
}

/** With the text of its note, where that is another one than the list's own. */
export function opened(
  name: string,
  why: string,
  list: List,
  {
    write,
    input = byOperator(listText(list)),
    ...asked
  }: Asked & { write?: Shard; input?: string },
): Case {
  const shards = list.shards.map(({ key, url, began, final }): JsonMembers => {
    const end = final && { size: final[0], root: encodeBase64(final[1]) };
    return { key, url, began, ...(end && { final: end }) };
  });
  const answer = { ...list, shards, ...(write && { write: write.key }) };
  return { name, why, request: ask(input, asked), answer };
}

export function refused(
  name: string,
  why: string,
  answer: JsonMembers,
  input: string | Uint8Array,
  asked: Asked = {},
): Case {
  return { name, why, request: ask(input, asked), answer };
}
