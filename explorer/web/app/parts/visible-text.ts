/**
 * Text from outside, cut into what can be shown as it is and what has to be named: characters that do not show, that
 * turn text around, that stack up on others, or that look like others of another script (homographs).
 *
 * ASCII is never marked. A letter that only has an accent is not either, nor are scripts that nobody takes for Latin.
 */

export interface TextPart {
  readonly text: string;
  /** `U+202E`; absent for what is shown as it is. */
  readonly codePoint?: string;
  /** Whether the character itself is shown beside its name: those that would steer or hide are not. */
  readonly isShown: boolean;
}

const HIDDEN = /[\p{C}\p{Zl}\p{Zp}\p{M}\p{Default_Ignorable_Code_Point}]/u;
const SPACE = /\p{Zs}/u;
/** Scripts with letters that look like Latin ones. */
const LOOKALIKE =
  /[\p{Script=Cyrillic}\p{Script=Greek}\p{Script=Armenian}\p{Script=Cherokee}\p{Script=Coptic}\p{Script=Lisu}\p{Script=Georgian}\p{Script=Deseret}\p{Script=Gothic}\p{Script=Old_Italic}]/u;
const LATIN = /\p{Script=Latin}/u;
/** Punctuation and symbols that look like ASCII ones or like nothing. */
const SIGN = /[\p{P}\p{S}]/u;
const EMOJI = /\p{Emoji_Presentation}/u;

export function visibleText(text: string): TextPart[] {
  const parts: TextPart[] = [];
  let plain = '';
  for (const character of text) {
    const isShown = !isHidden(character);
    if (isShown && !isLookalike(character)) {
      plain += character;
      continue;
    }
    if (plain !== '') parts.push({ text: plain, isShown: true });
    plain = '';
    parts.push({ text: isShown ? character : '', codePoint: codePointOf(character), isShown });
  }
  if (plain !== '') parts.push({ text: plain, isShown: true });
  return parts;
}

/** The first code points of a text, and an ellipsis where it has more than `most`. */
export function beginningOf(text: string, most: number): string {
  // A code point is at most two units of a string: what is beyond is not looked at.
  const few = [...text.slice(0, 2 * (most + 1))];
  return few.length > most ? `${few.slice(0, most).join('')}…` : text;
}

/** The same as one line of text, for titles and what has no markup. */
export function visibleLine(text: string): string {
  return visibleText(text)
    .map((part) => (part.codePoint === undefined ? part.text : `${part.text}[${part.codePoint}]`))
    .join('');
}

function isHidden(character: string): boolean {
  return HIDDEN.test(character) || (SPACE.test(character) && character !== ' ');
}

function isLookalike(character: string): boolean {
  if (character <= '\x7f') return false;
  if (LOOKALIKE.test(character)) return true;
  if (EMOJI.test(character)) return false;
  // Fullwidth, mathematical and other forms of characters that have a plain one.
  if (character.normalize('NFKC') !== character.normalize('NFC')) return true;
  const [base = ''] = character.normalize('NFD');
  return (LATIN.test(character) || SIGN.test(character)) && base > '\x7f';
}

function codePointOf(character: string): string {
  return `U+${character.codePointAt(0)!.toString(16).toUpperCase().padStart(4, '0')}`;
}
