/** The limits in docs/spec/log.md are those of the code. */
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { ROOT, readDocument } from './markdown.ts';

const ROW = /^\| .+ \| ([\d,]+) \| `([\w/-]+\.ts)` `(MAX_\w+)` \|$/gm;

describe('the table of limits', () => {
  const rows = Array.from(readDocument('docs/spec/log.md').matchAll(ROW));

  it('has every limit of the formats', () => {
    expect(rows).toHaveLength(20);
  });

  it.each(rows.map(([, value, file, name]) => [file!, name!, Number(value!.replaceAll(',', ''))]))(
    'gives %s %s as it is',
    async (file, name, value) => {
      const path = join(ROOT, 'shared/protocol', file);
      const module: Record<string, unknown> = await import(path);
      expect(module[name]).toBe(value);
    },
  );
});
