/**
 * What each witness shows: its last cosigned checkpoint of each log, and evidence that it holds.
 *
 * An operator's two keys at one URL are one endpoint, asked once. Answers are verified before they
 * count; a witness that knows no such log, or lists no evidence, is within its rights (C2SP).
 */
import { LRUCache } from 'lru-cache';
import { type HttpOptions, RemoteError, urlPrefix } from '#client/http.ts';
import { WitnessClient } from '#client/witness-client.ts';
import { ProtocolError } from '#protocol/errors.ts';
import type { Evidence } from '#protocol/evidence/evidence.ts';
import type { Policy, PolicyWitness } from '#protocol/policy/policy.ts';
import { fetchEvidence, listEvidence } from '#service/evidence/fetch.ts';
import type { Logger } from '#service/logging.ts';
import { outboundFetch } from '#service/outbound.ts';
import { monotonicMs } from '#service/schedule.ts';
import type { Shown } from '../judge/observations.ts';
import { openView, type View } from '../statements/view.ts';
import type { MonitorState } from '../store/state.ts';
import { HighWater } from './high-water.ts';
import { Polled } from './polled.ts';

export interface EndpointOptions {
  readonly url: string;
  /** One for each key at this URL. */
  readonly witnesses: readonly PolicyWitness[];
  readonly policy: Policy;
  readonly origins: readonly string[];
  readonly timeoutMs: number;
  readonly logger: Logger;
  readonly state: Pick<MonitorState, 'cosigned' | 'shownSize' | 'saveShownSize'>;
  readonly onView: (origin: string, view: View) => void;
  readonly isKnown: (origin: string, accused: string, kind: string) => boolean;
  readonly onEvidence: (origin: string, evidence: Evidence) => void;
}

/** Evidence fetched from one witness in one round. */
const MAX_FETCHES = 8;
/** As many as a list has room for: what turned out to be false is not asked for again. */
const MAX_SEEN = 8192;
/** Until a witness that listed something false is asked for more of it. */
const FALSE_PAUSE_MS = 5000;

export class WitnessEndpoint {
  readonly url: string;
  /** What people call it: the group that the policy makes of its keys, or their names. */
  readonly label: string;
  readonly witnesses: readonly PolicyWitness[];
  /** Whether it answers at all. */
  readonly reach = new Polled<true>();
  readonly shown: ReadonlyMap<string, Polled<Shown>>;
  /** By origin. */
  readonly highWaters: ReadonlyMap<string, HighWater>;
  readonly #options: EndpointOptions;
  /** Texts of the keys that evidence may convict. */
  readonly #keys: ReadonlySet<string>;
  // Owned by `poll`, which never runs twice at a time.
  #nextStep = 0;
  readonly #lastNotes = new Map<string, { note: string; view: View }>();
  #evidenceNotBeforeMs = 0;
  readonly #seen = new LRUCache<string, true>({ max: MAX_SEEN });

  constructor(options: EndpointOptions) {
    this.#options = options;
    this.url = options.url;
    this.witnesses = options.witnesses;
    this.label = labelOf(options.witnesses, options.policy);
    const { origins, state, url, policy } = options;
    this.#keys = new Set([...policy.logs, ...policy.witnesses].map(({ key }) => key.text));
    this.shown = new Map(origins.map((origin) => [origin, new Polled<Shown>()]));
    this.highWaters = new Map(
      origins.map((origin) => {
        const times = this.witnesses.map(({ key }) => state.cosigned(origin, key.text));
        const latest = Math.max(...times.map((known) => known?.latestSeconds ?? 0));
        return [origin, new HighWater(state.shownSize(origin, url), latest * 1000)];
      }),
    );
  }

