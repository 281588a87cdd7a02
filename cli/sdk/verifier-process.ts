/**
 * A verifier that stays alive: docs/spec/verifier.md, section 2. Requests are written ahead of their answers,
 * which come back in their order.
 */
import { type ChildProcessByStdio, spawn } from 'node:child_process';
import type { Readable, Writable } from 'node:stream';
import { programPath, type SdkName } from './languages.ts';

/** How long a batch may take, or the end: only what hangs takes so long, however busy the machine. */
const PATIENCE_MS = 300_000;
const KEPT_WORDS = 4000;

interface Waiting {
  readonly resolve: (line: string) => void;
  readonly reject: (error: Error) => void;
}

export class VerifierProcess {
  readonly name: string;
  readonly #patienceMs: number;
  readonly #child: ChildProcessByStdio<Writable, Readable, Readable>;
  /** In the order of the requests; each is taken off by its answer, or all by the end of the process. */
  readonly #waiting: Waiting[] = [];
  #words = '';
  /** Of an answer whose end is still to come. */
  #begun = '';
  /** Why there are no more answers. */
  #over: Error | undefined;

  constructor(name: string, command: readonly string[], patienceMs = PATIENCE_MS) {
    this.name = name;
    this.#patienceMs = patienceMs;
    const [program, ...args] = command;
    // Neither coverage nor options of the test runner are for these.
    const { NODE_V8_COVERAGE: _, NODE_OPTIONS: __, ...env } = process.env;
    this.#child = spawn(program!, args, { env, stdio: ['pipe', 'pipe', 'pipe'] });
    this.#child.stdin.on('error', () => undefined);
    this.#child.stderr.setEncoding('utf8').on('data', (text: string) => {
      this.#words = (this.#words + text).slice(-KEPT_WORDS);
    });
    this.#child.stdout.setEncoding('utf8').on('data', (text: string) => this.#read(text));
    this.#child.once('error', (error) => this.#end(error.message));
    this.#child.once('close', (code, signal) => this.#end(`ended with ${signal ?? code}`));
  }

  static of(sdk: SdkName): VerifierProcess {
    return new VerifierProcess(sdk, [programPath('verify', sdk), '--lines']);
  }

  /** The answers to these requests, each one line. Rejects when the process ends or is silent for too long. */
  async ask(requests: readonly string[]): Promise<string[]> {
    const answers = requests.map(
      () =>
        new Promise<string>((resolve, reject) => {
          this.#waiting.push({ resolve, reject });
        }),
    );
    if (this.#over !== undefined) this.#refuseAll(this.#over);
    this.#child.stdin.write(requests.map((line) => `${line}\n`).join(''));
    const timer = setTimeout(() => {
      this.#end(`gave no answer for ${this.#patienceMs / 1000} s`);
      this.#kill();
    }, this.#patienceMs);
    try {
      return await Promise.all(answers);
    } finally {
      clearTimeout(timer);
    }
  }

  /** The answer to one request, which is an object. */
  async askOne(request: object): Promise<string> {
    const [answer] = await this.ask([JSON.stringify(request)]);
    return answer!;
  }

  /** Ends it as it is meant to end: at the end of its input. Returns the exit code. */
  async close(): Promise<number | null> {
    const ended = new Promise<number | null>((resolve) => {
      if (this.#child.exitCode !== null || this.#child.signalCode !== null) {
        resolve(this.#child.exitCode);
      } else this.#child.once('exit', resolve);
    });
    this.#child.stdin.end();
    const timer = setTimeout(() => this.#kill(), this.#patienceMs);
    const code = await ended;
    clearTimeout(timer);
    this.#kill();
    return code;
  }

  /** With its output, which something that it has started may hold: that would keep us alive. */
  #kill(): void {
    this.#child.kill('SIGKILL');
    this.#child.stdout.destroy();
    this.#child.stderr.destroy();
  }

  /** By newlines alone: `node:readline` would also break at U+2028, which may stand in an answer. */
  #read(text: string): void {
    const [first = '', ...others] = text.split('\n');
    const last = others.pop();
    this.#begun += first;
    if (last === undefined) return;
    for (const line of [this.#begun, ...others]) this.#waiting.shift()?.resolve(line);
    this.#begun = last;
  }

  #end(reason: string): void {
    this.#over ??= new Error(`tecp-verify ${this.name} ${reason}\n${this.#words}`.trimEnd());
    this.#refuseAll(this.#over);
  }

  #refuseAll(error: Error): void {
    for (const { reject } of this.#waiting.splice(0)) reject(error);
  }
}
