/**
 * Accuses witnesses of what they cosigned for a log that is proven to have contradicted itself: every
 * pair of trees that a peer was seen to have cosigned is compared by the log's tiles, until it is known
 * whether the one extends the other. So a peer that went back and cosigned both trees is accused, not
 * the log alone, whenever the tiles come and over restarts.
 */
import { compareCheckpoints } from '#client/compare.ts';
import { HttpTileSource, type TileSource } from '#client/tile-source.ts';
import { encodeBase64 } from '#protocol/base64.ts';
import type { VerifierKey } from '#protocol/note/key.ts';
import type { Logger } from '#service/logging.ts';
import { outboundFetch } from '#service/outbound.ts';
import { paced } from '#service/pace.ts';
import { tilesOf } from './logs/witnessed-log.ts';
import { onceEach } from './once-each.ts';
import { sayProven } from './report.ts';
import type { ShownTree } from './shown-table.ts';
import type { WitnessState } from './state.ts';

export interface AccuserOptions {
  readonly state: WitnessState;
  /** The keys of each peer. */
  readonly peers: readonly (readonly VerifierKey[])[];
  readonly logger: Logger;
  /** For each request to a log. */
  readonly timeoutMs: number;
  /** Wall clock in Unix milliseconds. */
  readonly now: () => number;
}

/** Logs that are asked at the same time. */
const MAX_AT_ONCE = 16;
/** Pairs known to fit that are remembered, so that they are not compared again. */
const MAX_SETTLED = 10_000;

export class Accuser {
  readonly #options: AccuserOptions;
  /** Owned by `#compare`: pairs of trees of a peer that were compared. */
  readonly #settled = new Set<string>();

  constructor(options: AccuserOptions) {
    this.#options = options;
  }

  /** One round over the logs that are frozen. Rejects only for failures of our own. */
  readonly round = async (signal: AbortSignal): Promise<void> => {
    const frozen = this.#options.state.standings().filter(({ frozenBy }) => frozenBy !== undefined);
    const pace = { atOnce: MAX_AT_ONCE, perSecond: 100, signal };
    await paced(frozen, pace, async ({ origin }) => {
      await this.#accuse(origin, signal);
      return true;
    });
  };

  async #accuse(origin: string, signal: AbortSignal): Promise<void> {
    const { state, peers, timeoutMs } = this.#options;
    const log = state.logs.known(origin);
    const url = log && tilesOf(log);
    if (url === undefined) return;
    const tiles = onceEach(new HttpTileSource(url, { signal, timeoutMs, fetch: outboundFetch }));
    for (const keys of peers) {
      const trees = state.shown.of(keys[0]!.name, origin);
      for (const [i, a] of trees.entries()) {
        for (const b of trees.slice(i + 1)) await this.#compare(origin, keys, [a, b], tiles);
      }
    }
  }

  async #compare(
    origin: string,
    keys: readonly VerifierKey[],
    pair: readonly [ShownTree, ShownTree],
    tiles: TileSource,
  ): Promise<void> {
    const { state, logger, now } = this.#options;
    const trees = pair.map(({ size, root }) => `${size} ${encodeBase64(root)}`).sort();
    const id = [keys[0]!.name, origin, ...trees].join(' ');
    if (this.#settled.has(id)) return;
    const [a, b] = pair.map(({ size, root, note }) => {
      return { checkpoint: { origin, size, root, extensions: [] }, note };
    });
    const comparison = await compareCheckpoints(a!, b!, tiles, keys);
    if (comparison.kind === 'undecided') return;
    if (comparison.kind === 'contradiction') {
      sayProven(logger, state.recordEvidence(comparison.evidence, now(), 'tiles of the log'));
    }
    this.#settled.add(id);
    if (this.#settled.size > MAX_SETTLED) this.#settled.clear();
  }
}
