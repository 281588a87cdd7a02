/**
 * Where and when signed notes were seen: the testimony that goes with evidence
 * (docs/spec/evidence.md section 3). Of what was seen long ago only the time is left, after a restart.
 */
import { LRUCache } from 'lru-cache';
import type { Evidence, SeenNote } from '#protocol/evidence/evidence.ts';

/** As a rule each is about a statement that is still to be compared, and there are 512 of those. */
const MAX_NOTES = 1024;
const MAX_PLACES = 4;
export const OBSERVER = 'monitor';
export const HANDED_IN = 'handed in to this monitor';
export const KEPT = 'kept by this monitor';

export class SeenNotes {
  // Owned by this object; by signed text, the earliest first.
  readonly #seen = new LRUCache<string, readonly SeenNote[]>({ max: MAX_NOTES });

  add(note: string, where: string, atMs: number): void {
    const text = signedText(note);
    const known = this.#seen.get(text) ?? [];
    if (known.length >= MAX_PLACES || known.some((seen) => seen.where === where)) return;
    this.#seen.set(text, [...known, { note, where, atMs, by: OBSERVER }]);
  }

  /** Of the notes of this evidence. */
  of(evidence: Evidence): SeenNote[] {
    const notes = 'second' in evidence ? [evidence.first, evidence.second] : [evidence.first];
    return notes.flatMap((note) => this.#seen.get(signedText(note)) ?? []);
  }
}

function signedText(note: string): string {
  return note.slice(0, note.lastIndexOf('\n\n'));
}
