/** The document around a page: whatever stands in data and titles, it begins and ends nothing in it. */
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { renderDocument } from '#explorer/web/serve/document.ts';
import { encodingOf } from '#explorer/web/serve/encoding.ts';

const EMPTY = { markup: '', styles: [], script: '/assets/a.js', modules: [] };
const HOSTILE = ['</script><script>alert(1)</script>', '<!--<script>', '\u2028', '&quot;', ']]>'];

function dataOf(text: string): unknown {
  const [, json = ''] =
    /<script type="application\/json" id="answers">(.*?)<\/script>/s.exec(text) ?? [];
  return JSON.parse(json);
}

it('data stay data, and are what was put in', () => {
  for (const hostile of HOSTILE) {
    const text = renderDocument({ ...EMPTY, title: hostile, answers: { [hostile]: hostile } });
    expect(text.match(/<script/g)).toHaveLength(2);
    expect(text.match(/<!--/g)).toBeNull();
    expect(dataOf(text)).toEqual({ [hostile]: hostile });
  }
  const anything = fc.string({ unit: fc.constantFrom(...'<>/!-script&"\u2028aA') });
  fc.assert(
    fc.property(anything, (text) => {
      expect(dataOf(renderDocument({ ...EMPTY, title: text, answers: text }))).toEqual(text);
    }),
  );
});

it.each([
  ['gzip, deflate, br', 'br'],
  ['gzip', 'gzip'],
  ['br;q=0, gzip;q=0.5', 'gzip'],
  ['br;q=0.0', 'plain'],
  ['identity', 'plain'],
  [undefined, 'plain'],
])('a client that takes %s gets %s', (header, encoding) => {
  expect(encodingOf(header)).toBe(encoding);
});
