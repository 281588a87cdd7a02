/**
 * The statements of one log, by whomever shown, and whether they are about one tree.
 *
 * Anything that is consistent with the tree confirmed from the entries is settled and forgotten,
 * as that tree only ever grows. Larger statements wait, compared with their neighbours, until the
 * confirmed tree has reached them. So honest growth costs one comparison for each new checkpoint,
 * and a fork is proven by the first tiles that can prove it, however long ago it was shown. What
 * is not decided is owed, from when it was first shown, over outages and restarts.
 */
import { LRUCache } from 'lru-cache';
import type { TileSource } from '#client/tile-source.ts';
import type { VerifierKey } from '#protocol/note/key.ts';
import { monotonicMs } from '#service/schedule.ts';
import type { Contradiction, OwedComparison, Standing } from '../judge/observations.ts';
import { bySize, fromView, merged, type Statement } from '../statements/statement.ts';
import { type Item, StatementSet } from '../statements/statement-set.ts';
import type { View } from '../statements/view.ts';
import type { MonitorState } from '../store/state.ts';
import { Comparisons, type Outcome } from './comparisons.ts';
import { PassTiles } from './pass-tiles.ts';

/** Texts that need no second look; one that is forgotten is compared again, and no more. */
const MAX_SETTLED = 1024;
/** For those at or below the confirmed size, and again for those above; and what is asked ends. */
const ROUND_MS = 10_000;
/**
 * Statements that are tried again in one pass, and comparisons for cosigners that decide nothing: a log
 * whose key signs hundreds that it never shows must not keep this process busy with them.
 */
const MAX_RETRIED = 32;
/** For a comparison that somebody waits for. */
const AT_ONCE_MS = 2000;

export interface LedgerOptions {
  readonly origin: string;
  /** The log's keys and those of all witnesses. */
  readonly keys: readonly VerifierKey[];
  readonly state: MonitorState;
  /** Wall clock, Unix milliseconds. */
  readonly now: () => number;
}

export class Ledger {
  readonly #options: LedgerOptions;
  readonly #comparisons = new Comparisons();
  // Owned by this object: changed by `add` and `confirm` at any time, by `pass` between its reads.
  #confirmed: Statement | undefined;
  readonly #pending = new StatementSet();
  readonly #refuted = new StatementSet();
  /** Texts of refuted statements that the database still holds, until what they prove is stored. */
  readonly #unforgotten = new Set<string>();
  readonly #settled = new LRUCache<string, true>({ max: MAX_SETTLED });
  /** Since when something has been owed at the end of every pass; monotonic milliseconds. */
  #inDoubtSinceMs: number | undefined;

  constructor(options: LedgerOptions) {
    this.#options = options;
  }

