/**
 * The thread that owns the writer and the sequencer before it, so that neither a disk sync nor tree
 * hashing ever holds up the thread that answers HTTP.
 */
import { parentPort, workerData } from 'node:worker_threads';
import { ConfigError, PassingError } from '#service/errors.ts';
import { restAtEnd } from '#service/threads.ts';
import { unpackEntries } from '../packed-entries.ts';
import { SequencedWriter } from '../sequenced-writer.ts';
import { type SequencedBatch, StoreError } from '../store.ts';
import {
  rebrand,
  type WriterAnswer,
  type WriterFailure,
  type WriterRequest,
  type WriterThreadData,
} from './messages.ts';
import { SqliteWriter } from './writer.ts';

restAtEnd();
const port = parentPort!;
const { path, identity } = workerData as WriterThreadData;

async function open(): Promise<SequencedWriter> {
  return await SequencedWriter.open(SqliteWriter.open(path, identity));
}

async function perform(
  writer: SequencedWriter,
  request: WriterRequest,
): Promise<SequencedBatch | undefined> {
  switch (request.call) {
    case 'sequence':
      return await writer.sequence(unpackEntries(request.entries));
    case 'recordSigned':
      await writer.recordSigned(rebrand(request.head), request.previous);
      return undefined;
    case 'recordPublished':
      await writer.recordPublished(request.note, request.size, request.anchors);
      return undefined;
    case 'freeze':
      await writer.freeze();
      return undefined;
    case 'moveTo':
      await writer.moveTo(request.place);
      return undefined;
    case 'close':
      await writer.close();
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

async function answer(id: number, work: () => Promise<SequencedBatch | undefined>): Promise<void> {
  try {
    port.postMessage({ id, value: await work() } satisfies WriterAnswer);
  } catch (error) {
    port.postMessage({ id, failure: describe(error) } satisfies WriterAnswer);
  }
}

const opened = open();
// The first answer, id 0, is that of opening.
void answer(0, async () => {
  await opened;
  return undefined;
});

port.on('message', ({ id, request }: { id: number; request: WriterRequest }) => {
  void answer(id, async () => await perform(await opened, request));
});
