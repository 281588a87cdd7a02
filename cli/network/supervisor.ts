/**
 * The processes of a network: started, watched, started again when they end by themselves, and
 * stopped together, the log while its witnesses still answer, then the witnesses.
 *
 * Until `keep` is called the first one that ends by itself is the end of all; afterwards only a log
 * that is not started again is, as there is nothing to witness without it.
 */
import { CommandError } from '#cli/lib/errors.ts';
import type { RoleFiles } from '#cli/lib/layout.ts';
import { Child, type ChildEnd } from './child.ts';
import { type Decision, decide, MAX_ENDS } from './restart-policy.ts';
import type { LifeState, RoleState } from './run-state.ts';

export interface KeepOptions {
  readonly mayRestart: boolean;
  /** Called when one has ended by itself, with what is done about it. */
  readonly onEnd: (end: ChildEnd, decision: Decision) => void;
}

interface Member {
  readonly role: RoleFiles;
  child: Child | undefined;
  state: LifeState;
  sinceMs: number;
  restarts: number;
  reason: string | undefined;
  /** When it ended by itself, the last few times, on the monotonic clock. */
  readonly endsMs: number[];
  restart: NodeJS.Timeout | undefined;
}

export class Supervisor {
  // All owned here.
  readonly #members = new Map<string, Member>();
  readonly #onChange: () => void;
  readonly #fatalEnd = Promise.withResolvers<ChildEnd>();
  #keep: KeepOptions | undefined;
  #stopping = false;

  /** `onChange` is called after each change of what `states` returns. */
  constructor(onChange: () => void) {
    this.#onChange = onChange;
  }

  /** Resolves with the end of a process that the network cannot go on without; else never. */
  get fatalEnd(): Promise<ChildEnd> {
    return this.#fatalEnd.promise;
  }

  get states(): RoleState[] {
    return [...this.#members.values()].map(({ role, child, state, sinceMs, restarts, reason }) => ({
      name: role.name,
      state,
      ...(child?.pid === undefined ? {} : { pid: child.pid }),
      sinceMs,
      restarts,
      ...(reason === undefined ? {} : { reason }),
    }));
  }

  /** Starts the process of a role, unless it runs; one that is to be started again starts now. */
  start(role: RoleFiles): void {
    const member = this.#memberOf(role);
    if (member.child !== undefined) return;
    clearTimeout(member.restart);
    try {
      member.child = new Child(role);
    } catch (error) {
      // Later on, one that cannot be started is one that ended, and takes no other with it.
      if (this.#keep === undefined || !(error instanceof CommandError)) throw error;
      this.#ended(member, { name: role.name, code: null, signal: null, reason: error.message });
      return;
    }
    this.#become(member, 'running');
    void member.child.ended.then((end) => this.#ended(member, end));
  }

  /** From now on processes that end by themselves are started again, or left dead. */
  keep(options: KeepOptions): void {
    this.#keep = options;
  }

  /** Stops the process of a role on purpose: it stays stopped until it is started. */
  async stop(role: RoleFiles): Promise<void> {
    const member = this.#memberOf(role);
    clearTimeout(member.restart);
    if (member.child === undefined) {
      this.#become(member, 'stopped');
      return;
    }
    this.#become(member, 'stopping');
    await member.child.stop();
  }

  /** Stops every process that runs, for good. */
  async stopAll(): Promise<void> {
    this.#stopping = true;
    const members = [...this.#members.values()];
    const stop = async (isWitness: boolean): Promise<void> => {
      const chosen = members.filter(({ role }) => (role.kind === 'witness') === isWitness);
      await Promise.all(chosen.map(({ role }) => this.stop(role)));
    };
    await stop(false);
    await stop(true);
  }

  /** Ends every process at once. */
  killAll(): void {
    this.#stopping = true;
    for (const { child, restart } of this.#members.values()) {
      clearTimeout(restart);
      child?.kill();
    }
  }

  #memberOf(role: RoleFiles): Member {
    const known = this.#members.get(role.name);
    if (known !== undefined) return known;
    const member: Member = {
      role,
      child: undefined,
      state: 'stopped',
      sinceMs: Date.now(),
      restarts: 0,
      reason: undefined,
      endsMs: [],
      restart: undefined,
    };
    this.#members.set(role.name, member);
    return member;
  }

  #become(member: Member, state: LifeState): void {
    // One that is dead and cannot be started died again.
    if (member.state !== state || state === 'dead') member.sinceMs = Date.now();
    member.state = state;
    this.#onChange();
  }

  #ended(member: Member, end: ChildEnd): void {
    member.child = undefined;
    if (this.#stopping || member.state === 'stopping') {
      this.#become(member, 'stopped');
      return;
    }
    member.reason = end.reason ?? (end.signal === null ? undefined : `killed by ${end.signal}`);
    if (this.#keep === undefined) {
      this.#fatalEnd.resolve(end);
      return;
    }
    member.endsMs.push(performance.now());
    if (member.endsMs.length > MAX_ENDS) member.endsMs.shift();
    const decision = decide(end, member.endsMs, this.#keep.mayRestart);
    this.#keep.onEnd(end, decision);
    if (decision.kind === 'restart') this.#restartLater(member, decision.delayMs);
    else this.#leave(member, end);
  }

  #restartLater(member: Member, delayMs: number): void {
    this.#become(member, 'restarting');
    member.restart = setTimeout(() => {
      member.restarts++;
      this.start(member.role);
    }, delayMs);
  }

  #leave(member: Member, end: ChildEnd): void {
    this.#become(member, 'dead');
    if (member.role.kind === 'log') this.#fatalEnd.resolve(end);
  }
}
