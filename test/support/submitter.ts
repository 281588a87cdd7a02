/**
 * A client under which a log works while a test breaks things: submits receipts at a steady rate,
 * retries whatever got no answer with the same bytes, and remembers everything it was ever told.
 *
 * It also is the judge of its own promise: one entry has one index for ever, one index one entry.
 */
import { expect } from 'vitest';
import { parseJsonObject, RemoteError } from '#client/http.ts';
import { LogClient } from '#client/log-client.ts';
import { HttpTileSource, type TileSource } from '#client/tile-source.ts';
import { fromHex, toHex } from '#protocol/bytes.ts';
import { asLeafHash, leafHash } from '#protocol/merkle/hash.ts';
import { TILE_WIDTH, tileWidth } from '#protocol/merkle/tiles.ts';
import type { Policy } from '#protocol/policy/policy.ts';
import { parseTlogProof, verifyTlogProof } from '#protocol/proof/tlog-proof.ts';
import { sleep } from '#service/schedule.ts';
import { freshReceipt } from './log.ts';
import { eventually, PATIENT } from './wait.ts';

export interface SubmitterOptions {
  readonly url: string;
  readonly policy: Policy;
  readonly ratePerSecond: number;
  /** Every how many submissions one waits for its proof; 0: none does. */
  readonly proofEvery: number;
  /** Called with the checkpoint of each proof. */
  readonly onCheckpoint?: (note: string) => void;
}

const TICK_MS = 10;
/** Keeps a slow machine from being buried: then the rate falls instead. */
const MAX_IN_FLIGHT = 64;
/** After a failure, so that a log that is away is not asked a thousand times a second. */
const PAUSE_MS = 50;

export class Submitter {
  /** Index by leaf hash, and the other way round, of every answer. */
  readonly indexOf = new Map<string, number>();
  readonly leafAt = new Map<number, string>();
  /** Leaf hashes whose proof has been verified. */
  readonly proven = new Set<string>();
  /** What no log may answer, in words. */
  readonly violations: string[] = [];
  readonly #options: SubmitterOptions;
  readonly #client: LogClient;
  // All owned by this object.
  #unanswered: Uint8Array[] = [];
  readonly #inFlight = new Set<Promise<void>>();
  #running: Promise<void> | undefined;
  #isStopping = false;
  #started = 0;
  #pausedUntilMs = 0;
  #answeredSize = 0;

  constructor(options: SubmitterOptions) {
    this.#options = options;
    this.#client = new LogClient(options.url, PATIENT);
  }

  /** One more than the highest index that was ever answered. */
  get answeredSize(): number {
    return this.#answeredSize;
  }

  start(): void {
    this.#isStopping = false;
    this.#running = this.#run();
  }

