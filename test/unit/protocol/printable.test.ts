/** Text from outside: what steers a terminal or turns a line around is shown as an escape. */
import { describe, expect, it } from 'vitest';
import { printable, printableJson, printableLines } from '#protocol/printable.ts';

const STEERING = [
  '\u0000',
  '\u001b',
  '\u007f',
  '\u009b',
  '\u202e',
  '\u2028',
  '\ufeff',
  '\u{e0001}',
  '\ud800',
];

describe('text from outside', () => {
  it.each(STEERING)('shows %j as an escape', (character) => {
    const shown = `\\u{${character.codePointAt(0)!.toString(16)}}`;
    expect(printable(`a${character}b`)).toBe(`a${shown}b`);
    expect(printableLines(`a\n${character}\n`)).toBe(`a\n${shown}\n`);
  });

  it.each(STEERING)('keeps its meaning as JSON, with %j escaped', (character) => {
    const value = { [character]: `a${character}b` };
    const json = printableJson(`${JSON.stringify(value)}\n`);
    expect(json).not.toContain(character);
    expect(json.endsWith('\n')).toBe(true);
    expect(JSON.parse(json)).toEqual(value);
  });

  it('is left as it is when it is nothing but text', () => {
    for (const text of ['', 'log.example/2025', '\u00e9\u4e16\u{1f600} \\u{9b}']) {
      expect(printable(text)).toBe(text);
      expect(printableJson(text)).toBe(text);
    }
  });
});
