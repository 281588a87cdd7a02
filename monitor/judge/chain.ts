/**
 * The chain of one issuer's receipts (`chain` of docs/spec/receipt.md): numbers without a gap, each
 * naming the leaf hash of the one before. Pure.
 *
 * Receipts may be logged in any order, so a number that is missing may still come: it is a gap, and
 * only told of when it lasts. Two receipts with one number, or one that names another predecessor than
 * there is, cannot become right any more: the issuer signed both, so that is a fork.
 *
 * What is kept is bounded. Where it says less than all, it never accuses.
 */

/** One receipt, as it stands in the log. Leaf hashes are b64u, as `prev` is. */
export interface ChainLink {
  readonly seq: number;
  readonly prev?: string | undefined;
  readonly leaf: string;
  readonly index: number;
}

/** Numbers that have not been seen, between some that have. */
export interface ChainGap {
  readonly from: number;
  readonly to: number;
  /** Leaf hash of the receipt before the first missing one. */
  readonly before: string;
  /** Leaf hash that the receipt after the last missing one gives to that. */
  readonly last: string;
  /** When it was found; Unix milliseconds. */
  readonly sinceMs: number;
  /** Several gaps that are no longer told apart: some of these numbers have been seen. */
  readonly isMerged?: boolean;
}

export interface ChainState {
  readonly lowest: ChainLink;
  readonly highest: ChainLink;
  /** Ascending. */
  readonly gaps: readonly ChainGap[];
  /** Some of those seen, the latest last: to name both receipts of a fork. */
  readonly recent: readonly ChainLink[];
}

export interface Extended {
  readonly state: ChainState;
  /** What is wrong for good, in words. */
  readonly fork?: string;
}

const MAX_GAPS = 8;
const MAX_RECENT = 16;

export function extendChain(
  state: ChainState | undefined,
  link: ChainLink,
  nowMs: number,
): Extended {
  if (state === undefined) {
    return { state: { lowest: link, highest: link, gaps: [], recent: [link] } };
  }
  const recent = [...state.recent, link].slice(-MAX_RECENT);
  const { lowest, highest } = state;
  if (link.seq > highest.seq) {
    const [gaps, fork] = join(highest, link, nowMs);
    return extended({ ...state, highest: link, recent, gaps: [...state.gaps, ...gaps] }, fork);
  }
  if (link.seq < lowest.seq) {
    const [gaps, fork] = join(link, lowest, nowMs);
    return extended({ ...state, lowest: link, recent, gaps: [...gaps, ...state.gaps] }, fork);
  }
  const gap = state.gaps.find(({ from, to }) => from <= link.seq && link.seq <= to);
  if (gap !== undefined) return fill({ ...state, recent }, gap, link);
  const first = state.recent.find(({ seq }) => seq === link.seq);
  if (first?.leaf === link.leaf) return { state };
  const other = first === undefined ? 'an earlier entry' : `entry ${first.index}`;
  return { state, fork: `number ${link.seq} is that of ${other} and of entry ${link.index}` };
}

/** What lies between two receipts of which nothing in between has been seen. */
function join(lower: ChainLink, upper: ChainLink, nowMs: number): [ChainGap[], string | undefined] {
  if (upper.seq > lower.seq + 1) {
    const [from, to] = [lower.seq + 1, upper.seq - 1];
    return [[{ from, to, before: lower.leaf, last: upper.prev!, sinceMs: nowMs }], undefined];
  }
  return [
    [],
    upper.prev === lower.leaf ? undefined : mismatch(upper.seq, lower.index, upper.index),
  ];
}

function mismatch(seq: number, lower: number | string, upper: number | string): string {
  return `number ${seq} (entry ${upper}) does not name number ${seq - 1} (entry ${lower}) as the one before`;
}

/** A missing receipt has come. */
function fill(state: ChainState, gap: ChainGap, link: ChainLink): Extended {
  // Which of these numbers have been seen is no longer known.
  if (gap.isMerged) return { state };
  const below = { ...gap, to: link.seq - 1, last: link.prev! };
  const above = { ...gap, from: link.seq + 1, before: link.leaf };
  const rest = [below, above].filter(({ from, to }) => from <= to);
  const forks = [
    ...(link.seq === gap.from && link.seq > 0 && link.prev !== gap.before
      ? [mismatch(link.seq, 'seen before', link.index)]
      : []),
    ...(link.seq === gap.to && link.leaf !== gap.last
      ? [mismatch(link.seq + 1, link.index, 'seen before')]
      : []),
  ];
  const gaps = state.gaps.flatMap((known) => (known === gap ? rest : [known]));
  return extended({ ...state, gaps }, forks[0]);
}

/** Within the bounds: the two lowest gaps are told apart no longer. */
function extended(state: ChainState, fork: string | undefined): Extended {
  const [first, second, ...others] = state.gaps;
  const isFull = state.gaps.length > MAX_GAPS;
  const merged = isFull && { ...first!, to: second!.to, last: second!.last, isMerged: true };
  const bounded = merged ? { ...state, gaps: [merged, ...others] } : state;
  return fork === undefined ? { state: bounded } : { state: bounded, fork };
}

/** The gaps that have lasted, in words. */
export function lastingGaps(
  issuer: string,
  { gaps }: ChainState,
  afterMs: number,
  nowMs: number,
): string[] {
  return gaps
    .filter(({ sinceMs }) => nowMs - sinceMs >= afterMs)
    .map(({ from, to, isMerged }) => {
      const numbers = from === to ? `number ${from} is` : `numbers ${from} to ${to} are`;
      return `${issuer}: ${numbers} ${isMerged ? 'not all there' : 'missing'}`;
    });
}