  /** Stops submitting and waits for the answers that are on their way. */
  async stop(): Promise<void> {
    this.#isStopping = true;
    await this.#running;
    await Promise.all(this.#inFlight);
  }

  /** Sends again whatever got no answer, until all of it has one. */
  async finish(): Promise<void> {
    for (let attempt = 0; this.#unanswered.length > 0; attempt++) {
      if (attempt === 100) throw new Error(`${this.#unanswered.length} entries get no answer`);
      const entries = this.#unanswered.splice(0);
      await Promise.all(entries.map((entry) => this.#submit(entry, false)));
      if (this.#unanswered.length > 0) await sleep(PAUSE_MS);
    }
  }

  async #run(): Promise<void> {
    const startedMs = performance.now();
    const before = this.#started;
    while (!this.#isStopping) {
      await sleep(TICK_MS);
      const elapsedSeconds = (performance.now() - startedMs) / 1000;
      const due = before + Math.floor(elapsedSeconds * this.#options.ratePerSecond);
      while (this.#started < due) {
        this.#started++;
        if (this.#inFlight.size >= MAX_IN_FLIGHT) continue;
        if (performance.now() < this.#pausedUntilMs) continue;
        this.#send(this.#unanswered.shift() ?? freshReceipt());
      }
    }
  }

  #send(entry: Uint8Array): void {
    const { proofEvery } = this.#options;
    const waits = proofEvery > 0 && this.#started % proofEvery === 0;
    const sending = this.#submit(entry, waits).finally(() => this.#inFlight.delete(sending));
    this.#inFlight.add(sending);
  }

  async #submit(entry: Uint8Array, waitForProof: boolean): Promise<void> {
    const leaf = toHex(leafHash(entry));
    try {
      const answer = await this.#client.submit(entry, { attempts: 1, waitForProof });
      this.#record(leaf, answer.leaf_hash, answer.leaf_index);
      if (answer.proof !== undefined) this.checkProof(leaf, answer.proof);
    } catch (error) {
      if (!(error instanceof RemoteError)) throw error;
      // "In the log, but not cosigned yet" is an answer, too.
      const told = parseJsonObject(error.body ?? '');
      if (typeof told?.leaf_index === 'number') {
        this.#record(leaf, String(told.leaf_hash), told.leaf_index);
        return;
      }
      const mayPass = error.kind === 'unreachable' || error.kind === 'timeout';
      if (!mayPass && error.status !== 503) this.violations.push(error.message);
      this.#unanswered.push(entry);
      this.#pausedUntilMs = performance.now() + PAUSE_MS;
    }
  }

  #record(leaf: string, answeredLeaf: string, index: number): void {
    const [knownIndex, knownLeaf] = [this.indexOf.get(leaf), this.leafAt.get(index)];
    if (answeredLeaf !== leaf) this.violations.push(`${leaf} is called ${answeredLeaf}`);
    if (knownIndex !== undefined && knownIndex !== index) {
      this.violations.push(`${leaf} had index ${knownIndex}, now ${index}`);
    }
    if (knownLeaf !== undefined && knownLeaf !== leaf) {
      this.violations.push(`index ${index} was ${knownLeaf}, now ${leaf}`);
    }
    this.indexOf.set(leaf, index);
    this.leafAt.set(index, leaf);
    this.#answeredSize = Math.max(this.#answeredSize, index + 1);
  }

  /** Verifies a proof as a stranger does, with the policy alone. */
  checkProof(leaf: string, text: string): void {
    const proof = parseTlogProof(text);
    const hash = asLeafHash(fromHex(leaf));
    const { quorumMet } = verifyTlogProof(proof, hash, this.#options.policy);
    if (!quorumMet) this.violations.push(`a proof of ${leaf} without a quorum`);
    if (proof.index !== this.indexOf.get(leaf)) this.violations.push(`a proof of another index`);
    this.proven.add(leaf);
    this.#options.onCheckpoint?.(proof.checkpoint);
  }

  /** Fetches and verifies the proof of every entry that has not come with one. */
  async proveAll(): Promise<void> {
    const missing = [...this.indexOf].filter(([leaf]) => !this.proven.has(leaf));
    for (let i = 0; i < missing.length; i += 64) {
      await Promise.all(
        missing.slice(i, i + 64).map(async ([leaf, index]) => {
          this.checkProof(leaf, await eventually(() => this.#client.proof({ index })));
        }),
      );
    }
  }

  /** Reads the log: every index that was answered holds that entry, and no entry is there twice. */
  async expectKept(
    size: number,
    source: TileSource = new HttpTileSource(this.#options.url, PATIENT),
  ) {
    const leaves = (await readEntries(source, size)).map((entry) => toHex(leafHash(entry)));
    const wrong = [...this.leafAt].filter(([index, leaf]) => leaves[index] !== leaf);
    expect(wrong, 'indices that hold another entry than answered').toEqual([]);
    expect(new Set(leaves).size, 'different entries').toBe(leaves.length);
    expect(this.violations).toEqual([]);
  }
}

/** All entries of a log, in order. */
export async function readEntries(source: TileSource, size: number): Promise<Uint8Array[]> {
  const bundles: Uint8Array[][] = [];
  for (let index = 0; index * TILE_WIDTH < size; index++) {
    bundles.push(await source.entries(index, tileWidth('entries', index, size)));
  }
  return bundles.flat();
}
