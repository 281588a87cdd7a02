/**
 * The split view that was hidden for as long as the log liked: it keeps a quorum on both of its faces
 * with one accomplice among three witnesses, answers everything, and withholds what would compare
 * them. Real processes; what the monitor says of it is in `split-view.test.ts`.
 */
import { expect, it, onTestFinished } from 'vitest';
import { sleep } from '#service/schedule.ts';
import type { OfferAnswer, Withholding } from '#test/support/dishonest-log.ts';
import { FakeWitness } from '#test/support/fake-witness.ts';
import { SHARED_SIZE, Theatre } from '#test/support/theatre.ts';
import { until } from '#test/support/wait.ts';

const PATIENCE_MS = 5000;
/** Rounds of the cross-check, and a machine with other things to do. */
const NOTICED_MS = 30_000;

async function openWithAccomplice(): Promise<Theatre> {
  const accomplice = await FakeWitness.start('accomplice', 99);
  onTestFinished(() => accomplice.close());
  const theatre = await Theatre.open({ accomplice, patienceMs: PATIENCE_MS });
  accomplice.behaviour = ({ checkpoint }) => ({ status: 200, body: accomplice.lines(checkpoint) });
  return theatre;
}

/**
 * Has each face grow and be cosigned by one honest witness, B always the larger one. The faces never
 * have one size: two trees of one size need no tiles to be evidence.
 */
async function keepTwoFaces(theatre: Theatre): Promise<readonly [OfferAnswer, OfferAnswer]> {
  await theatre.log.append(2, 'a', 'b');
  return [await theatre.offer('a', 1), await theatre.offer('b', 2)];
}

const isOwed = (answer: OfferAnswer) =>
  answer.kind === 'refused' && answer.status === 503 && answer.code === 'comparison-owed';

it.each<Withholding>([404, 429, 503, 'hang'])(
  'a log that withholds the comparison by %s loses both honest witnesses in their patience',
  async (how) => {
    const theatre = await openWithAccomplice();
    const honest = [1, 2] as const;
    await theatre.diverge(SHARED_SIZE + 3, SHARED_SIZE + 6);
    await theatre.show('a', [1]);
    await theatre.show('b', [2]);
    // From the monitor, too: its evidence would freeze both before the log owes anything for long.
    for (const name of [...honest.map((number) => theatre.witness(number).name), 'monitor']) {
      await theatre.log.withhold(name, how);
    }
    const startedMs = performance.now();
    expect((await keepTwoFaces(theatre)).every(({ kind }) => kind === 'cosigned')).toBe(true);
    await until(
      async () => {
        const answers = await keepTwoFaces(theatre);
        await sleep(200);
        return answers.every(isOwed);
      },
      { what: 'both refused', timeoutMs: PATIENCE_MS + NOTICED_MS },
    );
    expect(performance.now() - startedMs).toBeGreaterThan(PATIENCE_MS);
    for (const number of honest) expect(await theatre.evidenceAt(number)).toEqual([]);

    // One shown tile path, and both halves are convicted: by the tiles, or by the other's evidence.
    await theatre.log.withhold(theatre.witness(2).name, undefined);
    const frozen = { kind: 'refused', status: 403, code: 'log-frozen' };
    await until(
      async () => {
        const answers = await keepTwoFaces(theatre);
        return answers.every((answer) => answer.kind === 'refused' && answer.status === 403);
      },
      { what: 'both frozen' },
    );
    expect(await keepTwoFaces(theatre)).toEqual([frozen, frozen]);
  },
);
