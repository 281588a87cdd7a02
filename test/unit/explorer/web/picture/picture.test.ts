/** Proofs as pictures: what they show is what the proof says, at every size, in boxes that fit, for everybody. */
import fc from 'fast-check';
import { createElement, type FunctionComponent } from 'react';
import { renderToStaticMarkup } from 'react-dom/server';
import { describe, expect, it } from 'vitest';
import { NODE_HEIGHT, type Picture, recompute } from '#explorer/web/picture/picture.ts';
import {
  type ConsistencyInput,
  consistencyPicture,
} from '#explorer/web/picture/pictures/consistency.ts';
import { type InclusionInput, inclusionPicture } from '#explorer/web/picture/pictures/inclusion.ts';
import { svgFile } from '#explorer/web/picture/svg-file.ts';
import { nextNode } from '#explorer/web/picture/walk-keys.ts';
import { encodeUtf8, equalBytes, toHex } from '#protocol/bytes.ts';
import { asHash, type Hash, leafHash, nodeHash } from '#protocol/merkle/hash.ts';
import { consistencyProof, inclusionProof, treeRoot } from '#protocol/merkle/proof.ts';
import type { NodeReader } from '#protocol/merkle/ranges.ts';
import { MAX_COSIGNATURE_SECONDS } from '#protocol/note/cosignature.ts';

/** Components are checked by the types of the web app, which are not those of the tests. */
async function markupOf(file: string, name: string, props: object): Promise<string> {
  const path = `#explorer/web/picture/${file}`;
  const module: Record<string, FunctionComponent> = await import(/* @vite-ignore */ path);
  return renderToStaticMarkup(createElement(module[name]!, props));
}
const pictureMarkup = (picture: Picture) =>
  markupOf('proof-picture.tsx', 'ProofPicture', { picture, file: 'proof' });

const MOST = 300;
/** Widths of a letter of the first line and of the second. */
const LETTERS = [7.6, 6.7];
const ENTRIES = Array.from({ length: MOST }, (_, i) => encodeUtf8(`entry ${i}`));
const levels: Hash[][] = [ENTRIES.map((entry) => leafHash(entry))];
while (levels.at(-1)!.length > 1) {
  const below = levels.at(-1)!;
  levels.push(
    Array.from({ length: below.length >> 1 }, (_, i) => nodeHash(below[2 * i]!, below[2 * i + 1]!)),
  );
}
const read: NodeReader = async (nodes) => nodes.map(({ level, index }) => levels[level]![index]!);

const OTHER = asHash(new Uint8Array(32).fill(7));
const witnesses = ['witness-1', 'a-witness-of-a-very-long-name', '\u202ew3', 'w4'].map((name) => ({
  name,
  timeSeconds: 1_795_000_000,
}));

async function inclusion(index: number, size: number): Promise<InclusionInput> {
  const checkpoint = { origin: 'log.example', size, isVerified: true, words: 'Fine.', witnesses };
  const proof = await inclusionProof(read, index, size);
  return { entry: ENTRIES[index]!, index, proof, root: await treeRoot(read, size), checkpoint };
}

async function consistency(old: number, now: number): Promise<ConsistencyInput> {
  const head = async (size: number) => ({
    size,
    root: await treeRoot(read, size),
    isVerified: true,
    words: 'Fine.',
  });
  const proof = await consistencyProof(read, old, now);
  return { old: await head(old), new: await head(now), proof };
}

/** Boxes inside of the picture, none over another, all reached by the keys, every line between two of them. */
function expectSound(picture: Picture): void {
  const { nodes, edges, rows, width, height } = picture;
  const ids = nodes.map(({ id }) => id);
  expect(new Set(ids).size).toBe(ids.length);
  expect(rows.flat().toSorted()).toEqual(ids.toSorted());
  for (const node of nodes) {
    expect(node.x).toBeGreaterThanOrEqual(0);
    expect(node.x + node.width).toBeLessThanOrEqual(width);
    expect(node.y + NODE_HEIGHT).toBeLessThanOrEqual(height);
    for (const [i, line] of node.lines.entries()) {
      expect(line.length * LETTERS[i]!, line).toBeLessThanOrEqual(node.width);
    }
  }
  for (const row of rows) {
    const placed = row.map((id) => nodes.find((node) => node.id === id)!);
    for (const [i, node] of placed.entries()) {
      const before = placed[i - 1];
      if (before === undefined) continue;
      expect(node.y).toBe(before.y);
      expect(node.x).toBeGreaterThanOrEqual(before.x + before.width);
    }
  }
  for (const { from, to } of edges) {
    const [a, b] = [from, to].map((id) => nodes.find((node) => node.id === id));
    expect(a).toBeDefined();
    expect(b!.y).toBeLessThanOrEqual(a!.y);
  }
  for (const { story, hash } of nodes) {
    const made = recompute(story);
    if (made !== undefined) expect(equalBytes(made, hash!)).toBe(true);
  }
}

