/** Every `./tecp` command line in the documents is one that the command line understands. */
import { join } from 'node:path';
import type { Command } from 'commander';
import { describe, expect, it } from 'vitest';
import { commandLines, markdownFiles, ROOT, readDocument } from './markdown.ts';

/** What the launcher does by itself, without cli/. */
const LAUNCHER = new Set(['build', 'install', 'test']);

async function load(name: string): Promise<Command> {
  const module = await import(join(ROOT, 'cli/commands', `${name}.ts`));
  return module[`${name}Command`]();
}

/** The options of a command line, before any `--` that ends them. */
function optionsOf(words: readonly string[]): string[] {
  const end = words.indexOf('--');
  const own = end < 0 ? words : words.slice(0, end);
  return own.flatMap((word) => (word.startsWith('--') ? [word.split('=', 1)[0]!] : []));
}

/** The subcommands that the words begin with, and the word that should have been another one. */
function follow(command: Command, [word, ...rest]: readonly string[]) {
  const chain = [command];
  const inner = command.commands.find((candidate) => candidate.name() === word);
  if (inner !== undefined) {
    const deeper: { chain: Command[]; missing?: string } = follow(inner, rest);
    return { ...deeper, chain: [...chain, ...deeper.chain] };
  }
  // A role's command starts its server when no subcommand is named.
  const isOption = word === undefined || word.startsWith('-');
  return command.commands.length > 0 && !isOption ? { chain, missing: word } : { chain };
}

async function faults(file: string, line: string): Promise<string[]> {
  const [name, ...words] = line.split(/\s+/).slice(1);
  if (name === undefined || name.startsWith('-') || LAUNCHER.has(name)) return [];
  const { chain, missing } = follow(await load(name), words);
  const options = chain.flatMap((command) => command.options);
  const known = options.filter(({ hidden }) => !hidden).flatMap(({ short, long }) => [short, long]);
  const unknown = optionsOf(words).filter(
    (option) => option !== '--help' && !known.includes(option),
  );
  if (missing !== undefined) unknown.push(`subcommand ${missing}`);
  return unknown.map((what) => `${file}: ${line}: there is no ${what}`);
}

describe('every command line in a document', () => {
  const lines = markdownFiles().flatMap((file) =>
    commandLines(readDocument(file)).map((line) => ({ file, line })),
  );

  it('is found', () => {
    expect(lines.filter(({ file }) => file === 'README.md').length).toBeGreaterThan(10);
  });

  it('names a command and options that exist', async () => {
    const found = await Promise.all(lines.map(({ file, line }) => faults(file, line)));
    expect(found.flat()).toEqual([]);
  });
});
