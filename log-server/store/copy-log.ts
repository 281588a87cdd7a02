/**
 * Copies a whole log from one store into another of whichever kind, entry by entry. The tree is made anew of the
 * entries, so what a source has that they do not make is found here and never copied.
 */
import { equalBytes } from '#protocol/bytes.ts';
import { ProtocolError } from '#protocol/errors.ts';
import { leafHash } from '#protocol/merkle/hash.ts';
import { TileBuilder } from '#protocol/merkle/tile-builder.ts';
import { parseCheckpoint } from '#protocol/note/checkpoint.ts';
import { parseNote } from '#protocol/note/note.ts';
import { ConfigError } from '#service/errors.ts';
import type { LogWriter } from './log-writer.ts';
import type { Anchor, LogReader, OnCopyProgress } from './store.ts';

/** Entries, signed checkpoints and anchors that are in memory at a time; 16 MiB at the most. */
const PAGE = 256;

/**
 * `source` has to stay as it is meanwhile, and `copy` is that of a new log. How the log ended is copied last, as nothing
 * is written after it. Progress counts entries. Rejects with `ConfigError` for a source that is damaged, or has not
 * arrived yet and so is no log's, and `StoreError`.
 */
export async function copyLog(
  source: LogReader,
  copy: LogWriter,
  onProgress: OnCopyProgress,
): Promise<void> {
  const { isFrozen, movedTo, arrivingFrom } = await source.state();
  if (arrivingFrom !== undefined) throw notArrived(arrivingFrom);
  await copyEntries(source, copy, onProgress);
  await copySigned(source, copy);
  await copyPublished(source, copy);
  if (isFrozen) await copy.freeze();
  if (movedTo !== undefined) await copy.moveTo(movedTo);
}

async function copyEntries(source: LogReader, copy: LogWriter, onProgress: OnCopyProgress) {
  const head = await source.treeHead();
  const tree = TileBuilder.empty();
  while (tree.size < head.size) {
    const firstIndex = tree.size;
    const bytes = await source.entries(firstIndex, Math.min(PAGE, head.size - firstIndex));
    if (bytes.length === 0) throw damaged(`entry ${firstIndex} is missing`);
    const entries = bytes.map((one) => ({ bytes: one, leafHash: leafHash(one) }));
    for (const entry of entries) tree.append(entry.leafHash);
    const grown = { size: tree.size, root: tree.root() };
    const batch = { firstIndex, entries, tiles: tree.takeChanged(), head: grown };
    const [twice] = (await copy.append(batch)).values();
    if (twice !== undefined) throw damaged(`entry ${twice} is there twice`);
    onProgress(tree.size, head.size);
  }
  if (!equalBytes(tree.root(), head.root)) throw damaged('its entries do not make its tree head');
}

async function copySigned(source: LogReader, copy: LogWriter): Promise<void> {
  let previous: number | undefined;
  for (;;) {
    const page = await source.signedAfter(previous ?? -1, PAGE);
    for (const head of page) {
      await copy.recordSigned(head, previous);
      previous = head.size;
    }
    if (page.length < PAGE) return;
  }
}

async function copyPublished(source: LogReader, copy: LogWriter): Promise<void> {
  const published = await source.published();
  if (published === undefined) return;
  const size = sizeOf(published);
  for await (const anchors of anchorsOf(source)) {
    await copy.recordPublished(published, size, anchors);
  }
}

/** In pages, the last of which may be empty. */
async function* anchorsOf(source: LogReader): AsyncGenerator<Anchor[]> {
  let covered = 0;
  for (;;) {
    const page: Anchor[] = [];
    while (page.length < PAGE) {
      const anchor = await source.anchorCovering(covered);
      if (anchor === undefined) return yield page;
      page.push(anchor);
      covered = anchor.size;
    }
    yield page;
  }
}

function sizeOf(published: string): number {
  try {
    return parseCheckpoint(parseNote(published).text).size;
  } catch (error) {
    if (error instanceof ProtocolError) throw damaged('what it published is no checkpoint');
    throw error;
  }
}

function notArrived(from: string): ConfigError {
  return new ConfigError(
    `This is a copy that was never finished, of the log at ${from}: copy that.`,
  );
}

function damaged(detail: string): ConfigError {
  return new ConfigError(`The database is damaged: ${detail}.`);
}
