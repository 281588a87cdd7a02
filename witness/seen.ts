/**
 * Where this witness saw the notes of evidence: those that it has cosigned or was told of before, and
 * for what is new to it, whoever told it now. Testimony beside the evidence, docs/spec/evidence.md.
 */
import { type Evidence, type SeenNote, sightingsOf } from '#protocol/evidence/evidence.ts';
import type { Owed } from './comparison-table.ts';

export interface Seeing {
  readonly evidence: Evidence;
  /** What was cosigned last. */
  readonly current: { readonly note: string | undefined; readonly timeSeconds: number };
  readonly owed: readonly Owed[];
  /** Who told of it now: the URL of a peer, or the name of a request. */
  readonly source: string;
  /** Name of this witness. */
  readonly by: string;
  readonly nowMs: number;
}

export function seenNotes({ evidence, current, owed, source, by, nowMs }: Seeing): SeenNote[] {
  const { note, timeSeconds } = current;
  const own =
    note === undefined ? [] : [{ note, where: 'cosigned here', atMs: timeSeconds * 1000, by }];
  const told = owed.map((it) => ({ note: it.note, where: it.source, atMs: it.sinceMs, by }));
  const known = [...own, ...told];
  const notes = 'second' in evidence ? [evidence.first, evidence.second] : [evidence.first];
  const parts = new Set(sightingsOf(evidence, known).map(({ what }) => what));
  const isNew = (_: string, i: number) => !parts.has(i === 0 ? 'first' : 'second');
  const now = notes.filter(isNew).map((it) => ({ note: it, where: source, atMs: nowMs, by }));
  return [...known, ...now];
}
