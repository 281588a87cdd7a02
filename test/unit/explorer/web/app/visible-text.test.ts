/** Names that hide, steer or deceive are marked, character by character, and honest ones are left alone. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { beginningOf, visibleLine, visibleText } from '#explorer/web/app/parts/visible-text.ts';

/** Code points that are marked. */
const marked = (text: string) => visibleText(text).flatMap(({ codePoint }) => codePoint ?? []);
const hidden = (text: string) =>
  visibleText(text).flatMap(({ codePoint, isShown }) => (isShown ? [] : [codePoint]));

describe('text from outside', () => {
  it.each([
    ['log.example/test', 'plain ASCII, with <b>markup</b> & "signs"'],
    ['Zürich, Łódź, São Paulo', 'accents'],
    ['東京 서울 مرحبا', 'other scripts'],
  ])('is shown as it is: %s', (text) => {
    // Three letters with a stroke or the like have no plain letter below them.
    expect(marked(text).filter((code) => code !== 'U+0141')).toEqual([]);
  });

  it.each([
    ['a\u202eb', ['U+202E']],
    ['a\u2066b\u2069', ['U+2066', 'U+2069']],
    ['a\u200bb\ufeff', ['U+200B', 'U+FEFF']],
    ['a\u00adb', ['U+00AD']],
    ['a\u0000\n\tb', ['U+0000', 'U+000A', 'U+0009']],
    ['e\u0301\u0302', ['U+0301', 'U+0302']],
    ['a\u00a0b\u3000', ['U+00A0', 'U+3000']],
    ['\u{e0041}', ['U+E0041']],
    ['\u3164', ['U+3164']],
    ['\ud800', ['U+D800']],
  ])('never hides or steers: %j', (text, codes) => {
    expect(hidden(text)).toEqual(codes);
  });

  it.each([
    ['lоg.example', ['U+043E']],
    ['ехаmрlе', ['U+0435', 'U+0445', 'U+0430', 'U+0440', 'U+0435']],
    ['ΑΒ', ['U+0391', 'U+0392']],
    ['ｌｏｇ', ['U+FF4C', 'U+FF4F', 'U+FF47']],
    ['𝗅', ['U+1D5C5']],
    ['ı', ['U+0131']],
    ['a․b∕c', ['U+2024', 'U+2215']],
  ])('shows a letter beside its name that looks like another: %s', (text, codes) => {
    expect(marked(text)).toEqual(codes);
    expect(hidden(text)).toEqual([]);
  });

  it('keeps every character, shown or named, in its place', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        const parts = visibleText(text).map(({ text: shown, codePoint }) =>
          codePoint === undefined || shown !== ''
            ? shown
            : String.fromCodePoint(Number.parseInt(codePoint.slice(2), 16)),
        );
        expect(parts.join('')).toBe(text);
      }),
    );
  });

  it('is cut by its code points, and only where it has more', () => {
    expect(beginningOf('a𝗅b', 3)).toBe('a𝗅b');
    expect(beginningOf('𝗅𝗅𝗅b', 3)).toBe('𝗅𝗅𝗅…');
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), fc.nat(20), (text, most) => {
        const points = [...text];
        const isCut = points.length > most;
        const kept = isCut ? [...points.slice(0, most), '…'] : points;
        expect(beginningOf(text, most)).toBe(kept.join(''));
      }),
    );
  });

  it('is one line of what shows', () => {
    expect(visibleLine('a\u202e\nо')).toBe('a[U+202E][U+000A]о[U+043E]');
  });
});
