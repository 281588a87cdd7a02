/** The logs of the explorer, as requests name them, and what the index has confirmed of each. */
import { nearestName } from '#protocol/nearest.ts';
import { type Policy, parsePolicy, quorumTime } from '#protocol/policy/policy.ts';
import { HttpProblem } from '#service/problem.ts';
import type { LogProgress, SeenCheckpoint } from '../index/search-index.ts';
import type { LogAnswer } from '../search/answers.ts';
import { filesPath, logId } from '../search/paths.ts';
import { quoted } from '../search/spellings.ts';
import type { ApiOptions, ServedLog } from './options.ts';
import { badParameter, type Parameters } from './query.ts';

/** The checkpoint to which proofs lead, by the origin of its log. */
export type Confirmed = ReadonlyMap<string, SeenCheckpoint>;

export class ReadLogs {
  readonly #options: Pick<ApiOptions, 'index' | 'logs' | 'standing'>;
  readonly #byOrigin: ReadonlyMap<string, ServedLog>;
  readonly #byId: ReadonlyMap<string, ServedLog>;

  readonly #policies: ReadonlyMap<string, Policy>;

  constructor(options: Pick<ApiOptions, 'index' | 'logs' | 'standing'>) {
    this.#options = options;
    this.#byOrigin = new Map(options.logs.map((log) => [log.origin, log]));
    this.#policies = new Map(
      options.logs.map(({ origin, policyText }) => [origin, parsePolicy(policyText)]),
    );
    this.#byId = new Map(options.logs.map((log) => [logId(log.origin), log]));
  }

  get(origin: string): ServedLog | undefined {
    return this.#byOrigin.get(origin);
  }

  /** The log of `?log=`, which may be left out where there is only one. Throws the 400 or the 404. */
  named(parameters: Parameters): ServedLog {
    const { logs } = this.#options;
    const origin = parameters.get('log');
    if (origin === undefined && logs.length === 1) return logs[0]!;
    if (origin === undefined) {
      throw badParameter('log', 'Expected the origin of a log, as there are several.');
    }
    return this.expect(origin);
  }

  /** Throws the 404 for an origin of no log that is read here. */
  expect(origin: string): ServedLog {
    const log = this.#byOrigin.get(origin);
    if (log !== undefined) return log;
    const nearest = nearestName(origin, [...this.#byOrigin.keys()]);
    const hint = nearest === undefined ? '' : ` Did you mean ${quoted(nearest)}?`;
    const detail = `The log ${quoted(origin)} is not read here.${hint}`;
    throw new HttpProblem(404, 'no-log', detail, { field: 'log' });
  }

  /** The log of a path. Throws the 404. */
  withId(id: string): ServedLog {
    const log = this.#byId.get(id);
    if (log === undefined) throw new HttpProblem(404, 'no-log', 'No log of this id is read here.');
    return log;
  }

  /** All that are confirmed now: of what a read before this call has found, each covers all. */
  async confirmed(): Promise<Confirmed> {
    const progress = await this.#options.index.logs();
    return new Map(
      progress.flatMap(({ origin, confirmed }) =>
        confirmed === undefined ? [] : [[origin, confirmed] as const],
      ),
    );
  }

  /** Throws the 503 while there is none. */
  async confirmedOf(origin: string): Promise<SeenCheckpoint> {
    return (await this.#options.index.log(origin))?.confirmed ?? nothingConfirmed();
  }

  async answers(): Promise<LogAnswer[]> {
    const all = await this.#options.index.logs();
    const byOrigin = new Map(all.map((progress) => [progress.origin, progress]));
    return this.#options.logs.map((log) => this.#answer(log, byOrigin.get(log.origin)));
  }

  #answer(log: ServedLog, progress: LogProgress | undefined): LogAnswer {
    const { origin, url, policyText, entryTypes, judged } = log;
    const { state, trouble, shownSize } = this.#options.standing(origin);
    const { confirmed, evidence = [] } = progress ?? {};
    return {
      log: origin,
      url,
      size: confirmed?.size ?? 0,
      ...(confirmed && {
        checkpoint: confirmed.note,
        checkpoint_ms: sinceMs(this.#policies.get(origin)!, confirmed),
      }),
      ...(shownSize !== undefined && { shown_size: shownSize }),
      state: evidence.length > 0 ? 'frozen' : state,
      ...(trouble !== undefined && { trouble }),
      evidence,
      policy: policyText,
      entry_types: entryTypes.map(({ name }) => name),
      judged,
      files: filesPath(origin),
    };
  }
}

function sinceMs(policy: Policy, { cosigned, seenMs }: SeenCheckpoint): number {
  const times = cosigned.map(({ witness, timeSeconds }) => [witness, timeSeconds] as const);
  const seconds = quorumTime(policy, new Map(times));
  return seconds === undefined ? seenMs : 1000 * seconds;
}

export function nothingConfirmed(): never {
  const detail = 'Nothing of this log has been read and verified yet.';
  throw new HttpProblem(503, 'nothing-confirmed', detail, { retryAfterSeconds: 5 });
}
