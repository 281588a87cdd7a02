/**
 * Threads of a process, and how it ends while they work: each comes to rest between two pieces of its work.
 * One that is stopped in the middle of a call of SQLite may abort the whole process (SIGABRT), which then
 * ends by something else than the exit code that it chose.
 */
import { getCompileCacheDir } from 'node:module';
import { dirname } from 'node:path';
import {
  BroadcastChannel,
  type ResourceLimits,
  threadId,
  Worker,
  type WorkerOptions,
} from 'node:worker_threads';

const CHANNEL = 'tecp: the process ends';
/** For what threads are at: a disk that does not answer must not keep a process from its end. */
const PATIENCE_MS = 10_000;

/** What the main thread says of the end. */
interface End {
  readonly resting: Int32Array<SharedArrayBuffer>;
  /** Ids of its threads. Those that they have started rest, too, and nobody waits for them. */
  readonly awaited: readonly number[];
}

/** Owned by `startThread`. */
const running = new Set<Worker>();

/**
 * For a thread that makes much garbage and keeps little: V8 would let what is young grow to 48 MiB in each, and
 * collects it as fast by small steps.
 */
export const MAINLY_GARBAGE: ResourceLimits = { maxYoungGenerationSizeMb: 6 };

/** Starts a thread at a module that calls `restAtEnd`. */
export function startThread(module: URL, options: WorkerOptions): Worker {
  const worker = new Worker(module, { env: environment(), ...options });
  running.add(worker);
  const forget = () => running.delete(worker);
  worker.once('error', forget);
  worker.once('exit', forget);
  return worker;
}

/** That of the process, which says where the code is that an earlier start compiled: a thread looks nowhere else. */
function environment(): NodeJS.ProcessEnv {
  const folder = getCompileCacheDir();
  if (folder === undefined) return process.env;
  return { ...process.env, NODE_COMPILE_CACHE: dirname(folder) };
}

/** In a thread: it rests, for good, when its process is about to end. */
export function restAtEnd(): void {
  const channel = new BroadcastChannel(CHANNEL);
  channel.unref();
  channel.onmessage = (event: unknown) => {
    const { resting, awaited } = (event as { data: End }).data;
    if (awaited.includes(threadId)) {
      Atomics.add(resting, 0, 1);
      Atomics.notify(resting, 0);
    }
    Atomics.wait(new Int32Array(new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT)), 0, 0);
  };
}

/** Ends the process with this exit code, once its threads rest. For the main thread, which waits. */
export function endProcess(code: number): never {
  const resting = new Int32Array(new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT));
  const awaited = Array.from(running, (thread) => thread.threadId);
  const end: End = { resting, awaited };
  if (awaited.length > 0) new BroadcastChannel(CHANNEL).postMessage(end);
  const endMs = performance.now() + PATIENCE_MS;
  for (;;) {
    const count = Atomics.load(resting, 0);
    const leftMs = endMs - performance.now();
    if (count >= running.size || leftMs <= 0) break;
    Atomics.wait(resting, 0, count, leftMs);
  }
  process.exit(code);
}
