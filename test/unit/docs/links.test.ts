/** The documents name nothing that is not there: links, headings, files, tests. */
import { existsSync, readdirSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import { describe, expect, it } from 'vitest';
import { anchors, codeSpans, linkTargets, markdownFiles, ROOT, readDocument } from './markdown.ts';

const FILES = markdownFiles();
const TOP_FOLDERS = readdirSync(ROOT, { withFileTypes: true })
  .filter((entry) => entry.isDirectory() && !entry.name.startsWith('.'))
  .map(({ name }) => name);

/** Whether a code span is a path of this repository, and not one with a placeholder. */
function isPath(span: string): boolean {
  const [first, ...rest] = span.split('/');
  const isOurs = rest.length > 0 && TOP_FOLDERS.includes(first!) && first !== 'data';
  return isOurs && first !== 'node_modules' && /^[\w./@-]+$/.test(span);
}

/** Why a link leads nowhere; undefined when it leads somewhere. */
function fault(file: string, target: string): string | undefined {
  if (/^[a-z]+:/.test(target)) return undefined;
  const [path, anchor] = target.split('#', 2) as [string, string?];
  const linked = path === '' ? file : normalize(join(dirname(file), path));
  if (!existsSync(join(ROOT, linked))) return `${file}: ${target} does not exist`;
  if (anchor === undefined || anchors(readDocument(linked)).has(anchor)) return undefined;
  return `${file}: ${target} has no such heading`;
}

describe('every markdown file', () => {
  it('is among those that are looked at', () => {
    for (const file of ['README.md', 'docs/SECURITY.md', 'deploy/README.md']) {
      expect(FILES).toContain(file);
    }
  });

  it('links only to files and headings that exist', () => {
    const faults = FILES.flatMap((file) =>
      linkTargets(readDocument(file)).flatMap((target) => fault(file, target) ?? []),
    );
    expect(faults).toEqual([]);
  });

  it('names only files and folders that exist', () => {
    const faults = FILES.flatMap((file) =>
      codeSpans(readDocument(file))
        .filter((span) => isPath(span) && !existsSync(join(ROOT, span)))
        .map((span) => `${file}: ${span} does not exist`),
    );
    expect(faults).toEqual([]);
  });
});

describe('the threat model', () => {
  const text = readDocument('docs/SECURITY.md').replaceAll(/\s+/g, ' ');
  const named = Array.from(text.matchAll(/`(test\/[^`]+)`: ("[^"]+"(?:, "[^"]+")*)/g), (match) => ({
    file: match[1]!,
    names: Array.from(match[2]!.matchAll(/"([^"]+)"/g), ([, name]) => name!),
  }));

  it('names a test for its claims, in every one of its sections on actors', () => {
    expect(named.length).toBeGreaterThan(20);
    for (const section of text.split(' ### ').slice(1)) {
      expect(section).toMatch(/`test\/[^`]+`: "/);
    }
  });

  it('names only tests that exist, by their whole name', () => {
    const faults = named.flatMap(({ file, names }) => {
      const source = readDocument(file).replaceAll(/\\u2019/g, '\u2019');
      return names
        .filter((name) => !source.includes(`'${name}'`))
        .map((name) => `${file}: ${name}`);
    });
    expect(faults).toEqual([]);
  });
});
