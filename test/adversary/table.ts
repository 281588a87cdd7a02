/**
 * The table of all lies, as it is printed and as it stands in the document. Made of the lies themselves;
 * only the seconds that were measured are not, and are left out of comparisons.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { EvidenceFound, Lie, Noticed } from './lie.ts';
import { LIES } from './lies/index.ts';
import { defaultTiming } from './timing.ts';

export const DOCUMENT = fileURLToPath(new URL('../../docs/SECURITY.md', import.meta.url));

const BEGIN = '<!-- made by test/adversary: begin -->\n';
const END = '<!-- made by test/adversary: end -->\n';
const HEAD = [
  'lie',
  'told by',
  'noticed by',
  'within',
  'seen after',
  'evidence',
  'what stays safe',
];
const NOBODY = 'nobody';

/** Seconds by the name of the lie, in the order of its list. */
export type Seconds = ReadonlyMap<string, readonly number[]>;

export function table(seconds: Seconds, lies: readonly Lie[] = LIES): string {
  const rows = lies.map((lie) => row(lie, seconds.get(lie.name)));
  return [HEAD, HEAD.map(() => '---'), ...rows]
    .map((cells) => `| ${cells.join(' | ')} |\n`)
    .join('');
}

function row(lie: Lie, measured: readonly number[] | undefined): string[] {
  const { name, by, noticed, evidence = [], safe } = lie;
  const defaults = defaultTiming();
  const limits = noticed.map(({ within }) => `${Math.ceil(within(defaults) / 1000)} s`);
  const seen = noticed.map((_, i) => (measured === undefined ? '' : shown(measured[i]!)));
  return [
    name,
    by,
    lines(noticed.map(wordsOf)) || NOBODY,
    lines(limits),
    lines(seen),
    lines(evidence.map(({ kind, against }: EvidenceFound) => `\`${kind}\` against the ${against}`)),
    lines(safe.map(({ says }) => says)),
  ];
}

function wordsOf(noticed: Noticed): string {
  if ('sees' in noticed) return `${noticed.by}: ${noticed.sees}`;
  if (noticed.by === 'witness') return `${noticed.which ?? 'witnesses'}: ${noticed.sign}`;
  const { alert, about } = noticed;
  return about === undefined ? `monitor: \`${alert}\`` : `monitor: \`${alert}\` of ${about}`;
}

function shown(seconds: number): string {
  return `${seconds.toFixed(1)} s`;
}

function lines(items: readonly string[]): string {
  return items.join('<br>');
}

/** What stands in the document between the marks. */
export function documented(): string {
  const text = readFileSync(DOCUMENT, 'utf8');
  return text.slice(text.indexOf(BEGIN) + BEGIN.length, text.indexOf(END));
}

export function writeDocument(seconds: Seconds): void {
  const text = readFileSync(DOCUMENT, 'utf8');
  const [before, after] = [text.indexOf(BEGIN) + BEGIN.length, text.indexOf(END)];
  writeFileSync(DOCUMENT, `${text.slice(0, before)}\n${table(seconds)}\n${text.slice(after)}`);
}

/** Without the column of what was measured. */
export function withoutMeasured(text: string): string {
  const column = HEAD.indexOf('seen after') + 1;
  return text
    .split('\n')
    .map((line) =>
      line
        .split(' | ')
        .toSpliced(column - 1, 1)
        .join(' | '),
    )
    .join('\n')
    .trim();
}
