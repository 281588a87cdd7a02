/**
 * All that a page asks about what its server sent, for one visitor: whose policies count, what was seen before, and
 * a verdict on each answer. Pure: what is fetched, what time it is and where texts are kept is handed in.
 *
 * Answers are taken as parsed JSON of unknown form. No method rejects for what a server sends.
 */
import { type Fetch, isOk, send, statusError } from '#client/http.ts';
import { HttpTileSource, type TileSource } from '#client/tile-source.ts';
import type { LogAnswer, StatsAnswer } from '#explorer/search/answers.ts';
import { MAX_EVIDENCE_BYTES } from '#protocol/evidence/evidence.ts';
import { type CheckpointsVerdict, judgeCheckpoints } from './answers/checkpoints.ts';
import { filesPath, type KnownLog, knownTypes, type Scene } from './answers/known-log.ts';
import { judgeLogs, type LogsVerdict, readListedLogs } from './answers/logs.ts';
import { type AskedEntry, judgeOneEntry, type OneEntryVerdict } from './answers/one-entry.ts';
import { type AskedSearch, judgeSearch, type SearchVerdict } from './answers/search.ts';
import { type AskedStats, judgeStats, type StatsVerdict } from './answers/stats.ts';
import { type CheckpointVerdict, judgeCheckpoint } from './checkpoints/judge-checkpoint.ts';
import { SeenCheckpoints } from './checkpoints/seen-checkpoints.ts';
import { compareNotes, type NotesComparison } from './comparison/compare-notes.ts';
import { type FileVerdict, judgeFiles } from './files/judge-files.ts';
import type { DroppedFile } from './files/recognise.ts';
import {
  type PageRecount,
  planRecount,
  type RecountPlan,
  recountPage,
  type ShownPage,
} from './recount/recount-page.ts';
import { recountStats, type StatsRecount } from './recount/recount-stats.ts';
import type { RecountOptions } from './recount/walk.ts';
import { slicesOf } from './slices.ts';
import { OwnPolicies } from './trust/own-policies.ts';
import type { TextStorage } from './trust/text-storage.ts';
import { NO_OFFER, offeredTrust, type Trust, trustIn } from './trust/trust.ts';

export interface VerifierOptions {
  readonly fetch: Fetch;
  readonly nowMs: () => number;
  /** What is kept between visits. */
  readonly storage: TextStorage;
  /** Of the explorer, without a slash at its end. */
  readonly url: string;
}

interface ListedLog {
  readonly answer: LogAnswer;
  readonly offered: Trust;
  readonly source: TileSource;
}

export class Verifier {
  readonly policies: OwnPolicies;
  readonly seen: SeenCheckpoints;
  readonly #options: VerifierOptions;
  // Owned here: the logs of the last answer that listed them.
  #logs: ReadonlyMap<string, ListedLog> = new Map();

  constructor(options: VerifierOptions) {
    this.#options = options;
    this.policies = new OwnPolicies(options.storage, options.nowMs);
    this.seen = new SeenCheckpoints(options.storage);
  }

  /** `GET /v1/logs`: to be judged first, as it says which logs there are. */
  async logs(value: unknown, askedMs: number): Promise<LogsVerdict> {
    const listed = readListedLogs(value);
    if (listed.logs !== undefined) {
      this.#logs = new Map(listed.logs.map((log) => [log.log, this.#listed(log)]));
    }
    return await judgeLogs(listed, askedMs, this.scene());
  }

  /** `GET /v1/search`. */
  async search(value: unknown, asked: AskedSearch): Promise<SearchVerdict> {
    return await judgeSearch(value, asked, this.scene());
  }

  /** `GET /v1/entries/<n>`. */
  async entry(value: unknown, asked: AskedEntry): Promise<OneEntryVerdict> {
    return await judgeOneEntry(value, asked, this.scene());
  }

  /** `GET /v1/stats`. */
  async stats(value: unknown, asked: AskedStats): Promise<StatsVerdict> {
    return await judgeStats(value, asked, this.scene());
  }

