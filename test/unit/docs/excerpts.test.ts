/** Code in the documents that is from a file is in that file, word for word: there it runs as a test. */
import { dirname, join, normalize } from 'node:path';
import { expect, it } from 'vitest';
import { excerpts, markdownFiles, readDocument } from './markdown.ts';

const EXCERPTS = markdownFiles().flatMap((file) =>
  excerpts(readDocument(file)).map((excerpt) => ({ file, ...excerpt })),
);

it('the guide to integration has nothing but excerpts, of all four languages', () => {
  const guide = readDocument('docs/INTEGRATION.md');
  const own = EXCERPTS.filter(({ file }) => file === 'docs/INTEGRATION.md');
  for (const language of ['js', 'py', 'go', 'rs']) {
    expect(own.some(({ target }) => target.startsWith(`../sdk/${language}/`))).toBe(true);
  }
  const blocks = guide.matchAll(/^```(?!sh$)\w+$/gm);
  expect(own).toHaveLength([...blocks].length);
});

it.each(EXCERPTS)('$file has $target as it is', ({ file, target, code }) => {
  expect(readDocument(normalize(join(dirname(file), target)))).toContain(code);
});
