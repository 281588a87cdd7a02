/**
 * What honest monitors and witnesses say, asked of each again and again for all lies together: who
 * waits for something looks at the latest that was said.
 */
import { get } from '#client/http.ts';
import { decodeUtf8 } from '#protocol/bytes.ts';
import { sleep } from '#service/schedule.ts';
import type { Alert, EvidenceItem, MonitorStatus } from '#test/support/network.ts';
import { PATIENT } from '#test/support/wait.ts';

const POLL_MS = 1000;
const MAX_PAGE = 500;

/** One server that is asked every now and then; whoever `now` was, is told by `changed`. */
class Watched<T> {
  readonly #ask: () => Promise<T>;
  readonly #over = new AbortController();
  // Owned by the loop.
  #last: T | undefined;
  #loop: Promise<void> = Promise.resolve();

  constructor(ask: () => Promise<T>) {
    this.#ask = ask;
  }

  async start(): Promise<void> {
    this.#last = await this.#ask();
    this.#loop = this.#run();
  }

  async #run(): Promise<void> {
    while (await sleep(POLL_MS, this.#over.signal)) {
      // One that is being restarted by a lie says nothing.
      this.#last = await this.#ask().catch(() => this.#last);
    }
  }

  get last(): T {
    if (this.#last === undefined) throw new Error('nothing has been asked yet');
    return this.#last;
  }

  async stop(): Promise<void> {
    this.#over.abort();
    await this.#loop;
  }
}

type LogStatus = MonitorStatus['logs'][number] & {
  readonly origin: string;
  readonly size?: number;
};

export interface SeenAlert extends Alert {
  readonly resolved_at?: number;
}

export interface MonitorView {
  /** All that were ever raised. */
  readonly alerts: readonly SeenAlert[];
  readonly evidence: readonly (EvidenceItem & { readonly origin: string })[];
  readonly logs: readonly LogStatus[];
  readonly witnesses: readonly {
    readonly name: string;
    readonly logs: readonly { readonly origin: string; readonly size?: number }[];
  }[];
}

export function watchMonitor(url: string): Watched<MonitorView> {
  return new Watched(async () => {
    const { logs, witnesses, evidence } = await getJson<Omit<MonitorView, 'alerts'>>(
      `${url}/v1/status`,
    );
    return { logs, witnesses, evidence, alerts: await allAlerts(url) };
  });
}

async function allAlerts(url: string): Promise<SeenAlert[]> {
  const alerts: SeenAlert[] = [];
  let before = '';
  for (;;) {
    const path = `${url}/v1/alerts?state=all&limit=${MAX_PAGE}${before}`;
    const page = await getJson<{ alerts: SeenAlert[]; next_before?: number }>(path);
    alerts.push(...page.alerts);
    if (page.next_before === undefined) return alerts;
    before = `&before=${page.next_before}`;
  }
}

/** Of each log, by origin. */
export interface WitnessView {
  readonly frozen: ReadonlySet<string>;
  /** For how many seconds each log has owed a comparison. */
  readonly owedSeconds: ReadonlyMap<string, number>;
}

export function watchWitness(url: string): Watched<WitnessView> {
  return new Watched(async () => {
    const text = decodeUtf8(await get(`${url}/metrics`, PATIENT));
    const values = (name: string) =>
      Array.from(
        text.matchAll(new RegExp(`^${name}\\{origin="([^"]+)"\\} (\\S+)$`, 'gm')),
        (match) => {
          return [match[1]!, Number(match[2])] as const;
        },
      );
    const frozen = values('tecp_witness_log_frozen').filter(([, value]) => value === 1);
    return {
      frozen: new Set(frozen.map(([origin]) => origin)),
      owedSeconds: new Map(values('tecp_witness_comparison_owed_seconds')),
    };
  });
}

async function getJson<T>(url: string): Promise<T> {
  return JSON.parse(decodeUtf8(await get(url, PATIENT))) as T;
}
