/**
 * The stage for a split view: a dishonest log in place of the real one, honest witnesses and an
 * honest monitor as real processes, each of them given a URL of the log that is for it alone.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { get } from '#client/http.ts';
import {
  type EvidenceVerdict,
  parseEvidence,
  verifyEvidence,
} from '#protocol/evidence/evidence.ts';
import type { FaceName } from './dishonest-log.ts';
import { DishonestLogControl } from './dishonest-log-control.ts';
import type { OfferAnswer } from './face.ts';
import type { FakeWitness } from './fake-witness.ts';
import { type Alert, type EvidenceItem, type Member, TestNetwork } from './network.ts';
import { runTecp } from './processes.ts';
import { timed } from './stretch.ts';
import { tempFolder } from './temp.ts';
import { PATIENT, until } from './wait.ts';

export const SHARED_SIZE = 20;
const ALERT_WITHIN_MS = 10_000;

export interface FoundEvidence {
  readonly item: EvidenceItem;
  readonly verdict: EvidenceVerdict;
  /** The bundle as it was downloaded. */
  readonly path: string;
}

export class Theatre {
  readonly network: TestNetwork;
  readonly log: DishonestLogControl;
  /** Size that each witness last cosigned, by its number from 0. */
  readonly #sizes: number[];
  /** When somebody was last shown something else. */
  #startedMs = 0;

  private constructor(network: TestNetwork, log: DishonestLogControl) {
    this.network = network;
    this.log = log;
    this.#sizes = network.witnesses.map(() => 0);
  }

  /**
   * Everybody runs, has seen the common beginning, and has nothing to complain about.
   *
   * The monitor waits for `graceMs` before it holds an outage against the log; lies need no such
   * time. The witnesses wait for `patienceMs` for what the log owes them. An accomplice takes the
   * place of witness 0.
   */
  static async open(
    options: { graceMs?: number; patienceMs?: number; accomplice?: FakeWitness } = {},
  ): Promise<Theatre> {
    const { graceMs = 30_000, patienceMs = 60_000, accomplice } = options;
    const network = await TestNetwork.create();
    if (accomplice !== undefined) network.replace(network.witnesses[0]!, accomplice);
    const log = new DishonestLogControl(join(network.data, 'log', 'log.key'));
    const theatre = new Theatre(network, log);
    for (const witness of network.witnesses) {
      const url = await log.listen(witness.name);
      witness.edit((config) => {
        config.logs[0].url = url;
        config.cross_check = { ...config.cross_check, patience_ms: patienceMs };
      });
    }
    network.monitor.edit((config) => {
      config.grace_ms = graceMs;
      config.owed_after_ms = graceMs;
      config.down_after_ms = { log: graceMs, witness: graceMs };
    });
    const url = await log.listen('monitor');
    const policy = readFileSync(network.policyPath, 'utf8');
    writeFileSync(network.policyPath, policy.replaceAll(network.log.url, url));
    await network.start([...network.witnesses, network.monitor]);
    await log.append(SHARED_SIZE, 'a', 'b');
    for (const number of network.witnesses.keys()) {
      // After its start it asks its peers first.
      const cosigned = async () => (await theatre.offer('a', number)).kind === 'cosigned';
      await until(cosigned, { what: `witness ${number} to cosign` });
    }
    for (const number of network.witnesses.keys()) await theatre.offer('b', number);
    await network.settled(SHARED_SIZE);
    if ((await network.alerts()).length > 0) throw new Error('an alert before anything was wrong');
    return theatre;
  }

  /** Two trees from here on; nobody has been shown the second one yet. */
  async diverge(sizeOfA: number, sizeOfB: number): Promise<void> {
    await this.log.append(sizeOfA - SHARED_SIZE, 'a');
    await this.log.append(sizeOfB - SHARED_SIZE, 'b');
  }

  async offer(face: FaceName, number: number): Promise<OfferAnswer> {
    const answer = await this.log.offer(face, this.witness(number).url, this.#sizes[number]!);
    if (answer.kind === 'cosigned') this.#sizes[number] = this.log.sizeOf(face);
    return answer;
  }

  /**
   * Has witnesses cosign faces, which they must do. Everybody but the one that is asked stands still
   * meanwhile: whoever has heard of another face cosigns none of the same log any more.
   */
  async cosign(faces: Partial<Record<FaceName, readonly number[]>>): Promise<void> {
    const { members } = this.network;
    for (const member of members) signal(member, 'SIGSTOP');
    try {
      for (const face of ['a', 'b'] as const) {
        for (const number of faces[face] ?? []) await this.#cosign(face, number);
      }
    } finally {
      for (const member of members) signal(member, 'SIGCONT');
    }
  }

  async #cosign(face: FaceName, number: number): Promise<void> {
    signal(this.witness(number), 'SIGCONT');
    const answer = await this.offer(face, number);
    signal(this.witness(number), 'SIGSTOP');
    if (answer.kind !== 'cosigned') {
      throw new Error(`witness ${number} did not cosign: ${JSON.stringify(answer)}`);
    }
  }

  /**
   * Shows a face to some of the audiences, with its own tiles unless told otherwise. The time limit
   * for the alert begins.
   */
  async show(face: FaceName, audiences: readonly (number | 'monitor')[], tiles = face) {
    this.#startedMs = performance.now();
    for (const audience of audiences) {
      const name = audience === 'monitor' ? audience : this.witness(audience).name;
      await this.log.show(name, face, tiles);
    }
  }

  witness(number: number): Member {
    return this.network.witnesses[number]!;
  }

  /** Waits for an alert of one of these kinds, which has to come within ten seconds of the lie. */
  async alertOf(...kinds: string[]): Promise<Alert> {
    const { result, stretch } = await timed(() =>
      until(async () => (await this.network.alerts()).find(({ kind }) => kinds.includes(kind)), {
        what: `an alert of ${kinds.join(' or ')}`,
      }),
    );
    const tookMs = performance.now() - this.#startedMs;
    if (tookMs > ALERT_WITHIN_MS * stretch) throw new Error(`told of after ${tookMs} ms`);
    return result;
  }

  /** The evidence of an alert, fetched from the monitor as a stranger would. */
  async evidenceOf(alert: Alert): Promise<FoundEvidence> {
    const { monitor } = this.network;
    const id = alert.evidence[0];
    if (id === undefined) throw new Error(`no evidence with the alert: ${alert.detail}`);
    const bytes = await get(`${monitor.url}/evidence/${id}`, PATIENT);
    const path = join(tempFolder(), 'evidence.json');
    writeFileSync(path, bytes);
    const items = await monitor.getJson<EvidenceItem[]>('/evidence');
    const item = items.find((candidate) => candidate.id === id)!;
    return { item, verdict: verifyEvidence(parseEvidence(bytes)), path };
  }

  /** Evidence that a witness lists. */
  async evidenceAt(number: number): Promise<EvidenceItem[]> {
    return await this.witness(number).getJson<EvidenceItem[]>('/evidence');
  }
}

/** If it runs. */
function signal({ process: { pid } }: Member, name: NodeJS.Signals): void {
  if (pid !== undefined) process.kill(pid, name);
}

/** Runs `tecp` in a process that cannot reach anything; it ends with code 99 if it tries. */
export async function runOffline(...args: string[]) {
  const blocker = new URL('./no-network.ts', import.meta.url).href;
  return await runTecp(args, ['--import', blocker]);
}

export async function verifyOffline(path: string) {
  return await runOffline('evidence', 'verify', path);
}
