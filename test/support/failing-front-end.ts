/** For `node --import`: a log server whose front ends throw, outside of all requests, at SIGUSR2. */
import { BroadcastChannel, isMainThread, workerData } from 'node:worker_threads';

const channel = new BroadcastChannel('fail');
channel.unref();
if (isMainThread) process.on('SIGUSR2', () => channel.postMessage('now'));
else if (workerData?.sharing !== undefined) {
  channel.onmessage = () => {
    throw new Error('thrown by a test');
  };
}
