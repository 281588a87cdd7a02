/** Colours as a terminal gets them: `script` lends one to a process. */
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { formatFacts, formatTable } from '#cli/lib/print.ts';

const STYLE = fileURLToPath(new URL('../../../cli/lib/style.ts', import.meta.url));
const PROGRAM = `import { paint } from '${STYLE}'; process.stdout.write(paint('bad', 'INVALID'));`;
const COLOURED = '\u001b[31m\u001b[1mINVALID\u001b[22m\u001b[39m';

/** What the program writes, with or without a terminal as its standard output. */
function written(env: Record<string, string>, on: 'terminal' | 'pipe'): string {
  const { CI, FORCE_COLOR, NO_COLOR, TERM, ...rest } = process.env; // Node.js looks at all of them
  const command = `'${process.execPath}' --input-type=module-typescript -e "$PROGRAM"`;
  const [file, args] =
    on === 'pipe' ? ['sh', ['-c', command]] : ['script', ['-qec', command, '/dev/null']];
  const all = { ...rest, PROGRAM, TERM: 'xterm', ...env };
  return spawnSync(file!, args as string[], { env: all, encoding: 'utf8' }).stdout;
}

describe('colours', () => {
  it('are for terminals, and for whoever forces them', () => {
    expect(written({}, 'terminal')).toBe(COLOURED);
    expect(written({}, 'pipe')).toBe('INVALID');
    expect(written({ FORCE_COLOR: '1' }, 'pipe')).toBe(COLOURED);
  });

  it('are not for whoever sets NO_COLOR, nor for a terminal without them', () => {
    expect(written({ NO_COLOR: '1' }, 'terminal')).toBe('INVALID');
    expect(written({ NO_COLOR: '' }, 'terminal')).toBe(COLOURED);
    expect(written({ TERM: 'dumb' }, 'terminal')).toBe('INVALID');
  });

  it('do not count where columns are aligned', () => {
    const red = (text: string): string => `\u001b[31m${text}\u001b[39m`;
    expect(
      formatTable([
        [red('ab'), 'x'],
        ['abc', 'y'],
      ]),
    ).toBe(`  ${red('ab')}   x\n  abc  y\n`);
    expect(
      formatFacts([
        ['a', 'x'],
        ['abc', red('y')],
      ]),
    ).toBe(`  a    x\n  abc  ${red('y')}\n`);
  });
});
