/** A log that answers everything, and its tiles so slowly that whoever checks them falls behind. */
import { readFileSync, writeFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { postLines } from '#test/support/http.ts';
import { freshReceipt } from '#test/support/log.ts';
import { TestNetwork } from '#test/support/network.ts';
import { timed } from '#test/support/stretch.ts';
import { TileProxy } from '#test/support/tile-proxy-control.ts';
import { until } from '#test/support/wait.ts';

/** Forty bundles and tiles of four seconds each: more than there is time for. */
const ENTRIES = 10_000;
const BATCH = 1000;
const TOLD_WITHIN_MS = 100_000;

it('a log that serves its tiles slowly is told of within 100 seconds, and then is not well', async () => {
  const network = await TestNetwork.create();
  const proxy = await TileProxy.start(network.log.url);
  const policy = readFileSync(network.policyPath, 'utf8');
  writeFileSync(network.policyPath, policy.replaceAll(network.log.url, proxy.url));
  await network.startAll();
  proxy.set('slow');
  for (let sent = 0; sent < ENTRIES; sent += BATCH) {
    const receipts = Array.from({ length: BATCH }, () => freshReceipt());
    await postLines(`${network.log.url}/v1/log/entries`, receipts);
  }
  const { result, tookMs, stretch } = await timed(() =>
    until(async () => (await network.alerts()).find(({ kind }) => kind === 'monitor-lag'), {
      what: 'an alert about the lag',
    }),
  );
  expect(tookMs).toBeLessThan(TOLD_WITHIN_MS * stretch);
  expect(result.detail).toContain('entries are not read yet');
  expect((await network.monitorStatus()).ok).toBe(false);
  proxy.set(undefined);
  await until(async () => (await network.monitorStatus()).ok, { what: 'a monitor that is well' });
});
