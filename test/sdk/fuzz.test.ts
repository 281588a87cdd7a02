/** Differential fuzzing of all SDKs in its short form; `npm run fuzz` is the long one. */
import { expect, it } from 'vitest';
import { RECEIPT_ERRORS, RECEIPT_WARNINGS } from '#protocol/receipt/codes.ts';
import { fuzz } from '#test/fuzz/fuzz.ts';
import { Verifiers } from '#test/fuzz/verifiers.ts';
import { seededRandom } from '#test/support/random.ts';
import { buildAvailable } from './toolchains.ts';

const CASES = 20_000;
/** Only a log's answer to a submission has it. */
const NOT_OF_VERDICTS = 'W-TS-002';

const available = await buildAvailable();

it(`all SDKs answer ${CASES} mutated requests with the same bytes`, async () => {
  const { seed } = seededRandom('differential fuzzing');
  const verifiers = Verifiers.of(available);
  const { tally, differences } = await fuzz(verifiers, { seed, first: 0, cases: CASES });
  await verifiers.close();
  console.log(tally.lines().join('\n'));
  expect(differences).toEqual([]);
  // The cases are worth something only if they get past the first checks.
  const codes = [...Object.keys(RECEIPT_ERRORS), ...Object.keys(RECEIPT_WARNINGS)];
  for (const code of codes.filter((name) => name !== NOT_OF_VERDICTS)) {
    expect(tally.of('verify, codes', code), code).toBeGreaterThan(0);
  }
  expect(tally.of('verify', 'valid')).toBeGreaterThan(CASES / 50);
});
