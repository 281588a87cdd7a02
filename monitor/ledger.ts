/**
 * The statements of one log, by whomever shown, and whether they are about one tree.
 *
 * Anything that is consistent with the tree confirmed from the entries is settled and forgotten,
 * as that tree only ever grows. Larger statements wait, compared with their neighbours, until the
 * confirmed tree has reached them. So honest growth costs one comparison for each new checkpoint,
 * and a fork is proven by the first tiles that can prove it, however long ago it was shown.
 */
import { type Comparison, compareCheckpoints } from '#client/compare.ts';
import type { TileSource } from '#client/tile-source.ts';
import type { Evidence } from '#protocol/evidence/evidence.ts';
import type { Checkpoint } from '#protocol/note/checkpoint.ts';
import type { VerifierKey } from '#protocol/note/key.ts';
import { formatNote, type NoteSignature } from '#protocol/note/note.ts';
import { BoundedMap } from './bounded-map.ts';
import { PassTiles } from './pass-tiles.ts';
import type { MonitorState } from './state.ts';
import type { View } from './view.ts';

/** One signed checkpoint, with the verified signatures of everybody who was seen to sign it. */
export interface Statement {
  readonly checkpoint: Checkpoint;
  readonly text: string;
  readonly note: string;
  /** Names of witnesses in the policy, with their key and line. */
  readonly cosigners: ReadonlyMap<string, { key: VerifierKey; line: NoteSignature }>;
  readonly logSignature: NoteSignature;
}

export interface Contradiction {
  readonly first: Statement;
  readonly second: Statement;
  readonly evidence: readonly Evidence[];
}

/** A comparison that the tiles on offer do not decide. */
export interface Undecided {
  readonly sizes: readonly [number, number];
  readonly reason: string;
}

export interface PassReport {
  readonly contradictions: readonly Contradiction[];
  readonly undecided: readonly Undecided[];
  /** The log could not be reached, so that nothing follows from what is undecided. */
  readonly interrupted: boolean;
}

/** How a statement stands to the confirmed tree. */
export type Standing = 'agrees' | 'pending' | 'contradicts';

type Decided = Exclude<Comparison['kind'], 'undecided'>;

const MAX_PENDING = 64;
const MAX_REFUTED = 8;
/** A note holds at most 64 signature lines; the log's is one. */
const MAX_COSIGNERS = 63;

export interface LedgerOptions {
  readonly origin: string;
  /** The log's keys and those of all witnesses. */
  readonly keys: readonly VerifierKey[];
  readonly state: MonitorState;
}

export class Ledger {
  readonly #options: LedgerOptions;
  // Owned by this object: changed by `add` and `confirm` at any time, by `pass` between its reads.
  #confirmed: Statement | undefined;
  readonly #pending = new Map<string, Statement>();
  readonly #refuted = new Map<string, Statement>();
  /** Texts of refuted statements that the database still holds, until what they prove is stored. */
  readonly #unforgotten = new Set<string>();
  readonly #settled = new BoundedMap<true>(1024);
  /** What came of pairs that were compared and decided. */
  readonly #decided = new BoundedMap<Decided>(1024);

  constructor(options: LedgerOptions) {
    this.#options = options;
  }

