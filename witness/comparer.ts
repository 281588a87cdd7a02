/**
 * Makes one log show what it owes: compares each checkpoint that it signed, and that is not known to
 * be of the tree last cosigned, with that tree, by the log's own tiles.
 *
 * The tiles are believed nothing: they are authenticated against the larger of the two roots. However
 * the log avoids the answer, time is counted against it (`comparisons.ts`), and only a proof or evidence
 * ends that.
 */
import { type Comparison, compareCheckpoints } from '#client/compare.ts';
import type { HttpOptions } from '#client/http.ts';
import { HttpTileSource, type TileSource } from '#client/tile-source.ts';
import type { Logger } from '#service/logging.ts';
import { outboundFetch } from '#service/outbound.ts';
import type { Owed, SignedTree } from './comparison-table.ts';
import { tilesOf, type WitnessedLog } from './logs/witnessed-log.ts';
import { onceEach } from './once-each.ts';
import { sayProven } from './report.ts';
import type { WitnessState } from './state.ts';
import type { LogState } from './tree-table.ts';

export interface ComparerOptions {
  readonly origin: string;
  readonly state: WitnessState;
  readonly logger: Logger;
  /** For each request to the log. */
  readonly timeoutMs: number;
  /** How long the log may owe a comparison before it is no longer cosigned. */
  readonly patienceMs: number;
  /** Wall clock in Unix milliseconds. */
  readonly now: () => number;
}

/** Longest reason that is kept, in characters. */
const MAX_REASON = 300;

/** A log that can be asked, and its tiles. */
type AskedLog = WitnessedLog & { readonly tiles: TileSource };

type Standing = 'nothing owed' | 'owed' | 'no longer cosigned';

export class Comparer {
  readonly #options: ComparerOptions;
  readonly #logger: Logger;
  /** Owned by `#report`, which speaks of changes only. */
  #reported: Standing = 'nothing owed';

  constructor(options: ComparerOptions) {
    this.#options = options;
    this.#logger = options.logger.child({ origin: options.origin });
  }

  /** Tries to settle all that is owed. Rejects only for failures of our own, or when told to stop. */
  readonly round = async (signal: AbortSignal): Promise<void> => {
    const { origin, state, timeoutMs } = this.#options;
    const log = state.logs.get(origin);
    const url = log && tilesOf(log);
    if (url !== undefined) {
      const http: HttpOptions = { signal, timeoutMs, fetch: outboundFetch };
      const asked = { ...log!, tiles: onceEach(new HttpTileSource(url, http)) };
      const own = state.log(origin);
      await Promise.all(
        distinct(state.owed(origin)).map((tree) => this.#compare(own, tree, asked)),
      );
    }
    this.report();
  };

  async #compare(own: LogState, tree: SignedTree, asked: AskedLog): Promise<void> {
    const { state, now } = this.#options;
    const comparison = await this.#comparison(own, tree, asked);
    const found = state.compared(own.origin, own.size, tree, comparison, now());
    sayProven(this.#logger, found);
    if (comparison.kind === 'undecided') {
      this.#logger.debug({ size: tree.size, reason: comparison.reason }, 'undecided');
    }
  }

  async #comparison(own: LogState, tree: SignedTree, asked: AskedLog): Promise<Comparison> {
    const { origin, note } = own;
    if (note === undefined) return { kind: 'consistent' };
    const signed = ({ size, root, note }: SignedTree) => ({
      checkpoint: { origin, size, root, extensions: [] },
      note,
    });
    const ownSigned = signed({ ...own, note });
    const { tiles, keys } = asked;
    const result = await compareCheckpoints(ownSigned, signed(tree), tiles, keys);
    if (result.kind !== 'undecided') return result;
    return { kind: 'undecided', reason: result.reason.slice(0, MAX_REASON) };
  }

  /** Says how the log stands, if that has changed. */
  report(): void {
    const { origin, state, patienceMs } = this.#options;
    const owed = state.owed(origin);
    const inVain = owed.filter(({ reason }) => reason !== undefined);
    const isOverdue = owed.some(({ waitedMs }) => waitedMs >= patienceMs);
    const standing = isOverdue ? 'no longer cosigned' : inVain.length > 0 ? 'owed' : 'nothing owed';
    if (standing === this.#reported) return;
    this.#reported = standing;
    const first = isOverdue ? owed.find(({ waitedMs }) => waitedMs >= patienceMs) : inVain[0];
    if (first === undefined) {
      this.#logger.info('the log has shown how all of its checkpoints fit');
      return;
    }
    const { size, source, sinceMs, reason } = first;
    const fields = { size, source, since: new Date(sinceMs).toISOString(), reason };
    if (isOverdue) this.#logger.error(fields, 'the log owes a comparison: no longer cosigned');
    else this.#logger.warn(fields, 'the log has not shown how one of its checkpoints fits');
  }
}

/** One of each tree, whoever told of it. */
function distinct(open: readonly Owed[]): Owed[] {
  const key = ({ size, root }: Owed) => `${size} ${Buffer.from(root).toString('hex')}`;
  return [...new Map(open.map((owed) => [key(owed), owed])).values()];
}
