/**
 * One queue for all work that requests begin, so that the event loop keeps turning.
 *
 * Node hands out everything that has arrived before it looks again at what is new, and accepts one
 * connection each time it looks. Work of a few milliseconds for each of a hundred requests would
 * keep new connections, health checks and signals waiting for all of it. So work waits here for its
 * turn, and after a few milliseconds of it the loop goes round once. Client addresses take turns, so
 * that whoever asks for little does not wait for all that somebody else has asked for.
 *
 * There is one loop in a process, and so one queue.
 */
import type { Socket } from 'node:net';
import { addressKey } from './rate-limit.ts';
import { monotonicMs } from './schedule.ts';

/** Work done between two looks at the network. */
const SLICE_MS = 5;
/** How long work waits, at most, while each look at the network finds a new connection. */
const ARRIVALS_MS = 10;

/** Work by client address, each in order; the address at the front is next, one without is not in it. */
type Lines = Map<string, (() => void)[]>;

// Owned by this module.
const usual: Lines = new Map();
const urgent: Lines = new Map();
let isUrgentNext = true;
let isRunning = false;
let sliceEndsMs = 0;
let hasArrival = false;

/** Runs `work` for the client of a connection when its turn has come; never at once. It must not throw. */
export function inTurn(socket: Socket, work: () => void): void {
  queue(usual, socket, work);
}

/** As `inTurn`, for what has every other turn of all: it waits for little, and starves nothing. */
export function inUrgentTurn(socket: Socket, work: () => void): void {
  queue(urgent, socket, work);
}

function queue(lines: Lines, { remoteAddress }: Socket, work: () => void): void {
  const address = addressKey(remoteAddress ?? 'unknown');
  const line = lines.get(address);
  if (line === undefined) lines.set(address, [work]);
  else line.push(work);
  if (isRunning) return;
  isRunning = true;
  setImmediate(beginSlice);
}

/** As `inTurn`, for what comes after a wait, or one piece of work among many. */
export function turnOf(socket: Socket): Promise<void> {
  return new Promise((resolve) => inTurn(socket, resolve));
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
  const [first, second] = isUrgentNext ? [urgent, usual] : [usual, urgent];
  isUrgentNext = !isUrgentNext;
  const work = takeFrom(first) ?? takeFrom(second);
  if (work === undefined) {
    isRunning = false;
    return;
  }
  work();
  // A tick that is asked for by a microtask runs when no microtask is left: after all that the work
  // has done without waiting for anything.
  queueMicrotask(() => process.nextTick(afterWork));
}

function takeFrom(lines: Lines): (() => void) | undefined {
  const first = lines.entries().next();
  if (first.done === true) return undefined;
  const [address, line] = first.value;
  const work = line.shift();
  lines.delete(address);
  if (line.length > 0) lines.set(address, line);
  return work;
}

function afterWork(): void {
  if (monotonicMs() < sliceEndsMs) runNext();
  else setImmediate(beginSlice);
}
