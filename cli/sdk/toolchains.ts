/** Whether the tools that build each SDK are on this machine, and what to install where they are not. */
import { runTool, type ToolResult } from '#cli/lib/tool.ts';

/** A compiler or interpreter that was found. */
export interface Toolchain {
  /** The program to start. */
  readonly command: string;
  /** What it is, with its version: `Go 1.26.8`. */
  readonly label: string;
}

/** What is missing, as a sentence. */
export interface Missing {
  readonly missing: string;
}

/** The newest first; plain `python3` is whatever the system has. */
const PYTHONS = ['python3.14', 'python3.13', 'python3.12', 'python3.11', 'python3.10', 'python3'];
const PYTHON_VERSION =
  'import sys; assert sys.version_info >= (3, 10); print(sys.version.split()[0])';

/** Says what it is, which takes no time. */
function probe(command: string, args: readonly string[], env = {}): Promise<ToolResult> {
  return runTool(command, args, { env, timeoutMs: 120_000 });
}

export function findNode(): Toolchain {
  return { command: process.execPath, label: `Node.js ${process.versions.node}` };
}

/** A Python of 3.10 or later that can make virtual environments. */
export async function findPython(): Promise<Toolchain | Missing> {
  let withoutVenv: string | undefined;
  for (const command of PYTHONS) {
    const { ok, stdout } = await probe(command, ['-c', PYTHON_VERSION]);
    if (!ok) continue;
    const label = `Python ${stdout.trim()}`;
    // Debian has both in a package of their own.
    const venv = await probe(command, ['-c', 'import venv, ensurepip']);
    if (venv.ok) return { command, label };
    withoutVenv ??= label;
  }
  if (withoutVenv === undefined) return { missing: 'Python 3.10 or later is missing' };
  return { missing: `${withoutVenv} has no venv: install python3-venv` };
}

export async function findGo(): Promise<Toolchain | Missing> {
  const { ok, stdout } = await probe('go', ['env', 'GOVERSION'], { GOTOOLCHAIN: 'local' });
  if (!ok) return { missing: 'Go is missing' };
  return { command: 'go', label: `Go ${stdout.trim().replace(/^go/, '')}` };
}

export async function findCargo(): Promise<Toolchain | Missing> {
  const { ok, stdout } = await probe('cargo', ['--version']);
  const version = stdout.split(' ')[1];
  if (!ok || version === undefined) return { missing: 'cargo is missing' };
  return { command: 'cargo', label: `Rust ${version}` };
}
