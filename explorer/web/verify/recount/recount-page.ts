/**
 * Shows of one page of a search that it leaves nothing out, log by log: which entries have to be read for it, and what
 * came of it. Each page answers for the entries that it says it does, which the checks have joined to those of others.
 */
import type { SearchAnswer } from '#explorer/search/answers.ts';
import type { Filters } from '#explorer/search/filters.ts';
import type { Checkpoint } from '#protocol/note/checkpoint.ts';
import type { KnownLog } from '../answers/known-log.ts';
import type { Finding } from '../findings.ts';
import { recountSearch } from './recount-search.ts';
import type { RecountOptions } from './walk.ts';

export interface ShownPage {
  readonly filters: Filters;
  readonly entries: readonly Pick<SearchAnswer['entries'][number], 'log' | 'index'>[];
  readonly searched: SearchAnswer['searched'];
}

/** A log that is searched, up to a checkpoint that is verified and no newer than the page. */
export interface SearchedLog {
  readonly log: KnownLog;
  readonly checkpoint: Checkpoint;
}

export interface RecountPlan {
  readonly parts: readonly (SearchedLog & { readonly from: number; readonly to: number })[];
  /** Entries to be read. */
  readonly total: number;
}

export interface PageRecount {
  readonly kind: 'complete' | 'incomplete' | 'undecided';
  /** One sentence for each log. */
  readonly words: readonly string[];
  readonly findings: readonly Finding[];
}

export function planRecount(page: ShownPage, logs: readonly SearchedLog[]): RecountPlan {
  const parts = logs.flatMap(({ log, checkpoint }) => {
    const { log: origin } = log.answer;
    const { from, to } = new Map(Object.entries(page.searched)).get(origin) ?? { from: 0, to: 0 };
    const end = Math.min(to, checkpoint.size);
    return from < end ? [{ log, checkpoint, from, to: end }] : [];
  });
  const total = parts.reduce((sum, { from, to }) => sum + to - from, 0);
  return { parts, total };
}

export async function recountPage(
  page: ShownPage,
  { parts, total }: RecountPlan,
  { onProgress, breathe, ...options }: RecountOptions & { readonly breathe: () => Promise<void> },
): Promise<PageRecount> {
  const recounts = [];
  const before = { entries: 0, bytes: 0 };
  for (const { log, checkpoint, from, to } of parts) {
    const shown = new Set(
      page.entries.filter((entry) => entry.log === log.answer.log).map(({ index }) => index),
    );
    const { entries, bytes } = before;
    const walk = {
      ...options,
      log,
      checkpoint,
      range: { from, to },
      breathe,
      onProgress: (read: number, _: number, readBytes: number) => {
        before.bytes = bytes + readBytes;
        onProgress?.(entries + read, total, before.bytes);
      },
    };
    recounts.push(await recountSearch({ filters: page.filters, shown }, walk));
    before.entries += to - from;
  }
  const kinds = recounts.map(({ kind }) => kind);
  const worst = (['incomplete', 'undecided'] as const).find((kind) => kinds.includes(kind));
  return {
    kind: worst ?? 'complete',
    words: recounts.map(({ words }, i) => `${parts[i]!.log.answer.log}: ${words}`),
    findings: recounts.flatMap(({ findings }) => findings),
  };
}
