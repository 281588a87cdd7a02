/** What an audit leaves is read back as it was, and refused if it is anything else. */
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { checkpointOfState, formatState, parseState } from '#cli/lib/audit-state.ts';
import { encodeUtf8, toHex } from '#protocol/bytes.ts';
import { ProtocolError } from '#protocol/errors.ts';
import { leafHash } from '#protocol/merkle/hash.ts';
import { TileBuilder } from '#protocol/merkle/tile-builder.ts';
import { parsePolicy } from '#protocol/policy/policy.ts';
import { logKey } from '#test/support/log.ts';
import { MemorySource } from '#test/support/memory-source.ts';

const key = logKey();
const policy = parsePolicy(`log ${key.verifier.text}\nquorum none\n`);
const SIZES = [0, 1, 2, 255, 256, 257, 600, 65_535, 65_536, 65_537, 66_000];

function treeOf(size: number, label = 'entry'): TileBuilder {
  const tree = TileBuilder.empty();
  for (let i = 0; i < size; i++) tree.append(leafHash(encodeUtf8(`${label} ${i}`)));
  return tree;
}

const log = new MemorySource(key);
const trees = new Map(SIZES.map((size) => [size, treeOf(size)]));
const notes = new Map(
  SIZES.map((size) => {
    while (log.log.length < size) log.append(encodeUtf8(`entry ${log.log.length}`));
    return [size, log.sign().note!];
  }),
);
const stateOf = (walked: number, size: number, checked = 'opaque'): string =>
  formatState(notes.get(size)!, { tree: trees.get(walked)!, checked });

it.each(SIZES)(
  'of %i leaves is read back, whether the walk was done or on its way',
  async (size) => {
    for (const signed of SIZES.filter((other) => other >= size)) {
      const text = stateOf(size, signed);
      const { checkpoint, walked } = await parseState(text, policy);
      expect([checkpoint.note, checkpoint.checkpoint.size]).toEqual([notes.get(signed), signed]);
      expect(walked!.checked).toBe('opaque');
      expect(walked!.tree.size).toBe(size);
      expect(toHex(walked!.tree.root())).toBe(toHex(trees.get(size)!.root()));
      expect(checkpointOfState(text)).toBe(notes.get(signed));
    }
  },
);

it('may be a checkpoint alone, which says nothing of entries', async () => {
  const { checkpoint, walked } = await parseState(notes.get(600)!, policy);
  expect([checkpoint.checkpoint.size, walked]).toEqual([600, undefined]);
});

const refused = (text: string) =>
  expect(parseState(text, policy)).rejects.toBeInstanceOf(ProtocolError);

it('is refused with another tree than its checkpoint has, or a larger one', async () => {
  const note = notes.get(600)!;
  await refused(formatState(note, { tree: treeOf(600, 'other'), checked: 'opaque' }));
  await refused(stateOf(65_535, 600));
});

it('is refused when a log signed it that is not trusted', async () => {
  const other = new MemorySource(logKey('log.example/test', 9))
    .append(...log.log.slice(0, 600))
    .sign();
  await refused(formatState(other.note!, { tree: trees.get(600)!, checked: 'opaque' }));
  await refused(other.note!);
});

it('is refused when a byte of the tree or the checkpoint was changed, whichever it is', async () => {
  const text = stateOf(600, 600);
  await fc.assert(
    fc.asyncProperty(fc.nat(text.length - 1), fc.constantFrom(...'0Az+\n -'), async (at, by) => {
      fc.pre(text[at] !== by);
      // What was judged is the file's own word.
      const checked = text.indexOf('checked ') + 'checked '.length;
      fc.pre(at < checked || at >= checked + 'opaque'.length);
      await refused(text.slice(0, at) + by + text.slice(at + 1));
    }),
  );
});

it('of any text is refused with no other error', async () => {
  await fc.assert(
    fc.asyncProperty(fc.string(), async (text) => {
      await refused(text);
      await refused(`tecp-audit@v1\n${text}`);
      await refused(`tecp-audit@v1\nchecked opaque\ntree ${text}\n\n${notes.get(600)}`);
    }),
  );
});
