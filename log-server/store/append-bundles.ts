/**
 * Appends the entries of a signed tree to a store that holds its beginning: for a mirror in a database, and for a
 * log that is recovered. Each batch is durable, and what was verified is kept when a later bundle fails.
 */
import type { VerifiedBundle } from '#client/verified-bundles.ts';
import { toHex } from '#protocol/bytes.ts';
import { TILE_WIDTH } from '#protocol/merkle/tiles.ts';
import type { LogStore, NewEntry, TreeHead } from './store.ts';

/** Entries in one durable transaction, and their bytes. */
const BATCH_ENTRIES = 2048;
const BATCH_BYTES = 8 * 1024 * 1024;

interface AppendOptions {
  readonly store: LogStore;
  /** The durable tree. */
  readonly head: TreeHead;
  /** Told after each batch. */
  readonly onAppended: (head: TreeHead) => void;
  /** What to reject with where of these entries one is in the log twice, as a store holds each once. */
  readonly whenTwice: (first: number, last: number) => Error;
}

/** Takes bundles in their order, from the one on that holds the leaf after `head`. Rejects as they do, too. */
export async function appendBundles(
  bundles: AsyncIterable<VerifiedBundle>,
  { store, head: before, onAppended, whenTwice }: AppendOptions,
): Promise<void> {
  let head = before;
  let batch: NewEntry[] = [];
  let bytes = 0;
  const flush = async () => {
    const entries = batch;
    batch = [];
    bytes = 0;
    if (entries.length === 0) return;
    // It would not get its index, but keep the one that it has.
    if (await holdsOneTwice(store, entries)) {
      throw whenTwice(head.size, head.size + entries.length - 1);
    }
    head = (await store.writer.sequence(entries)).head;
    onAppended(head);
  };
  try {
    for await (const { index, entries, leaves } of bundles) {
      const known = Math.max(0, head.size + batch.length - index * TILE_WIDTH);
      for (let i = known; i < entries.length; i++) {
        batch.push({ bytes: entries[i]!, leafHash: leaves[i]! });
        bytes += entries[i]!.length;
      }
      if (batch.length >= BATCH_ENTRIES || bytes >= BATCH_BYTES) await flush();
    }
  } finally {
    await flush();
  }
}

async function holdsOneTwice({ reader }: LogStore, entries: readonly NewEntry[]): Promise<boolean> {
  const leaves = entries.map(({ leafHash }) => leafHash);
  if (new Set(leaves.map(toHex)).size < leaves.length) return true;
  return (await reader.findLeaves(leaves)).some((index) => index !== undefined);
}
