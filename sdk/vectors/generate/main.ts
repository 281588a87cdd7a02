/**
 * Writes the vectors: `node sdk/vectors/generate/main.ts`. The same texts every time, on any machine; a file that
 * has its text already is left alone, as compressed bytes hang on the version of zlib.
 */
import { writeFileSync } from 'node:fs';
import { gzipSync } from 'node:zlib';
import { fileName, formatGroup } from './case.ts';
import { committedText } from './committed.ts';
import { GROUPS } from './groups.ts';

const folder = new URL('../', import.meta.url);
for (const group of GROUPS) {
  const text = formatGroup(group);
  if (text === committedText(folder, group)) continue;
  writeFileSync(
    new URL(fileName(group), folder),
    group.isLarge ? gzipSync(text, { level: 9 }) : text,
  );
}
