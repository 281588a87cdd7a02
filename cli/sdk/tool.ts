/** The ordinary tools of other languages, run to their end: their own words are kept for when they fail. */
import { spawn } from 'node:child_process';

export interface ToolResult {
  readonly ok: boolean;
  readonly stdout: string;
  /** Both streams, in their order. */
  readonly output: string;
}

export interface ToolOptions {
  readonly cwd?: string;
  readonly env?: Readonly<Record<string, string>>;
}

/** Runs a program. One that is not there counts as one that failed. */
export function runTool(
  command: string,
  args: readonly string[],
  { cwd, env }: ToolOptions = {},
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
    child.once('error', (error) => resolve({ ok: false, stdout, output: `${error.message}\n` }));
    child.once('close', (code) => resolve({ ok: code === 0, stdout, output }));
  });
}
