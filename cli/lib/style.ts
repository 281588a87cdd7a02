/**
 * Colours for people: only where the text goes to a terminal, never where NO_COLOR is set, always
 * where FORCE_COLOR is. They repeat what the words say and never say anything by themselves.
 *
 * Text from elsewhere is made printable before it is styled, as that escapes the colours too.
 */
import { styleText } from 'node:util';

const TONES = {
  /** It is as it should be. */
  good: ['green', 'bold'],
  /** A finding against it. */
  bad: ['red', 'bold'],
  /** Weaker than what was asked for, or worth a look. */
  warning: 'yellow',
  /** What the eye looks for, such as the name of a row. */
  strong: 'bold',
  /** What it may skip, such as the name of a fact. */
  quiet: 'dim',
} satisfies Record<string, Parameters<typeof styleText>[0]>;
export type Tone = keyof typeof TONES;

/** The text in this tone, for the stream to which it will be written. */
export function paint(
  tone: Tone,
  text: string,
  stream: NodeJS.WritableStream = process.stdout,
): string {
  return text === '' ? '' : styleText(TONES[tone], text, { stream });
}
