/** How far the visitor's browser is with checking what a page shows, for whichever part of the page asks. */
import { createContext } from 'react';
import type { EvidenceFile } from '../../verify/checkpoints/continuity.ts';
import type { CheckpointVerdict } from '../../verify/checkpoints/judge-checkpoint.ts';
import type { EntryVerdict } from '../../verify/entries/judge-entry.ts';
import type { Finding } from '../../verify/findings.ts';
import type { Verifier } from '../../verify/verifier.ts';
import type { PageData } from '../data/page-data.ts';

export interface CheckedPage {
  /** Of the page, with what is said of entries taken from their bytes. */
  readonly data: PageData;
  readonly findings: readonly Finding[];
  /** What of the page was verified, as ends of a sentence. */
  readonly checked: readonly string[];
  /** What nothing shows, in sentences. */
  readonly claims: readonly string[];
  /** By whose policies, in sentences. */
  readonly trust: readonly string[];
  /** Of the one entry that the page is about. */
  readonly entry?: EntryVerdict;
  /** To which its proof leads. */
  readonly entryCheckpoint?: CheckpointVerdict;
  /** Against logs that contradict what this browser has seen of them. */
  readonly evidence: readonly EvidenceFile[];
  /** Origins of logs that have contradicted themselves, as verified evidence proves. */
  readonly convicted: ReadonlySet<string>;
  /** Of the logs, by origin. */
  readonly checkpoints: ReadonlyMap<string, CheckpointVerdict>;
  /** For what a visitor asks for besides. */
  readonly verifier: Verifier;
}

export type Checks =
  /** On the server, and until the browser has begun. */
  | { readonly state: 'unchecked' }
  | { readonly state: 'checking' }
  | { readonly state: 'broken'; readonly reason: string }
  | { readonly state: 'checked'; readonly page: CheckedPage };

export const ChecksContext = createContext<Checks>({ state: 'unchecked' });

export interface CheckActions {
  /** Adds what a longer check has found, that the visitor asked for: it counts for the page. */
  readonly report: (found: readonly Finding[]) => void;
  /** Judges the same page anew, as after a change of policies. */
  readonly again: () => void;
}

export const CheckActionsContext = createContext<CheckActions>({
  report: () => undefined,
  again: () => undefined,
});