  /**
   * One round over all logs and its evidence, from where the last one ended: one answer that does not come
   * hides nothing else for long. Rejects only when aborted, or for failures of our own.
   */
  async poll(signal: AbortSignal): Promise<void> {
    const http = { signal, timeoutMs: this.#options.timeoutMs, fetch: outboundFetch };
    const client = new WitnessClient(this.url, http);
    const looks = [...this.shown].map(([origin, polled]) => async () => {
      return await this.#look(client, origin, polled, signal);
    });
    const steps = [...looks, async () => await this.#pollEvidence(http)];
    for (let taken = 0; taken < steps.length; taken++) {
      const step = steps[this.#nextStep]!;
      this.#nextStep = (this.#nextStep + 1) % steps.length;
      // Everything else would only run into the same timeout.
      if ((await step()) === 'away') return;
    }
  }

  async #look(
    client: WitnessClient,
    origin: string,
    polled: Polled<Shown>,
    signal: AbortSignal,
  ): Promise<'away' | undefined> {
    try {
      const shown = await this.#ask(client, origin);
      this.reach.succeeded(true);
      polled.succeeded(shown);
    } catch (error) {
      if (signal.aborted) throw error;
      polled.failed(error);
      if (polled.failure?.kind === 'unavailable') {
        this.reach.failed(error);
        return 'away';
      }
      this.reach.succeeded(true);
    }
    return undefined;
  }

  async #ask(client: WitnessClient, origin: string): Promise<Shown> {
    const note = await checkpointOf(client, origin);
    const shown = note === undefined ? 'absent' : this.#open(origin, note);
    const size = shown === 'absent' ? undefined : shown.checkpoint.size;
    const timeMs = shown === 'absent' ? undefined : this.#cosignedAtMs(shown);
    const isLarger = this.highWaters.get(origin)!.look(size, timeMs);
    if (isLarger) this.#options.state.saveShownSize(origin, this.url, size!);
    return shown;
  }

  /** When the last of its keys cosigned what it shows. */
  #cosignedAtMs({ cosignatures }: View): number {
    const own = new Set(this.witnesses.map(({ name }) => name));
    const times = cosignatures.filter(({ witness }) => own.has(witness));
    return Math.max(...times.map(({ timeSeconds }) => timeSeconds)) * 1000;
  }

  #open(origin: string, note: string): View {
    const last = this.#lastNotes.get(origin);
    const view = last?.note === note ? last.view : openView(note, origin, this.#options.policy);
    // A log's signature alone makes it worth comparing, whoever shows it.
    this.#options.onView(origin, view);
    const own = new Set(this.witnesses.map(({ name }) => name));
    if (!view.cosignatures.some(({ witness }) => own.has(witness))) {
      throw new ProtocolError('untrusted', 'it shows a checkpoint that it has not cosigned');
    }
    this.#lastNotes.set(origin, { note, view });
    return view;
  }

  async #pollEvidence(http: HttpOptions): Promise<void> {
    const { isKnown, logger } = this.#options;
    if (monotonicMs() < this.#evidenceNotBeforeMs) return;
    try {
      const listed = await listEvidence(this.url, http);
      const unknown = listed.filter(
        ({ id, origin, accused, kind }) =>
          this.#concernsUs(origin, accused) &&
          !this.#seen.has(id) &&
          !isKnown(origin, accused, kind),
      );
      for (const { id } of unknown.slice(0, MAX_FETCHES)) await this.#fetchEvidence(id, http);
    } catch (error) {
      http.signal?.throwIfAborted();
      if (!(error instanceof RemoteError)) throw error;
      logger.debug({ err: error, witness: this.label }, 'no evidence list');
    }
  }

  /** A witness of many logs may hold more about others than is ever fetched. */
  #concernsUs(origin: string, accused: string): boolean {
    return this.shown.has(origin) && this.#keys.has(accused);
  }

  async #fetchEvidence(id: string, http: HttpOptions): Promise<void> {
    const { logger, onEvidence } = this.#options;
    try {
      const { evidence, origin, accused } = await fetchEvidence(this.url, id, http);
      if (this.#concernsUs(origin, accused)) onEvidence(origin, evidence);
    } catch (error) {
      if (!(error instanceof RemoteError) || error.kind !== 'bad-content') throw error;
      logger.warn({ witness: this.label, id, err: error }, 'false evidence');
      this.#evidenceNotBeforeMs = monotonicMs() + FALSE_PAUSE_MS;
    }
    // Once is enough: either it is stored now, or it never will be.
    this.#seen.set(id, true);
  }
}

/** Statuses of a server that has a path for offers, and none for asking. */
const NO_SUCH_REQUEST: readonly (number | undefined)[] = [405, 501];

/** Undefined for a witness that has none, or does not show any, as C2SP leaves it to it. */
async function checkpointOf(client: WitnessClient, origin: string): Promise<string | undefined> {
  try {
    return await client.checkpoint(origin);
  } catch (error) {
    if (error instanceof RemoteError && NO_SUCH_REQUEST.includes(error.status)) return undefined;
    throw error;
  }
}

/** The endpoints of a policy: its witnesses with a URL, by URL. */
export function endpointsOf(policy: Policy): Map<string, PolicyWitness[]> {
  const reachable = policy.witnesses.filter(({ url }) => url !== undefined);
  return Map.groupBy(reachable, ({ url }) => urlPrefix(url!));
}

function labelOf(witnesses: readonly PolicyWitness[], policy: Policy): string {
  const names = new Set(witnesses.map(({ name }) => name));
  const group = policy.groups.find(
    ({ members }) => members.length === names.size && members.every((name) => names.has(name)),
  );
  return group?.name ?? [...names].join(' + ');
}
