/**
 * Text from outside, made safe to show: origins, key names and statements may hold any character that
 * a note may hold, and some of these steer a terminal or turn a line of text around.
 */
const UNPRINTABLE = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu;

/** One line of text for a terminal: what does not show, or steers, becomes `\u{9b}`. */
export function printable(text: string): string {
  return text.replace(UNPRINTABLE, (character) => {
    return `\\u{${character.codePointAt(0)!.toString(16)}}`;
  });
}

/** The same for text of several lines, such as a page. */
export function printableLines(text: string): string {
  return text.split('\n').map(printable).join('\n');
}

/** The same for lines of JSON, which keep their meaning: the escapes are JSON's own. */
export function printableJson(json: string): string {
  return json.replace(UNPRINTABLE, (character) => {
    if (character === '\n') return character;
    const units = Array.from({ length: character.length }, (_, i) => character.charCodeAt(i));
    return units.map((unit) => `\\u${unit.toString(16).padStart(4, '0')}`).join('');
  });
}
