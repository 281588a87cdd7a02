/**
 * What each witness shows: its last cosigned checkpoint of each log, and evidence that it holds.
 *
 * An operator's two keys at one URL are one endpoint, asked once. Answers are verified before they
 * count; a witness that knows no such log, or lists no evidence, is within its rights (C2SP).
 */
import { get, type HttpOptions, parseJsonObject, RemoteError, urlPrefix } from '#client/http.ts';
import { WitnessClient } from '#client/witness-client.ts';
import { ProtocolError } from '#protocol/errors.ts';
import {
  type Evidence,
  MAX_EVIDENCE_BYTES,
  parseEvidence,
  verifyEvidence,
} from '#protocol/evidence/evidence.ts';
import type { Policy, PolicyWitness } from '#protocol/policy/policy.ts';
import type { Logger } from '#service/logging.ts';
import { outboundFetch } from '#service/outbound.ts';
import type { MonitorState } from '../store/state.ts';
import { BoundedMap } from './bounded-map.ts';
import { HighWater } from './high-water.ts';
import { Polled } from './polled.ts';
import { openView, type View } from './view.ts';

/** What a witness last showed of one log; `absent` if it has not cosigned it. */
export type Shown = View | 'absent';

export interface EndpointOptions {
  readonly url: string;
  /** One for each key at this URL. */
  readonly witnesses: readonly PolicyWitness[];
  readonly policy: Policy;
  readonly origins: readonly string[];
  readonly timeoutMs: number;
  readonly logger: Logger;
  readonly state: Pick<MonitorState, 'shownSize' | 'saveShownSize'>;
  readonly onView: (origin: string, view: View) => void;
  readonly isKnown: (origin: string, accused: string, kind: string) => boolean;
  readonly onEvidence: (origin: string, evidence: Evidence) => void;
}

const MAX_LIST_BYTES = 256 * 1024;
/** Evidence fetched from one witness in one round. */
const MAX_FETCHES = 8;

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
  // Owned by `poll`, which never runs twice at a time.
  readonly #lastNotes = new Map<string, { note: string; view: View }>();
  readonly #seen = new BoundedMap<true>(256);

  constructor(options: EndpointOptions) {
    this.#options = options;
    this.url = options.url;
    this.witnesses = options.witnesses;
    this.label = labelOf(options.witnesses, options.policy);
    const { origins, state, url } = options;
    this.shown = new Map(origins.map((origin) => [origin, new Polled<Shown>()]));
    this.highWaters = new Map(
      origins.map((origin) => [origin, new HighWater(state.shownSize(origin, url))]),
    );
  }

  /** One round over all logs. Rejects only when aborted, or for failures of our own. */
  async poll(signal: AbortSignal): Promise<void> {
    const http = { signal, timeoutMs: this.#options.timeoutMs, fetch: outboundFetch };
    const client = new WitnessClient(this.url, http);
    for (const [origin, polled] of this.shown) {
      try {
        const shown = await this.#ask(client, origin);
        this.reach.succeeded(true);
        polled.succeeded(shown);
      } catch (error) {
        if (signal.aborted) throw error;
        polled.failed(error);
        if (polled.failure?.kind !== 'unavailable') {
          this.reach.succeeded(true);
          continue;
        }
        this.reach.failed(error);
        // Every other log would only run into the same timeout.
        return;
      }
    }
    await this.#pollEvidence(http);
  }

  async #ask(client: WitnessClient, origin: string): Promise<Shown> {
    const note = await checkpointOf(client, origin);
    const shown = note === undefined ? 'absent' : this.#open(origin, note);
    const size = shown === 'absent' ? undefined : shown.checkpoint.size;
    const isLarger = this.highWaters.get(origin)!.look(size);
    if (isLarger) this.#options.state.saveShownSize(origin, this.url, size!);
    return shown;
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
    try {
      const ids = await this.#listUnknown(http);
      for (const id of ids.slice(0, MAX_FETCHES)) await this.#fetchEvidence(id, http);
    } catch (error) {
      http.signal?.throwIfAborted();
      if (!(error instanceof RemoteError)) throw error;
      if (error.status === 404) return;
      this.#options.logger.debug({ err: error, witness: this.label }, 'no evidence list');
    }
  }

  async #listUnknown(http: HttpOptions): Promise<string[]> {
    const url = `${this.url}/evidence`;
    const bytes = await get(url, { ...http, maxBytes: MAX_LIST_BYTES });
    const items = parseJsonObject(`{"items":${new TextDecoder().decode(bytes)}}`)?.items;
    if (!Array.isArray(items)) throw new RemoteError('bad-content', url, 'expected a JSON array');
    return items.flatMap((item: unknown) => {
      const { id, origin, accused, kind } = (item ?? {}) as Record<string, unknown>;
      if (typeof id !== 'string' || !/^[0-9a-f]{64}$/.test(id)) return [];
      const isKnown = this.#options.isKnown(String(origin), String(accused), String(kind));
      return isKnown || this.#seen.has(id) ? [] : [id];
    });
  }

  async #fetchEvidence(id: string, http: HttpOptions): Promise<void> {
    const url = `${this.url}/evidence/${id}`;
    const bytes = await get(url, { ...http, maxBytes: MAX_EVIDENCE_BYTES });
    const evidence = this.#check(bytes, id);
    // Once is enough: either it is stored now, or it never will be.
    this.#seen.set(id, true);
    if (evidence !== undefined) this.#options.onEvidence(evidence.origin, evidence.evidence);
  }

  /** Undefined for what proves nothing, or nothing against anybody in the policy. */
  #check(bytes: Uint8Array, id: string) {
    const { policy, origins, logger } = this.#options;
    try {
      const evidence = parseEvidence(bytes);
      const verdict = verifyEvidence(evidence);
      const keys = [...policy.logs, ...policy.witnesses].map(({ key }) => key.text);
      if (!verdict.proven) logger.warn({ witness: this.label, id, verdict }, 'false evidence');
      const concernsUs = keys.includes(verdict.accused) && origins.includes(verdict.origin);
      return verdict.proven && concernsUs ? { origin: verdict.origin, evidence } : undefined;
    } catch (error) {
      if (!(error instanceof ProtocolError)) throw error;
      logger.warn({ witness: this.label, id, err: error }, 'false evidence');
      return undefined;
    }
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
