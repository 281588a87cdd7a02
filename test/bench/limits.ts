/**
 * What this machine itself can do, beside which every other number here stands: Ed25519 verifications by each
 * provider, on one thread and on all processors at once, SHA-256, durable transactions of SQLite, and an HTTP
 * request of one receipt that is sent back.
 *
 *     ./tecp bench limits [--seconds 1]
 */
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { sha256 } from '#crypto';
import { freshReceipt } from '#test/support/log.ts';
import { tempFolder } from '#test/support/temp.ts';
import { durableTransactions } from './support/durable-transactions.ts';
import { echoPostUs, startEcho } from './support/echo.ts';
import { LoadGenerator } from './support/load-generator.ts';
import { type Row, report } from './support/report.ts';
import { PROVIDERS, verificationsPerSecond } from './support/verifying.ts';
import { eachUs } from './support/yardsticks.ts';

const { values } = parseArgs({ options: { seconds: { type: 'string', default: '1' } } });
const SECONDS = Number(values.seconds);
const CONNECTIONS = 64;
/** Of one receipt, and of a node of the tree. */
const HASHED = [600, 65];

const rows: Row[] = [];

for (const provider of PROVIDERS) {
  const { perSecond, us } = await verificationsPerSecond(provider, SECONDS, 1);
  const figure = `${perSecond.toFixed(0)}/s, ${us.toFixed(0)} us`;
  rows.push({ what: `Ed25519 by ${provider}, one thread`, figure });
  const { perSecond: together } = await verificationsPerSecond(provider, SECONDS);
  rows.push({
    what: `Ed25519 by ${provider}, all processors`,
    figure: `${together.toFixed(0)}/s`,
    ratio: together / perSecond,
    of: 'x one thread',
  });
}
for (const bytes of HASHED) {
  const data = new Uint8Array(bytes);
  const us = eachUs(() => sha256(data), 20_000);
  rows.push({ what: `SHA-256 of ${bytes} bytes`, figure: `${us.toFixed(2)} us` });
}
const { perSecond, cpuUs } = durableTransactions(join(tempFolder(), 'bare.db'));
rows.push({
  what: 'durable SQLite transactions, one after another',
  figure: `${perSecond.toFixed(0)}/s, ${cpuUs.toFixed(0)} us`,
});
const load = new LoadGenerator();
const bodies = Array.from({ length: Math.ceil(4000 * SECONDS) }, () => freshReceipt());
for (const kind of ['node', 'hono'] as const) {
  const echo = await startEcho(kind);
  const us = await echoPostUs(echo, load, bodies, CONNECTIONS);
  await echo.stop();
  const name = kind === 'node' ? 'node:http' : 'Hono';
  rows.push({ what: `echo of a receipt by ${name}`, figure: `${us.toFixed(0)} us` });
}
await load.close();
report(rows);