  /** Whether `add` would change nothing, unless the transaction of an earlier one was rolled back. */
  knows(view: View): boolean {
    const { text } = view;
    if (this.#confirmed?.text === text) return merged(this.#confirmed, view) === this.#confirmed;
    if (this.#settled.has(text)) return true;
    const known = this.#refuted.get(text) ?? this.#pending.get(text);
    return known !== undefined && merged(known.statement, view) === known.statement;
  }

  /** Takes in what somebody showed, which has been owed for `ageMs`. */
  add(view: View, ageMs = 0): void {
    const { text } = view;
    const isPending = this.#pending.get(text) !== undefined;
    // What waits is saved again: the transaction in which it came may have been rolled back.
    if (!isPending && this.knows(view)) return;
    if (this.#confirmed?.text === text) this.#confirmed = merged(this.#confirmed, view);
    const known = this.#refuted.get(text) ?? this.#pending.get(text);
    if (known !== undefined) known.statement = merged(known.statement, view);
    else if (!this.#settled.has(text)) this.#addNew(fromView(view), ageMs);
    const pending = this.#pending.get(text);
    if (pending !== undefined) this.#save(pending.statement, ageMs);
  }

  #addNew(statement: Statement, ageMs: number): void {
    const others = this.#pending.items().map((item) => item.statement);
    if (this.#confirmed !== undefined) others.push(this.#confirmed);
    const sameSize = others.find(({ checkpoint }) => checkpoint.size === statement.checkpoint.size);
    if (sameSize !== undefined) {
      this.#comparisons.proveFork(sameSize, statement, this.#options.keys);
    }
    const owedSinceMs = monotonicMs() - ageMs;
    const dropped = this.#pending.add({
      statement,
      isProven: false,
      owedSinceMs,
      undecided: undefined,
    });
    if (dropped === undefined) return;
    this.#options.state.deleteStatement(this.#options.origin, dropped.text);
  }

  #save({ text, note }: Statement, ageMs: number): void {
    const { state, origin, now } = this.#options;
    state.saveStatement(origin, { text, note, firstSeenMs: now() - ageMs });
  }

  /** The statement that the entries have been shown to make; each one extends the one before. */
  confirm(view: View): void {
    const known = this.#pending.get(view.text) ?? this.#refuted.get(view.text);
    this.#confirmed = known === undefined ? fromView(view) : merged(known.statement, view);
    this.#settle(this.#confirmed);
  }

  standing(text: string): Standing {
    if (this.#settled.has(text)) return 'agrees';
    return this.#refuted.get(text) === undefined ? 'pending' : 'contradicts';
  }

  /**
   * Compares a view with the confirmed tree at once, and keeps nothing of it but what is proven, for
   * `take`.
   */
  async compareNow(view: View, source: TileSource): Promise<Outcome> {
    const confirmed = this.#confirmed;
    if (confirmed === undefined) return { undecided: 'the monitor has not read the log yet' };
    const [first, second] = [fromView(view), confirmed].sort(bySize) as [Statement, Statement];
    const tiles = new PassTiles(source, AT_ONCE_MS);
    return await this.#comparisons.compare(first, second, tiles, this.#options.keys);
  }

  /** Contradictions that have been proven and not been taken yet. */
  take(): Contradiction[] {
    return this.#comparisons.take();
  }

  /** Statements that are not settled. */
  get pending(): number {
    return this.#pending.size;
  }

  /** What has been compared without a decision, and not been decided since. */
  owed(): OwedComparison[] {
    return this.#pending.items().flatMap(({ statement, owedSinceMs, undecided }) => {
      if (undecided === undefined) return [];
      const { against, reason } = undecided;
      return [{ unproven: statement, sinceMs: owedSinceMs!, against, reason }];
    });
  }

  /**
   * To be called once the contradictions of the passes so far are stored. A crash before that finds
   * the statements in the database, and so finds the contradictions again.
   */
  forgetRefuted(): void {
    const { state, origin } = this.#options;
    for (const text of this.#unforgotten) {
      if (this.#pending.get(text) === undefined) state.deleteStatement(origin, text);
      this.#unforgotten.delete(text);
    }
  }

  /**
   * Compares whatever has not been compared yet, and some of what was in vain; returns what was proven.
   * `source` is the log's; it need not be honest.
   */
  async pass(source: TileSource): Promise<Contradiction[]> {
    const confirmed = this.#confirmed;
    const size = confirmed?.checkpoint.size ?? -1;
    const due = this.#due();
    const isAbove = ({ statement }: Item) => statement.checkpoint.size > size;
    if (confirmed !== undefined) {
      const below = due.filter((item) => !isAbove(item));
      await this.#compareBelow(below, confirmed, new PassTiles(source, ROUND_MS));
    }
    const tiles = new PassTiles(source, ROUND_MS);
    const above = due.filter(isAbove).sort((a, b) => bySize(a.statement, b.statement));
    await this.#compareAbove(above, confirmed, tiles);
    await this.#convictCosigners(due, tiles);
    const since = this.owed().map(({ sinceMs }) => sinceMs);
    this.#inDoubtSinceMs = since.length === 0 ? undefined : Math.min(...since);
    return this.take();
  }

  /**
   * What has not been tried in vain, and then those that were, the longest ago first, so that nobody
   * waits for ever behind what gets no answer.
   */
  #due(): Item[] {
    const items = this.#pending.items();
    const tried = items.filter(({ undecided }) => undecided !== undefined);
    tried.sort((a, b) => a.undecided!.triedMs - b.undecided!.triedMs);
    return [
      ...items.filter(({ undecided }) => undecided === undefined),
      ...tried.slice(0, MAX_RETRIED),
    ];
  }

