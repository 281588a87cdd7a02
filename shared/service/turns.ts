/**
 * One queue for all work that requests begin, so that the event loop keeps turning.
 *
 * Node hands out everything that has arrived before it looks again at what is new, and accepts one
 * connection each time it looks. Work of a few milliseconds for each of a hundred requests would
 * keep new connections, health checks and signals waiting for all of it. So work waits here for its
 * turn, first come first served, and after a few milliseconds of it the loop goes round once.
 *
 * There is one loop in a process, and so one queue.
 */
import { monotonicMs } from './schedule.ts';

/** Work done between two looks at the network. */
const SLICE_MS = 5;
/** How long work waits, at most, while each look at the network finds a new connection. */
const ARRIVALS_MS = 10;

// Owned by this module. `head` is the place of the next in line: an array is slow to shift.
let queue: (() => void)[] = [];
let head = 0;
let isRunning = false;
let sliceEndsMs = 0;
let hasArrival = false;

/** Runs `work` when its turn has come; never at once. It must not throw. */
export function inTurn(work: () => void): void {
  queue.push(work);
  if (isRunning) return;
  isRunning = true;
  setImmediate(beginSlice);
}

/** Says that a connection has come; others behind it are let in before the work goes on. */
export function noteArrival(): void {
  hasArrival = true;
}

function beginSlice(): void {
  const nowMs = monotonicMs();
  if (hasArrival && nowMs < sliceEndsMs + ARRIVALS_MS) {
    hasArrival = false;
    setImmediate(beginSlice);
    return;
  }
  hasArrival = false;
  sliceEndsMs = nowMs + SLICE_MS;
  runNext();
}

function runNext(): void {
  const work = queue[head++];
  if (work === undefined) {
    queue = [];
    head = 0;
    isRunning = false;
    return;
  }
  queue[head - 1] = done;
  work();
  // A tick that is asked for by a microtask runs when no microtask is left: after all that the work
  // has done without waiting for anything.
  queueMicrotask(() => process.nextTick(afterWork));
}

function afterWork(): void {
  if (monotonicMs() < sliceEndsMs) runNext();
  else setImmediate(beginSlice);
}

/** In the place of work that was done, which must not be kept alive by the queue. */
function done(): void {}
