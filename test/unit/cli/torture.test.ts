import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { tortureCommand } from '#cli/commands/torture.ts';
import { ROOT } from '#test/unit/docs/markdown.ts';

it('every harness has its subcommand, and every subcommand its harness', () => {
  const names = tortureCommand().commands.map((command) => `${command.name()}.test.ts`);
  const files = readdirSync(join(ROOT, 'test/torture')).filter((file) => file.endsWith('.test.ts'));
  expect(names.toSorted()).toEqual(files.toSorted());
});
