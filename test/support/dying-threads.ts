/** For `node --import`: a process of whose threads the first with the name in TECP_TEST_THREAD fails at SIGUSR2. */
import { isMainThread, type Worker } from 'node:worker_threads';

if (isMainThread) {
  let thread: Worker | undefined;
  process.on('worker', (worker) => {
    if (worker.threadName === process.env.TECP_TEST_THREAD) thread ??= worker;
  });
  // Nothing that a thread of ours can take.
  process.on('SIGUSR2', () => thread!.postMessage(null));
}
