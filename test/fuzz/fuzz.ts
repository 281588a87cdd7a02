/**
 * Differential fuzzing: asks all verifiers the same, and collects what they do not answer with the same bytes. A
 * difference is kept once for each operation and combination of outcomes, as small as it could be made.
 */
import { makeCase } from './generate.ts';
import { operationOf, outcomeOf, Tally } from './outcome.ts';
import type { Request } from './request.ts';
import { shrink } from './shrink.ts';
import { type Answers, isSame, type Verifiers } from './verifiers.ts';

/** Requests on their way at once: enough to keep all busy while the next ones are made. */
const BATCH = 100;
/** More of them say nothing new. */
const MAX_DIFFERENCES = 50;

export interface Difference {
  /** `seed:case` of the case that showed it. */
  readonly found: string;
  readonly request: Request;
  readonly answers: Answers;
  /** Whether it takes other requests before it: asked by itself, it had the same answers. */
  readonly hangsOnOthers: boolean;
}

export interface FuzzResult {
  readonly tally: Tally;
  readonly differences: readonly Difference[];
  /** Cases with a difference, also of those that were known already. */
  readonly differing: number;
}

export interface FuzzOptions {
  readonly seed: number;
  readonly first: number;
  readonly cases: number;
  readonly onProgress?: (done: number) => void;
}

export async function fuzz(verifiers: Verifiers, options: FuzzOptions): Promise<FuzzResult> {
  const { seed, first, cases, onProgress } = options;
  const tally = new Tally();
  const kinds = new Map<string, Found>();
  let differing = 0;
  const judge = (batch: Batch, all: readonly Answers[]) => {
    all.forEach((answers, i) => {
      const request = batch.requests[i]!;
      tally.count(operationOf(request), answers[0]!);
      if (isSame(answers)) return;
      differing++;
      const kind = kindOf(request, answers);
      if (kinds.has(kind) || kinds.size >= MAX_DIFFERENCES) return;
      kinds.set(kind, { found: `${seed}:${batch.first + i}`, request, answers });
    });
    onProgress?.(batch.first + batch.requests.length - first);
  };
  let before: Promise<void> = Promise.resolve();
  for (let at = first; at < first + cases; at += BATCH) {
    const batch = makeBatch(seed, at, Math.min(BATCH, first + cases - at));
    // The answers to one batch are waited for when the next one is on its way.
    const asked = verifiers.ask(batch.requests.map((request) => JSON.stringify(request)));
    await before;
    before = asked.then((all) => judge(batch, all));
  }
  await before;
  const differences: Difference[] = [];
  for (const first of kinds.values()) differences.push(await smallest(verifiers, first));
  return { tally, differences, differing };
}

interface Batch {
  readonly first: number;
  readonly requests: readonly Request[];
}

function makeBatch(seed: number, first: number, count: number): Batch {
  return { first, requests: Array.from({ length: count }, (_, i) => makeCase(seed, first + i)) };
}

function kindOf(request: Request, answers: Answers): string {
  return [operationOf(request), ...answers.map(outcomeOf)].join('\n');
}

type Found = Omit<Difference, 'hangsOnOthers'>;

async function smallest(verifiers: Verifiers, first: Found): Promise<Difference> {
  const ask = async (request: Request) => (await verifiers.ask([JSON.stringify(request)]))[0]!;
  const again = await ask(first.request);
  if (isSame(again)) return { ...first, hangsOnOthers: true };
  const kind = kindOf(first.request, again);
  const request = await shrink(first.request, async (candidate) => {
    const answers = await ask(candidate);
    return !isSame(answers) && kindOf(candidate, answers) === kind;
  });
  return { found: first.found, request, answers: await ask(request), hangsOnOthers: false };
}
