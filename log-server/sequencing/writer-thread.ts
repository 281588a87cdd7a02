/**
 * The thread that owns the store's writer and the sequencer, so that neither a disk sync nor tree
 * hashing ever holds up the thread that answers HTTP. Requests are served in order, one at a time.
 */
import { parentPort, workerData } from 'node:worker_threads';
import { ConfigError, PassingError } from '#service/errors.ts';
import { SqliteWriter } from '../store/sqlite-writer.ts';
import { StoreError } from '../store/store.ts';
import {
  rebrand,
  unpackEntries,
  type WriterAnswer,
  type WriterFailure,
  type WriterRequest,
  type WriterThreadData,
} from './messages.ts';
import { type SequencedBatch, Sequencer } from './sequencer.ts';

const port = parentPort!;
const { path, identity } = workerData as WriterThreadData;

async function open() {
  const store = SqliteWriter.open(path, identity);
  const sequencer = new Sequencer(store);
  await sequencer.open();
  return { store, sequencer };
}

async function perform(
  { store, sequencer }: Awaited<ReturnType<typeof open>>,
  request: WriterRequest,
): Promise<SequencedBatch | undefined> {
  switch (request.call) {
    case 'sequence':
      return await sequencer.sequence(unpackEntries(request.entries));
    case 'recordSigned':
      await store.recordSigned(rebrand(request.head), request.previous);
      return undefined;
    case 'recordPublished':
      await store.recordPublished(request.note, request.size, request.anchors);
      return undefined;
    case 'close':
      await store.close();
      return undefined;
  }
}

function describe(error: unknown): WriterFailure {
  const message = error instanceof Error ? error.message : String(error);
  if (error instanceof StoreError) return { type: 'store', kind: error.kind, message };
  if (error instanceof ConfigError) return { type: 'config', message };
  if (error instanceof PassingError) return { type: 'passing', message };
  const stack = error instanceof Error ? error.stack : undefined;
  return stack === undefined ? { type: 'bug', message } : { type: 'bug', message, stack };
}

const opened = open();
// The first answer, id 0, is that of opening.
let previous: Promise<void> = answer(0, async () => {
  await opened;
  return undefined;
});

async function answer(id: number, work: () => Promise<SequencedBatch | undefined>) {
  try {
    port.postMessage({ id, value: await work() } satisfies WriterAnswer);
  } catch (error) {
    port.postMessage({ id, failure: describe(error) } satisfies WriterAnswer);
  }
}

port.on('message', ({ id, request }: { id: number; request: WriterRequest }) => {
  previous = previous.then(() => answer(id, async () => await perform(await opened, request)));
});
