/**
 * The verifiers that are compared: all are asked at once. One that ends is started again, and its end is its answer
 * to the request that it could not survive.
 */

import { programPath, type SdkName } from '#cli/sdk/languages.ts';
import { VerifierProcess } from '#cli/sdk/verifier-process.ts';

/** Enough for the silence of a few. */
const MAX_LOST_MS = 1_200_000;

/** What each verifier answered to one request, in the order of the verifiers. */
export type Answers = readonly string[];

export class Verifiers {
  readonly names: readonly string[];
  readonly #commands: readonly (readonly string[])[];
  readonly #processes: VerifierProcess[];
  /** Waited for verifiers that then ended. */
  #lostMs = 0;

  /** `commands` are those of verifiers that stay alive, by name. */
  constructor(commands: ReadonlyMap<string, readonly string[]>) {
    this.names = [...commands.keys()];
    this.#commands = [...commands.values()];
    this.#processes = this.names.map((_, i) => this.#start(i));
  }

  static of(sdks: readonly SdkName[]): Verifiers {
    return new Verifiers(
      new Map(sdks.map((sdk) => [sdk, [programPath('verify', sdk), '--lines']])),
    );
  }

  /** For each request the answers of all. Throws when too much time was lost with those that are silent. */
  async ask(lines: readonly string[]): Promise<Answers[]> {
    const byVerifier = await Promise.all(this.names.map((_, i) => this.#askOne(i, lines)));
    return lines.map((_, line) => byVerifier.map((answers) => answers[line]!));
  }

  async #askOne(i: number, lines: readonly string[]): Promise<string[]> {
    const process = this.#processes[i]!;
    try {
      return await process.ask(lines);
    } catch {
      // Other requests may wait at the same one, and have replaced it already.
      if (this.#processes[i] === process) this.#processes[i] = this.#start(i);
      return await this.#askSingly(i, lines);
    }
  }

  /** By a process that nobody else asks, so that its end is owed to the request that it had. */
  async #askSingly(i: number, lines: readonly string[]): Promise<string[]> {
    const answers: string[] = [];
    let process = this.#start(i);
    for (const line of lines) {
      const startMs = performance.now();
      try {
        answers.push(...(await process.ask([line])));
      } catch (error) {
        this.#lostMs += performance.now() - startMs;
        if (this.#lostMs > MAX_LOST_MS) throw error;
        answers.push(`(${error instanceof Error ? error.message : error})`);
        process = this.#start(i);
      }
    }
    await process.close();
    return answers;
  }

  #start(i: number): VerifierProcess {
    return new VerifierProcess(this.names[i]!, this.#commands[i]!);
  }

  async close(): Promise<void> {
    await Promise.all(this.#processes.map((process) => process.close()));
  }
}

export function isSame(answers: Answers): boolean {
  return answers.every((answer) => answer === answers[0]);
}