  /** Takes in what somebody showed. Cheap when it was seen before. */
  add(view: View): void {
    const { text } = view;
    if (this.#confirmed?.text === text) this.#confirmed = merged(this.#confirmed, view);
    if (this.#settled.has(text)) return;
    const refuted = this.#refuted.get(text);
    if (refuted !== undefined) {
      this.#refuted.set(text, merged(refuted, view));
      return;
    }
    const known = this.#pending.get(text);
    const statement = known === undefined ? fromView(view) : merged(known, view);
    if (statement === known) return;
    this.#pending.set(text, statement);
    this.#options.state.saveStatement(this.#options.origin, text, statement.note);
    if (this.#pending.size > MAX_PENDING) this.#thin();
  }

  /** The statement that the entries have been shown to make; each one extends the one before. */
  confirm(view: View): void {
    const known = this.#pending.get(view.text) ?? this.#refuted.get(view.text);
    this.#confirmed = known === undefined ? fromView(view) : merged(known, view);
    this.#settle(this.#confirmed);
  }

  standing(text: string): Standing {
    if (this.#settled.has(text)) return 'agrees';
    return this.#refuted.has(text) ? 'contradicts' : 'pending';
  }

  /**
   * To be called once the contradictions of the passes so far are stored. A crash before that finds
   * the statements in the database, and so finds the contradictions again.
   */
  forgetRefuted(): void {
    const { state, origin } = this.#options;
    for (const text of this.#unforgotten) {
      if (!this.#pending.has(text)) state.deleteStatement(origin, text);
      this.#unforgotten.delete(text);
    }
  }

  /** Compares whatever has not been compared yet. `source` is the log's; it need not be honest. */
  async pass(source: TileSource): Promise<PassReport> {
    const pass = new Pass(new PassTiles(source), this.#decided);
    const confirmed = this.#confirmed;
    const pending = [...this.#pending.values()].sort(bySize);
    const size = confirmed?.checkpoint.size ?? -1;
    const keys = this.#options.keys;
    if (confirmed !== undefined) {
      for (const statement of pending.filter(({ checkpoint }) => checkpoint.size <= size)) {
        const kind = await pass.compare(statement, confirmed, keys);
        if (kind === 'consistent') this.#settle(statement);
        if (kind === 'contradiction') this.#refute(statement);
      }
    }
    let before = confirmed;
    for (const statement of pending.filter(({ checkpoint }) => checkpoint.size > size)) {
      const kind = before && (await pass.compare(before, statement, keys));
      if (kind === 'contradiction' && before === confirmed) this.#refute(statement);
      else before = statement;
    }
    await this.#convictCosigners(pass);
    return pass.report();
  }

  /** A witness that cosigned a refuted statement must not have cosigned the other tree, too. */
  async #convictCosigners(pass: Pass): Promise<void> {
    const others = [...this.#pending.values()];
    if (this.#confirmed !== undefined) others.push(this.#confirmed);
    for (const refuted of this.#refuted.values()) {
      for (const other of others) {
        const both = [...refuted.cosigners].filter(([name]) => other.cosigners.has(name));
        if (both.length === 0) continue;
        const [first, second] = [refuted, other].sort(bySize) as [Statement, Statement];
        const keys = both.map(([, { key }]) => key);
        await pass.compare(first, second, keys);
      }
    }
  }

  #settle(statement: Statement): void {
    this.#settled.set(statement.text, true);
    this.#refuted.delete(statement.text);
    this.#remove(statement);
  }

  #refute(statement: Statement): void {
    const { text } = statement;
    this.#refuted.set(text, this.#pending.get(text) ?? statement);
    this.#pending.delete(text);
    this.#unforgotten.add(text);
    for (const oldest of this.#refuted.keys()) {
      if (this.#refuted.size <= MAX_REFUTED) break;
      this.#refuted.delete(oldest);
    }
  }

  #remove({ text }: Statement): void {
    this.#pending.delete(text);
    this.#options.state.deleteStatement(this.#options.origin, text);
  }

  /** Drops every second one but the largest: a witness's later word stands for its earlier ones. */
  #thin(): void {
    const sorted = [...this.#pending.values()].sort(bySize);
    for (const [i, statement] of sorted.entries()) {
      if (i % 2 === 1 && i < sorted.length - 1) this.#remove(statement);
    }
  }
}

/** One round of comparisons; each pair that is decided is not compared again. */
class Pass {
  readonly #tiles: PassTiles;
  readonly #decided: BoundedMap<Decided>;
  // Owned by the one round that made this object.
  readonly #contradictions: Contradiction[] = [];
  readonly #undecided: Undecided[] = [];

  constructor(tiles: PassTiles, decided: BoundedMap<Decided>) {
    this.#tiles = tiles;
    this.#decided = decided;
  }

  report(): PassReport {
    return {
      contradictions: this.#contradictions,
      undecided: this.#undecided,
      interrupted: this.#tiles.unreachable,
    };
  }

  async compare(
    first: Statement,
    second: Statement,
    keys: readonly VerifierKey[],
  ): Promise<Comparison['kind']> {
    const pair = [first.text, second.text, ...keys.map(({ id }) => id)].join('\0');
    const known = this.#decided.get(pair);
    if (known !== undefined) return known;
    const comparison = await compareCheckpoints(first, second, this.#tiles, keys);
    if (comparison.kind === 'undecided') {
      const sizes = [first.checkpoint.size, second.checkpoint.size] as const;
      this.#undecided.push({ sizes, reason: comparison.reason });
      return 'undecided';
    }
    this.#decided.set(pair, comparison.kind);
    if (comparison.kind === 'contradiction') {
      this.#contradictions.push({ first, second, evidence: comparison.evidence });
    }
    return comparison.kind;
  }
}

function bySize(a: Statement, b: Statement): number {
  return a.checkpoint.size - b.checkpoint.size;
}

function fromView(view: View): Statement {
  const { checkpoint, text, logSignature } = view;
  const none = { checkpoint, text, note: '', cosigners: new Map(), logSignature };
  return merged(none, view);
}

/** The same object when the view adds no cosigner. */
function merged(known: Statement, view: View): Statement {
  const added = view.cosignatures.filter(({ witness }) => !known.cosigners.has(witness));
  if (added.length === 0 && known.note !== '') return known;
  const cosigners = new Map(known.cosigners);
  for (const { witness, key, signature } of added) {
    if (cosigners.size < MAX_COSIGNERS) cosigners.set(witness, { key, line: signature });
  }
  const lines = [...cosigners.values()].map(({ line }) => line);
  const note = formatNote({ text: known.text, signatures: [known.logSignature, ...lines] });
  return { ...known, note, cosigners };
}
