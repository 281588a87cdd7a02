/** Reads the committed vector files: a source, a licence and one case per line. */
import { readFileSync } from 'node:fs';

export interface VectorFile<Case> {
  source: string;
  licence: string;
  columns: string;
  cases: Case[];
}

export function readVectors<Case>(name: string): VectorFile<Case> {
  return JSON.parse(readFileSync(new URL(`./${name}.vectors.json`, import.meta.url), 'utf8'));
}
