/**
 * Takes checkpoints that anybody saw anywhere, and says whether they are of the tree that the monitor
 * has verified.
 *
 * Nothing is kept before the log's signature holds, so only whoever has the log's key can make
 * anything new to keep; and what is shown to fit the verified tree is not kept at all. The rest goes
 * where everything goes that is shown of a log: it is owed, until the log shows how it fits. So does what
 * comes while too many are being compared: a log that lets its own hang must not keep out all others.
 */
import { toHex } from '#protocol/bytes.ts';
import { ProtocolError } from '#protocol/errors.ts';
import { parseCheckpoint } from '#protocol/note/checkpoint.ts';
import { parseNote } from '#protocol/note/note.ts';
import type { Policy } from '#protocol/policy/policy.ts';
import { HttpProblem } from '#service/problem.ts';
import { openView, type View } from '../statements/view.ts';
import type { HandedIn } from '../watch/testimony.ts';
import type { LogWatch } from '../watch/watch-log.ts';

export type GossipVerdict = 'consistent' | 'inconsistent' | 'pending';

export interface GossipAnswer {
  readonly verdict: GossipVerdict;
  /** For people. */
  readonly reason: string;
  readonly origin: string;
  readonly size: number;
  /** Lowercase hex. */
  readonly root: string;
  /** The policy's names of the witnesses whose cosignatures hold. */
  readonly witnesses: readonly string[];
  readonly quorumMet: boolean;
  /** Up to which size every entry of the log has been checked. */
  readonly verifiedSize: number;
  /** Ids of what proves that the log, or a witness, contradicts itself. */
  readonly evidence: readonly string[];
}

/** Since the start. */
export interface GossipCounts {
  readonly consistent: number;
  readonly inconsistent: number;
  readonly pending: number;
  /** No checkpoint, of a log that is not watched, or not signed by it. */
  readonly refused: number;
}

/** Comparisons at a time, each of which asks the log for a few tiles; beyond, they are made later. */
const MAX_AT_ONCE = 8;
/** Of them for one client, so that one that hands in what hangs is not in the way of others. */
const MAX_AT_ONCE_OF_CLIENT = 2;

/** What the desk asks of what watches a log. */
type Watch = Pick<LogWatch, 'origin' | 'verifiedSize' | 'handIn'>;

export class GossipDesk {
  readonly #policy: Policy;
  readonly #watches: ReadonlyMap<string, Watch>;
  // Owned by this object.
  readonly #counts = { consistent: 0, inconsistent: 0, pending: 0, refused: 0 };
  /** The client of each comparison that somebody waits for. */
  readonly #atOnce: string[] = [];

  constructor(policy: Policy, watches: readonly Watch[]) {
    this.#policy = policy;
    this.#watches = new Map(watches.map((watch) => [watch.origin, watch]));
  }

  get counts(): GossipCounts {
    return { ...this.#counts };
  }

  /** Judges a signed note. Throws `HttpProblem` for what is not one of a log that is watched. */
  async take(note: string, client: string): Promise<GossipAnswer> {
    const [watch, view] = this.#open(note);
    const { outcome, evidence } = await this.#judge(watch, view, client);
    const [verdict, reason] = wordsOf(outcome, view, watch);
    this.#counts[verdict]++;
    return { ...factsOf(view), verdict, reason, verifiedSize: watch.verifiedSize, evidence };
  }

  async #judge(watch: Watch, view: View, client: string): Promise<HandedIn> {
    const own = this.#atOnce.filter((other) => other === client).length;
    if (own >= MAX_AT_ONCE_OF_CLIENT || this.#atOnce.length >= MAX_AT_ONCE) {
      return await watch.handIn(view, { isAtOnce: false });
    }
    this.#atOnce.push(client);
    try {
      return await watch.handIn(view, { isAtOnce: true });
    } finally {
      this.#atOnce.splice(this.#atOnce.indexOf(client), 1);
    }
  }

  #open(note: string): [Watch, View] {
    try {
      const { origin } = parseCheckpoint(parseNote(note).text);
      const watch = this.#watches.get(origin);
      if (watch !== undefined) return [watch, openView(note, origin, this.#policy)];
      throw new HttpProblem(404, 'unknown-log', 'No log of this origin is watched here.');
    } catch (error) {
      this.#counts.refused++;
      if (!(error instanceof ProtocolError)) throw error;
      const isForged = error.code === 'untrusted' || error.code === 'bad-signature';
      const [status, code] = isForged ? [403, error.code] : [400, 'malformed'];
      throw new HttpProblem(status as number, code as string, error.message, { cause: error });
    }
  }
}

function factsOf({ checkpoint, cosignatures, quorumMet }: View) {
  const { origin, size } = checkpoint;
  const witnesses = cosignatures.map(({ witness }) => witness);
  return { origin, size, root: toHex(checkpoint.root), witnesses, quorumMet };
}

function wordsOf(
  outcome: HandedIn['outcome'],
  { checkpoint: { size } }: View,
  { verifiedSize }: Watch,
): [GossipVerdict, string] {
  if (outcome === 'contradiction') {
    return ['inconsistent', 'The log signed it, and it is not of the tree that the log publishes.'];
  }
  if (outcome !== 'consistent') {
    return ['pending', `The log has not shown how it fits: ${outcome.undecided}. It is kept.`];
  }
  if (size <= verifiedSize) {
    return ['consistent', 'It is of the tree whose every entry has been checked.'];
  }
  return [
    'consistent',
    `It extends the tree of size ${verifiedSize}; the rest is not checked yet.`,
  ];
}
