/**
 * The commands of a document, run as a reader would copy them: one shell, in a folder where `./tecp` is,
 * against a network on ports of its own.
 */
import { spawn } from 'node:child_process';
import { symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { readDocument } from '#test/unit/docs/markdown.ts';
import { type CommandResult, resultOf, TECP, tecp } from './cli.ts';
import { freeBasePort } from './ports.ts';
import { childEnvironment } from './processes.ts';
import { tempFolder } from './temp.ts';

/** Where documents say that a network is. */
const DOCUMENTED_BASE = 8400;

export interface DocumentShell {
  readonly folder: string;
  /** The base port that stands for 8400. */
  readonly base: number;
  /** Runs commands, which end with the first that fails. */
  run(script: string): Promise<CommandResult>;
}

/** The fenced blocks of a language, in their order. */
export function codeBlocks(path: string, language: string): string[] {
  const fences = readDocument(path).matchAll(
    new RegExp(`^\`\`\`${language}\\n([\\s\\S]*?)^\`\`\`$`, 'gm'),
  );
  return Array.from(fences, ([, code]) => code!);
}

/** A folder and ports for the commands of documents; a network that they start ends with the test. */
export async function openDocumentShell(): Promise<DocumentShell> {
  const folder = tempFolder();
  symlinkSync(TECP, join(folder, 'tecp'));
  const base = await freeBasePort();
  onTestFinished(() => void tecp(['down'], { cwd: folder }));
  const run = async (script: string): Promise<CommandResult> => {
    const moved = script
      .replaceAll('./tecp up --detach', `./tecp up --detach --port ${base}`)
      .replaceAll(/127\.0\.0\.1:(84\d\d)/g, (_, port: string) => {
        return `127.0.0.1:${base + Number(port) - DOCUMENTED_BASE}`;
      });
    const guarded = `trap 'kill $(jobs -p) 2>&- || true' EXIT\n${moved}`;
    const shell = spawn('bash', ['-euo', 'pipefail', '-c', guarded], {
      cwd: folder,
      env: { ...childEnvironment(), TECP_NODE: process.execPath },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    return await resultOf(shell);
  };
  return { folder, base, run };
}