describe('the picture of an inclusion proof', () => {
  it('is sound for every entry of every tree up to 40, and for some of each up to 300', async () => {
    for (let size = 1; size <= MOST; size++) {
      const all = Array.from({ length: size }, (_, i) => i);
      const some = [0, size - 1, size >> 1, (size * 2) % size, (size * 7) % size];
      for (const index of size <= 40 ? all : some) {
        const input = await inclusion(index, size);
        const picture = inclusionPicture(input)!;
        expect(picture.holds).toBe(true);
        const computed = picture.nodes.filter(({ kind }) => kind === 'computed');
        expect(computed).toHaveLength(input.proof.length);
        if (index === 0 || size < 10) expectSound(picture);
      }
    }
  });

  it('marks the last step where it does not make the root, and says what was expected', async () => {
    const input = await inclusion(5, 11);
    const root = input.root;
    const picture = inclusionPicture({ ...input, proof: input.proof.with(1, OTHER) })!;
    expect(picture.holds).toBe(false);
    const bad = picture.nodes.filter(({ state }) => state === 'bad');
    expect(bad.map(({ id }) => id)).toEqual(['node-4']);
    expect(bad[0]!.expected).toEqual(root);
    expectSound(picture);
  });

  it('marks the very hash that is wrong, where the tree is known', async () => {
    const input = await inclusion(5, 11);
    const expected = { leaf: levels[0]![5]!, siblings: input.proof };
    const badIds = (changed: Partial<InclusionInput>) =>
      inclusionPicture({ ...input, expected, ...changed })!
        .nodes.filter(({ state }) => state === 'bad')
        .map(({ id }) => id);
    expect(badIds({})).toEqual([]);
    expect(badIds({ proof: input.proof.with(2, OTHER) })).toEqual(['node-4', 'sibling-2']);
    expect(badIds({ entry: encodeUtf8('another') })).toEqual(['node-4', 'leaf']);
  });

  it('says of a witness that signed a time no calendar has when that is', async () => {
    const input = await inclusion(5, 11);
    const witness = { name: 'rogue', timeSeconds: MAX_COSIGNATURE_SECONDS };
    const checkpoint = { ...input.checkpoint, witnesses: [witness] };
    const picture = inclusionPicture({ ...input, checkpoint })!;
    expectSound(picture);
    const node = picture.nodes.find(({ kind }) => kind === 'witness')!;
    expect(node.lines).toEqual(['rogue', 'impossible time']);
    expect(node.story).toMatchObject({ text: expect.stringContaining('second 9007199254740') });
  });

  it('is none for a proof that cannot fit', async () => {
    const input = await inclusion(5, 11);
    expect(inclusionPicture({ ...input, proof: input.proof.slice(1) })).toBeUndefined();
    expect(inclusionPicture({ ...input, index: 11 })).toBeUndefined();
  });

  it('fits for the largest trees, too', () => {
    const size = 2 ** 53 - 1;
    fc.assert(
      fc.property(fc.nat({ max: size - 1 }), (index) => {
        const checkpoint = {
          origin: 'x'.repeat(200),
          size,
          isVerified: false,
          words: '',
          witnesses,
        };
        const proof = Array.from({ length: 53 }, () => OTHER);
        const input = { entry: new Uint8Array(), index, proof, root: OTHER, checkpoint };
        const picture = inclusionPicture(input);
        if (picture !== undefined) expectSound(picture);
      }),
      { numRuns: 30 },
    );
  });
});

