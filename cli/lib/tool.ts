/**
 * Ordinary tools, such as compilers and npm, run to their end: their own words are kept for when they fail. None can
 * hold us up for ever: one that takes too long is killed, and what a tool left running is not waited for.
 */
import { spawn } from 'node:child_process';

export interface ToolResult {
  readonly ok: boolean;
  readonly stdout: string;
  /** Both streams, in their order, and a last line on what became of the tool if it did not end with 0. */
  readonly output: string;
}

export interface ToolOptions {
  readonly cwd?: string;
  readonly env?: Readonly<Record<string, string>>;
  readonly timeoutMs?: number;
}

/** Only what hangs takes so long: a compiler on a busy machine needs ten minutes. */
export const TOOL_TIMEOUT_MS = 1_800_000;
/** For output that is still on its way when a tool has ended. */
const GRACE_MS = 2000;

/** Runs a program. One that is not there counts as one that failed. */
export function runTool(
  command: string,
  args: readonly string[],
  { cwd, env, timeoutMs = TOOL_TIMEOUT_MS }: ToolOptions = {},
): Promise<ToolResult> {
  const child = spawn(command, args, {
    cwd,
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let stdout = '';
  let output = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    stdout += text;
    output += text;
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    output += text;
  });
  return new Promise((resolve) => {
    const end = (fault: string | undefined): void => {
      const gap = output === '' || output.endsWith('\n') ? '' : '\n';
      if (fault !== undefined) output += `${gap}${fault}\n`;
      resolve({ ok: fault === undefined, stdout, output });
    };
    const timer = setTimeout(() => child.kill('SIGKILL'), timeoutMs);
    child.once('error', (error) => {
      clearTimeout(timer);
      end(error.message);
    });
    child.once('exit', (code, signal) => {
      clearTimeout(timer);
      // A process that it started, and that lives on, may hold both streams.
      const grace = setTimeout(() => {
        child.stdout.destroy();
        child.stderr.destroy();
      }, GRACE_MS);
      child.once('close', () => {
        clearTimeout(grace);
        end(child.killed ? `killed after ${timeoutMs / 1000} s` : describeEnd(code, signal));
      });
    });
  });
}

function describeEnd(code: number | null, signal: NodeJS.Signals | null): string | undefined {
  if (code === 0) return undefined;
  return signal === null ? `ended with exit code ${code}` : `ended by ${signal}`;
}