  async #compareBelow(items: readonly Item[], confirmed: Statement, tiles: PassTiles) {
    for (const item of items) {
      if (!tiles.hasTime && item.undecided !== undefined) continue;
      const { statement } = item;
      const { keys } = this.#options;
      const outcome = await this.#comparisons.compare(statement, confirmed, tiles, keys);
      this.#take(item, confirmed, outcome);
      if (outcome === 'consistent') this.#settle(statement);
      if (outcome === 'contradiction') this.#refute(item);
    }
  }

  /** In ascending order, each with the largest before it that is known to extend the confirmed. */
  async #compareAbove(items: readonly Item[], confirmed: Statement | undefined, tiles: PassTiles) {
    const { keys } = this.#options;
    let proven = confirmed;
    const doubtful: Item[] = [];
    for (const item of items) {
      if (!tiles.hasTime && item.undecided !== undefined) continue;
      const { statement } = item;
      const outcome: Outcome =
        proven === undefined
          ? 'consistent'
          : await this.#comparisons.compare(proven, statement, tiles, keys);
      this.#take(item, proven ?? statement, outcome);
      if (outcome === 'contradiction' && proven === confirmed) this.#refute(item);
      if (typeof outcome === 'object') doubtful.push(item);
      if (outcome === 'consistent') proven = statement;
    }
    if (proven === undefined) return;
    // The tiles of the largest may tell what those of the smaller ones did not.
    for (const item of doubtful.filter(({ statement }) => bySize(statement, proven!) < 0)) {
      const outcome = await this.#comparisons.compare(item.statement, proven, tiles, keys);
      if (typeof outcome !== 'object') this.#take(item, proven, outcome);
    }
  }

  /**
   * Notes what came of a comparison. What is in doubt again is owed for as long as anything has been:
   * a log with two trees would otherwise show now the one and now the other to extend the confirmed
   * one, and owe each of them anew.
   */
  #take(item: Item, against: Statement, outcome: Outcome): void {
    item.isProven = outcome === 'consistent';
    if (typeof outcome === 'object') {
      item.owedSinceMs ??= this.#inDoubtSinceMs ?? monotonicMs();
      item.undecided = { against, reason: outcome.undecided, triedMs: monotonicMs() };
    } else {
      item.owedSinceMs = undefined;
      item.undecided = undefined;
    }
  }

  /**
   * A witness that cosigned a refuted statement must not have cosigned the other tree, too. To be
   * convicted once is enough.
   */
  async #convictCosigners(due: readonly Item[], tiles: PassTiles): Promise<void> {
    const others = due.map(({ statement }) => statement);
    if (this.#confirmed !== undefined) others.push(this.#confirmed);
    const { state, origin } = this.#options;
    const convicted = state.convicted(origin);
    let inVain = 0;
    for (const { statement: refuted } of this.#refutedInTurn()) {
      const suspects = [...refuted.cosigners].filter(([, { key }]) => !convicted.has(key.text));
      for (const other of others) {
        const keys = suspects.flatMap(([name, { key }]) =>
          other.cosigners.has(name) ? [key] : [],
        );
        if (keys.length === 0) continue;
        const [first, second] = [refuted, other].sort(bySize) as [Statement, Statement];
        const outcome = await this.#comparisons.compare(first, second, tiles, keys);
        if (typeof outcome === 'object') inVain += 1;
        if (inVain >= MAX_RETRIED || !tiles.hasTime) return;
      }
    }
  }

  /** Beginning anywhere, so that each has its turn although a pass may end before the last of them. */
  #refutedInTurn(): Item[] {
    const items = this.#refuted.items();
    const first = Math.floor(Math.random() * items.length);
    return [...items.slice(first), ...items.slice(0, first)];
  }

  #settle({ text }: Statement): void {
    this.#settled.set(text, true);
    this.#refuted.delete(text);
    this.#pending.delete(text);
    this.#options.state.deleteStatement(this.#options.origin, text);
  }

  #refute(item: Item): void {
    const { text } = item.statement;
    this.#refuted.add(item);
    this.#pending.delete(text);
    this.#unforgotten.add(text);
  }
}
