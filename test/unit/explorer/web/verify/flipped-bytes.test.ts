/** Whatever byte of an answer is changed: what is then shown as verified is true, or there is a finding. */
import fc from 'fast-check';
import { expect, it } from 'vitest';
import type { Finding } from '#explorer/web/verify/findings.ts';
import { toHex } from '#protocol/bytes.ts';
import { HonestExplorer, HonestLog, NOW_MS, someEntries } from './honest-explorer.ts';

const log = new HonestLog('log.example/a').grow(...someEntries(21));
const explorer = new HonestExplorer(log);
const honest = await explorer.visitor();
const scene = { askedMs: NOW_MS };
const RUNS = { numRuns: 400 };

interface Answered {
  readonly findings: readonly Finding[];
}

/**
 * What is not authenticated is a claim, and said to be one. One witness less, of three where two are asked for, is
 * still true of those that are left.
 */
const CLAIMS = ['claims', 'nextCursor', 'seen_ms', 'note'];
const FEWER_WITNESSES = ['witnesses', 'logged_at', 'ageMs', 'words', 'opened', 'verdict'];
const LEFT_OUT = new Set([...CLAIMS, ...FEWER_WITNESSES]);

function shown(verdict: unknown): string {
  return JSON.stringify(verdict, (name, value) => {
    if (LEFT_OUT.has(name)) return undefined;
    return value instanceof Uint8Array ? toHex(value) : value;
  });
}

/** Judges the answer with one character changed; a text that is no JSON never becomes an answer. */
function expectNoticed(answer: unknown, judge: (value: unknown) => Promise<Answered>) {
  const text = JSON.stringify(answer);
  return fc.assert(
    fc.asyncProperty(
      fc.nat({ max: text.length - 1 }),
      fc.integer({ min: 0x20, max: 0x7e }),
      async (at, code) => {
        const changed = text.slice(0, at) + String.fromCharCode(code) + text.slice(at + 1);
        const value = parsed(changed);
        if (value === undefined) return;
        const verdict = await judge(value);
        if (verdict.findings.length > 0) return;
        expect(shown(verdict)).toBe(shown(await judge(answer)));
      },
    ),
    RUNS,
  );
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

it('of one entry', async () => {
  const asked = { index: 6, log: log.origin, ...scene };
  await expectNoticed(await explorer.entry(6), (value) => honest.entry(value, asked));
});

it('of a search', async () => {
  const filters = { policies: ['custom_policy'] };
  await expectNoticed(await explorer.search(filters), (value) =>
    honest.search(value, { filters, limit: 100, ...scene }),
  );
});

it('of a list of checkpoints', async () => {
  await expectNoticed(await explorer.checkpoints([21, 9]), (value) =>
    honest.checkpoints(value, {}),
  );
});