  /** `GET /v1/checkpoints`. */
  async checkpoints(value: unknown, asked: { readonly log?: string }): Promise<CheckpointsVerdict> {
    return await judgeCheckpoints(value, asked, this.scene());
  }

  /** Files that the visitor drops. Asks nobody. Rejects with RangeError for more than `MAX_FILES`. */
  async files(files: readonly DroppedFile[]): Promise<FileVerdict[]> {
    const { nowMs, breathe } = this.scene();
    return await judgeFiles(files, {
      trustIn: (origin) => this.log(origin)?.trust ?? trustIn(origin, this.policies, NO_OFFER),
      nowMs: nowMs(),
      breathe,
    });
  }

  /** Two signed notes, pasted or picked. */
  async compare(a: string, b: string): Promise<NotesComparison> {
    return await compareNotes(a, b, this.scene());
  }

  /** What has to be read to show that a page of a search leaves nothing out, of logs whose checkpoints are verified. */
  planRecount(page: ShownPage, checkpoints: Iterable<CheckpointVerdict>): RecountPlan {
    const logs = [...checkpoints].flatMap(({ opened, isVerified }) => {
      const log = opened && this.log(opened.checkpoint.origin);
      return log === undefined || !isVerified ? [] : [{ log, checkpoint: opened!.checkpoint }];
    });
    return planRecount(page, logs);
  }

  /** Searches anew, here. Rejects with the signal's reason. */
  async recountPage(
    page: ShownPage,
    plan: RecountPlan,
    options: RecountOptions = {},
  ): Promise<PageRecount> {
    const { breathe } = this.scene(options.signal);
    return await recountPage(page, plan, { ...options, breathe });
  }

  /** Counts anew, here. Rejects with the signal's reason. */
  async recountStats(answer: StatsAnswer, options: RecountOptions = {}): Promise<StatsRecount> {
    const { breathe, nowMs } = this.scene(options.signal);
    const log = this.log(answer.log);
    const opened = log && judgeCheckpoint(answer.checkpoint, answer.log, log.trust, nowMs()).opened;
    if (log === undefined || opened?.checkpoint.size !== answer.size) {
      return { kind: 'undecided', words: 'Not counted: the checkpoint is not verified.' };
    }
    return await recountStats(answer, { log, checkpoint: opened.checkpoint, breathe, ...options });
  }

  /** A log that the explorer lists, judged by the policies as they are now. */
  log(origin: string): KnownLog | undefined {
    const listed = this.#logs.get(origin);
    if (listed === undefined) return undefined;
    const { answer, offered, source } = listed;
    const trust = trustIn(origin, this.policies, offered);
    return { answer, trust, source, types: knownTypes(answer.entry_types) };
  }

  /** For a judgement, or a longer piece of work that the signal ends. */
  scene(signal?: AbortSignal): Scene {
    const { nowMs } = this.#options;
    const slices = slicesOf(nowMs, signal);
    return {
      log: (origin) => this.log(origin),
      logs: () => [...this.#logs.values()].map(({ answer }) => answer),
      fetchEvidence: (id) => this.#fetchEvidence(id),
      seen: this.seen,
      nowMs,
      breathe: () => slices.breathe(),
    };
  }

  async #fetchEvidence(id: string): Promise<Uint8Array> {
    const { fetch, url } = this.#options;
    const from = `${url}/v1/evidence/${encodeURIComponent(id)}`;
    const answer = await send(from, {}, { fetch, maxBytes: MAX_EVIDENCE_BYTES }, isOk);
    if (!isOk(answer.status)) throw statusError(from, answer);
    return answer.body;
  }

  #listed(answer: ListedLog['answer']): ListedLog {
    const { fetch, url } = this.#options;
    const before = this.#logs.get(answer.log);
    // The same policy stays the same object, by which its notes are known as verified.
    if (before?.answer.policy === answer.policy) return { ...before, answer };
    // Where the files are follows from the origin: nothing is fetched from where an answer says.
    const source = new HttpTileSource(`${url}${filesPath(answer.log).slice(0, -1)}`, { fetch });
    return { answer, offered: offeredTrust(answer.policy), source };
  }
}