describe('the picture of a consistency proof', () => {
  it('is sound and holds for every two trees up to 40, and for some up to 300', async () => {
    for (let now = 0; now <= MOST; now++) {
      const all = Array.from({ length: now + 1 }, (_, i) => i);
      const olds = now <= 40 ? all : [1, now >> 1, now - 1, now, 128, 37].filter((n) => n <= now);
      for (const old of olds) {
        const picture = consistencyPicture(await consistency(old, now))!;
        expect(picture.holds, `${old} ${now}`).toBe(true);
        if (now < 24) expectSound(picture);
      }
    }
  });

  it('marks what does not make its root', async () => {
    const input = await consistency(6, 11);
    const badIds = (changed: Partial<ConsistencyInput>) =>
      consistencyPicture({ ...input, ...changed })!
        .nodes.filter(({ state }) => state === 'bad')
        .map(({ id }) => id);
    expect(badIds({})).toEqual([]);
    expect(badIds({ old: { ...input.old, root: OTHER } })).toEqual(['old-2']);
    expect(badIds({ new: { ...input.new, root: OTHER } })).toEqual(['new-3']);
    expect(badIds({ proof: input.proof.with(0, OTHER) })).toEqual(['new-3', 'old-2']);
    expect(badIds({ new: { ...input.new, isVerified: false } })).toEqual(['signed-new']);
    const same = await consistency(6, 6);
    const wrong = consistencyPicture({ ...same, old: { ...same.old, root: OTHER } })!;
    expect(wrong.holds).toBe(false);
  });

  it('is none for a proof that cannot fit, or a tree that shrinks', async () => {
    const input = await consistency(6, 11);
    expect(consistencyPicture({ ...input, proof: [] })).toBeUndefined();
    expect(consistencyPicture({ ...input, old: input.new, new: input.old })).toBeUndefined();
  });
});

describe('walking', () => {
  it('leads from the leaf to the root and back by the arrow keys, and nowhere else', async () => {
    const picture = inclusionPicture(await inclusion(5, 11))!;
    const up: string[] = ['leaf'];
    while (nextNode(picture, up.at(-1)!, 'ArrowUp') !== up.at(-1)) {
      up.push(nextNode(picture, up.at(-1)!, 'ArrowUp')!);
    }
    expect(up.slice(0, 7)).toEqual([
      'leaf',
      'node-1',
      'node-2',
      'node-3',
      'node-4',
      'signed-root',
      'checkpoint',
    ]);
    expect(nextNode(picture, 'node-1', 'ArrowDown')).toBe('leaf');
    expect(nextNode(picture, 'leaf', 'ArrowLeft')).toBe('sibling-0');
    expect(nextNode(picture, 'leaf', 'ArrowRight')).toBe('leaf');
    expect(nextNode(picture, 'leaf', 'End')).toBe(picture.rows.at(-1)![0]);
    expect(nextNode(picture, 'leaf', 'a')).toBeUndefined();
  });
});

describe('the markup', () => {
  it('is made on the server, without a style, with a name for every box', async () => {
    const picture = inclusionPicture(await inclusion(5, 11))!;
    const markup = await pictureMarkup(picture);
    expect(markup).not.toContain('style=');
    expect(markup.match(/role="button"/g)).toHaveLength(picture.nodes.length);
    expect(markup.match(/tabindex="0"/g)).toHaveLength(1);
    for (const { title } of picture.nodes) expect(markup).toContain(`aria-label="${title}. `);
    for (const { hash } of picture.nodes) if (hash) expect(markup).toContain(toHex(hash));
    expect(markup).not.toContain('\u202e');
  });

  it('says aloud and in the list that a step failed, and what was expected', async () => {
    const input = await inclusion(5, 11);
    const picture = inclusionPicture({ ...input, entry: encodeUtf8('another') })!;
    const markup = await pictureMarkup(picture);
    expect(markup).toContain('IT FAILS');
    expect(markup).toMatch(/aria-label="Step 4: [^"]*: FAILED\. /);
    expect(markup.split(`expected <code>${toHex(input.root)}`)).toHaveLength(2);
    expect(markup).toContain('FAILED: expected');
  });

  it('is a file that stands alone', async () => {
    const picture = inclusionPicture(await inclusion(5, 11))!;
    const file = svgFile(
      await markupOf('picture-svg.tsx', 'PictureSvg', { picture, selected: 'leaf' }),
    );
    expect(file).toMatch(
      /^<\?xml version="1.0" encoding="UTF-8"\?>\n<svg xmlns="http:\/\/www.w3.org\/2000\/svg" /,
    );
    expect(file).not.toMatch(/class=|aria-|tabindex|data-/);
    expect(file).toContain('fill="#ffffff"');
  });
});
