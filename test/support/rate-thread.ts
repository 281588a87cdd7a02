/** A thread that takes all that one client may have, and says how much it was. */
import { parentPort, workerData } from 'node:worker_threads';
import { RateLimiter } from '#service/rate-limit.ts';

const { memory, burst } = workerData;
const limiter = new RateLimiter({ ratePerSecond: 1e-6, burst, memory });
let allowed = 0;
for (let i = 0; i < burst; i++) if (limiter.take('a', 0).allowed) allowed++;
parentPort!.postMessage(allowed);
