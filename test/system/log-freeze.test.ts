/** A log that its operator freezes, by the command that operators use, under submitters that go on. */
import { expect, it } from 'vitest';
import { problemOf, submittedOf } from '#test/support/http.ts';
import { runTecp } from '#test/support/processes.ts';
import { SteeredLog } from '#test/support/steered-log.ts';
import { until } from '#test/support/wait.ts';

it('is frozen when it is stopped, once, and refuses what is new from then on', async () => {
  const log = await SteeredLog.create({ checkpoint: { interval_ms: 20, refresh_ms: 100 } });
  await log.start('init');
  await log.takesEntries();
  await log.growTo(5);
  const freeze = () => runTecp(['log', 'freeze', '--config', log.config]);
  expect(await freeze()).toMatchObject({ code: 2, stdout: '' });
  await log.stop('SIGKILL');
  for (const witness of log.witnesses) witness.showsCheckpoint = false;
  expect(await freeze()).toMatchObject({
    code: 2,
    stderr: expect.stringMatching(/no quorum of witnesses shows/),
  });
  await log.start();
  await until(async () => (await fetch(`${log.url}/readyz`)).status === 200, { what: 'ready' });
  for (const witness of log.witnesses) witness.showsCheckpoint = true;
  const { leaf_index: last } = await submittedOf(await log.submit());
  await log.stop();

  const { code, stdout, stderr } = await freeze();
  expect({ code, stdout }, stderr).toEqual({ code: 0, stdout: '' });
  expect(stderr).toContain(`Frozen: ${last + 1} entries, and never another one.`);
  expect(await freeze()).toMatchObject({
    code: 0,
    stderr: expect.stringContaining('Frozen already: '),
  });

  await log.start();
  await until(async () => (await fetch(`${log.url}/readyz`)).status === 200, { what: 'ready' });
  const refused = await log.submit();
  expect([refused.status, refused.headers.get('retry-after')]).toEqual([410, null]);
  expect((await problemOf(refused)).code).toBe('log-frozen');
  // Its whole tree is signed, and cosigned again and again.
  await until(() => log.witnesses.every(({ size }) => size === last + 1), {
    what: 'the last tree',
  });
  const offers = () => log.witnesses.reduce((sum, witness) => sum + witness.offers.length, 0);
  const before = offers();
  await until(() => offers() > before + 6, { what: 'cosigned again' });
  expect(Math.max(...(await log.signedSizes()))).toBe(last + 1);
});
