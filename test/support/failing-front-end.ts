/** For `node --import`: a log server whose front ends throw, outside of all requests, at SIGUSR2. */
import { BroadcastChannel, isMainThread, threadName } from 'node:worker_threads';

const channel = new BroadcastChannel('fail');
channel.unref();
if (isMainThread) process.on('SIGUSR2', () => channel.postMessage('now'));
else if (threadName === 'front end') {
  channel.onmessage = () => {
    throw new Error('thrown by a test');
  };
}
