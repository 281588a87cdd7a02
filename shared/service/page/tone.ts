/** How good or bad something is, as every page shows it: in colour, and always in words, too. */
export type Tone =
  | 'good'
  /** Neither good nor bad: under way, or not known yet. */
  | 'busy'
  | 'warn'
  | 'bad';

const GRAVITY: readonly Tone[] = ['good', 'busy', 'warn', 'bad'];

/** The gravest of some; good if there are none. */
export function worstOf(tones: readonly Tone[]): Tone {
  const worst = Math.max(0, ...tones.map((tone) => GRAVITY.indexOf(tone)));
  return GRAVITY[worst]!;
}
