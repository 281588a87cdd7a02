import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { benchCommand } from '#cli/commands/bench.ts';
import { ROOT } from '#test/unit/docs/markdown.ts';

it('every benchmark that is listed has its script', () => {
  const names = benchCommand().commands.map((command) => command.name());
  expect(names.length).toBeGreaterThan(2);
  for (const name of names)
    expect(existsSync(join(ROOT, `test/bench/${name}.ts`)), name).toBe(true);
});
