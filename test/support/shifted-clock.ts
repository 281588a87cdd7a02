/**
 * For `--import`: the wall clock of the process is off by the milliseconds that a file says, and
 * follows the file when it changes. `TECP_TEST_CLOCK` names the file.
 */
import { readFileSync } from 'node:fs';

const path = process.env.TECP_TEST_CLOCK!;
const REREAD_MS = 20;
const realNow = Date.now;
let offsetMs = 0;
let readAtMs = Number.NEGATIVE_INFINITY;

function shiftedNow(): number {
  if (performance.now() - readAtMs > REREAD_MS) {
    offsetMs = Number(readFileSync(path, 'utf8'));
    readAtMs = performance.now();
  }
  return realNow() + offsetMs;
}

Date.now = shiftedNow;
globalThis.Date = new Proxy(Date, {
  construct: (target, args, newTarget) =>
    Reflect.construct(target, args.length === 0 ? [shiftedNow()] : args, newTarget),
});
