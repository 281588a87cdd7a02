/** What the table of sdk/README.md says that each SDK has is in the sources of that SDK. */
import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { ROOT, readDocument } from './markdown.ts';

const COLUMNS = [
  { name: 'JavaScript', files: ['sdk/js/src/**/*.ts', 'shared/protocol/**/*.ts'] },
  { name: 'Python', files: ['sdk/py/src/**/*.py'] },
  { name: 'Go', files: ['sdk/go/*.go'] },
  { name: 'Rust', files: ['sdk/rs/src/**/*.rs'] },
];

function sourceOf(files: readonly string[]): string {
  const paths = globSync([...files], { cwd: ROOT }).filter((path) => !path.endsWith('_test.go'));
  return paths.map((path) => readFileSync(join(ROOT, path), 'utf8')).join('\n');
}

/** `IssuerKey.fromSeed(b)` names IssuerKey and fromSeed. Arguments, and what is another package's, are left out. */
function namesIn(cell: string): string[] {
  const spans = Array.from(cell.matchAll(/`([^`]+)`/g), ([, span]) => span!);
  return spans
    .filter((span) => !/^(?:tecp-js\/|http\.)/.test(span))
    .flatMap((span) => span.replace(/\(.*$/, '').replace(/^new /, '').match(/\w+/g) ?? []);
}

const ROWS = readDocument('sdk/README.md')
  .split('\n')
  .filter((line) => line.startsWith('|'))
  .map((line) => line.slice(1, -1).split('|'))
  .filter((cells) => cells.length === COLUMNS.length + 1);

describe.each(COLUMNS.map((column, i) => ({ ...column, i })))('the SDK in $name', (column) => {
  const source = sourceOf(column.files);
  const names = ROWS.flatMap((cells) => namesIn(cells[column.i + 1]!));

  it('has everything that the table says', () => {
    expect(names.length).toBeGreaterThan(30);
    expect(names.filter((name) => !new RegExp(`\\b${name}\\b`).test(source))).toEqual([]);
  });

  it('leaves no row of the table empty', () => {
    const empty = ROWS.filter(
      ([what, ...cells]) => !/\*\*|^ $|---/.test(what!) && namesIn(cells[column.i]!).length === 0,
    );
    expect(empty.map(([what]) => what)).toEqual([]);
  });
});
