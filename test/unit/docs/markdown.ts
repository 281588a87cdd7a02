/** Reads the project's own markdown: its files, links, headings and code spans. Test support. */
import { readdirSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';

export const ROOT = fileURLToPath(new URL('../../..', import.meta.url));

const FOREIGN = new Set(['node_modules', '.git', '.node', '.sdk', 'data', 'coverage', 'dist']);

/** Paths from the root of all markdown files. */
export function markdownFiles(folder = ROOT): string[] {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) return FOREIGN.has(entry.name) ? [] : markdownFiles(path);
    return entry.name.endsWith('.md') ? [relative(ROOT, path)] : [];
  });
}

export function readDocument(path: string): string {
  return readFileSync(join(ROOT, path), 'utf8');
}

/** The text without fenced blocks, in which nothing is a link or a heading. */
function withoutCodeBlocks(text: string): string {
  return text.replace(/^```[\s\S]*?^```$/gm, '');
}

/** Targets of links and images, in their order. */
export function linkTargets(text: string): string[] {
  const prose = withoutCodeBlocks(text).replaceAll(/`[^`\n]*`/g, '');
  return Array.from(prose.matchAll(/\]\(([^)\s]+)\)/g), ([, target]) => target!);
}

/** The anchors that GitHub makes of a document's headings. */
export function anchors(text: string): Set<string> {
  const headings = withoutCodeBlocks(text).matchAll(/^#+ (.+)$/gm);
  return new Set(
    Array.from(headings, ([, heading]) =>
      heading!
        .toLowerCase()
        .replaceAll(/[^\p{L}\p{N}\s_-]/gu, '')
        .replaceAll(' ', '-'),
    ),
  );
}

export interface Excerpt {
  /** Where it is from, as the link says. */
  readonly target: string;
  readonly code: string;
}

/** The blocks of code that a document takes from a file: `From [name](file):`, and the block. */
export function excerpts(text: string): Excerpt[] {
  const found = text.matchAll(/^From \[[^\]\n]+\]\(([^)\s]+)\):\n\n```\w*\n([\s\S]*?)^```$/gm);
  return Array.from(found, ([, target, code]) => ({ target: target!, code: code! }));
}

/** What stands in backquotes outside of code blocks. */
export function codeSpans(text: string): string[] {
  return Array.from(withoutCodeBlocks(text).matchAll(/`([^`\n]+)`/g), ([, span]) => span!);
}

/** Invocations of the launcher, in blocks and in prose, from `./tecp` to the end of the command. */
export function commandLines(text: string): string[] {
  const unfolded = text.replaceAll(/\\\n\s*/g, '');
  const invocations = unfolded.matchAll(/(?:\.|\/opt\/tecp)\/tecp(?: +[^\n`#>|]+)?/g);
  return Array.from(invocations, ([line]) => line.trim());
}
