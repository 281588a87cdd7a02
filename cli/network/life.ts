/**
 * One run of a network whose folder is locked and whose files are there: its processes are started in
 * order, watched over, and stopped together.
 */
import { CommandError, EXIT, unusable } from '#cli/lib/errors.ts';
import { displayPath } from '#cli/lib/layout.ts';
import { say } from '#cli/lib/print.ts';
import { describeFileError } from '#service/errors.ts';
import { sleep } from '#service/schedule.ts';
import { type ChildEnd, describeEnd } from './child.ts';
import { everyRole, type Network, type Role } from './network.ts';
import { quorumSentence } from './quorum.ts';
import { waitForQuorum, waitUntilAlive } from './readiness.ts';
import { takeRequest } from './requests.ts';
import type { Decision } from './restart-policy.ts';
import { type RunState, writeRunState } from './run-state.ts';
import { Supervisor } from './supervisor.ts';

/** Between two looks at the folder and at what is asked. */
const WATCH_MS = 200;

export interface StopSignals {
  /** Stop in order. */
  readonly stop: AbortSignal;
  /** Stop at once. */
  readonly kill: AbortSignal;
}

export interface RunningNetwork {
  readonly network: Network;
  readonly state: RunState;
}

export interface SessionEvents {
  /** What is being done on the way to being ready. */
  readonly onStep: (step: string) => void;
  /** Called at most once. */
  readonly onReady: (running: RunningNetwork) => void;
}

interface LifeOptions {
  /** Whether a process that ends by itself is started again. */
  readonly mayRestart: boolean;
  /** Whether the folder is still the one that was locked. */
  readonly isOurFolder: () => boolean;
  readonly events: SessionEvents;
}

export class Life {
  readonly #network: Network;
  readonly #options: LifeOptions;
  readonly #supervisor = new Supervisor(() => this.#save());
  readonly #sinceMs = Date.now();
  // Owned here. `#halt` is aborted when the network cannot go on, and `#failure` says why.
  readonly #halt = new AbortController();
  #failure: CommandError | undefined;
  #ready = false;

  constructor(network: Network, options: LifeOptions) {
    this.#network = network;
    this.#options = options;
  }

  /** All processes have ended when this settles, which is rejected if the network could not go on. */
  async run({ stop, kill }: StopSignals): Promise<void> {
    const onKill = (): void => this.#supervisor.killAll();
    kill.addEventListener('abort', onKill);
    void this.#supervisor.fatalEnd.then((end) => this.#fail(endError(end, this.#ready)));
    const signal = AbortSignal.any([stop, this.#halt.signal]);
    for (const role of this.#roles) takeRequest(role);
    const watching = this.#watch(signal);
    try {
      await this.#startAll(signal);
      if (!signal.aborted) this.#becomeReady();
      await watching;
    } finally {
      this.#halt.abort();
      await this.#supervisor.stopAll();
      kill.removeEventListener('abort', onKill);
    }
    if (this.#failure !== undefined) throw this.#failure;
  }

  get #roles(): Role[] {
    return everyRole(this.#network);
  }

  get #state(): RunState {
    const roles = this.#supervisor.states;
    return { pid: process.pid, sinceMs: this.#sinceMs, ready: this.#ready, roles };
  }

  #fail(failure: CommandError): void {
    this.#failure ??= failure;
    this.#halt.abort();
  }

  /** A full disk is no reason to stop anything; what is told of the network is then old. */
  #save(): void {
    if (!this.#options.isOurFolder()) return;
    try {
      writeRunState(this.#network.data, this.#state);
    } catch (error) {
      say(`cannot write how the network is: ${describeFileError(error)}.`);
    }
  }

  /** Each kind when those it asks are there, so that nobody starts with a failed request. */
  async #startAll(signal: AbortSignal): Promise<void> {
    const { log, witnesses, monitor, explorer } = this.#network;
    const { onStep } = this.#options.events;
    let answering = 0;
    const tellWitnesses = (): void =>
      onStep(`starting witnesses, ${answering} of ${witnesses.length} answer`);
    tellWitnesses();
    await this.#start(witnesses, signal, () => {
      answering++;
      tellWitnesses();
    });
    onStep('starting the log');
    await this.#start([log], signal);
    onStep('waiting for the quorum of the witnesses');
    await waitForQuorum(this.#network, signal);
    onStep('starting the monitor');
    await this.#start([monitor], signal);
    if (explorer === undefined) return;
    onStep('starting the explorer');
    await this.#start([explorer], signal);
  }

  async #start(
    roles: readonly Role[],
    signal: AbortSignal,
    onAlive: () => void = () => undefined,
  ): Promise<void> {
    if (signal.aborted) return;
    for (const role of roles) this.#supervisor.start(role);
    await Promise.all(
      roles.map(async (role) => {
        await waitUntilAlive(role, signal);
        onAlive();
      }),
    );
  }

  #becomeReady(): void {
    this.#ready = true;
    this.#supervisor.keep({
      mayRestart: this.#options.mayRestart,
      onEnd: (end, decision) => this.#tellEnd(end, decision),
    });
    this.#save();
    this.#options.events.onReady({ network: this.#network, state: this.#state });
  }

  #tellEnd(end: ChildEnd, decision: Decision): void {
    const what = describeEnd(end);
    if (decision.kind === 'restart') {
      const when = decision.delayMs < 1000 ? '' : ` in ${decision.delayMs / 1000} s`;
      say(`${what} It is started again${when}.`, 'warning');
    } else {
      const without = quorumSentence(this.#network, this.#supervisor.states, [end.name]);
      say(`${what} It is left dead, ${decision.why}. ${without}`, 'bad');
    }
  }

  /** Looks at the folder, and does what is asked, until the signal is aborted. */
  async #watch(signal: AbortSignal): Promise<void> {
    while (await sleep(WATCH_MS, signal)) {
      if (!this.#options.isOurFolder()) {
        const folder = displayPath(this.#network.data);
        this.#fail(
          new CommandError(`${folder} was removed while its network ran, which is stopped.`),
        );
      } else if (this.#ready) {
        for (const role of this.#roles) this.#doAsAsked(role);
      }
    }
  }

  #doAsAsked(role: Role): void {
    const now = this.#supervisor.states.find(({ name }) => name === role.name)?.state;
    if (now === 'stopping') return;
    const request = takeRequest(role);
    if (request === 'start' && now !== 'running') {
      say(`${role.name} is started, as asked.`);
      this.#supervisor.start(role);
    }
    if (request === 'stop' && now !== 'stopped') {
      const without = quorumSentence(this.#network, this.#supervisor.states, [role.name]);
      say(`${role.name} is stopped, as asked. ${without}`);
      void this.#supervisor.stop(role);
    }
  }
}

/** A process that refused to start has said all there is to say, in one sentence. */
function endError(end: ChildEnd, wasReady: boolean): CommandError {
  if (!wasReady && end.code === EXIT.unusable && end.reason !== undefined) {
    return unusable(end.reason);
  }
  return new CommandError(`${describeEnd(end)}${wasReady ? ' The network is stopped.' : ''}`);
}
