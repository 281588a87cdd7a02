/** A log that is opened, as by a start, on copies of its files. */
import { copyFileSync, rmSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { expect } from 'vitest';
import { logServerConfigSchema } from '#log-server/config.ts';
import { openLogFiles } from '#log-server/log-files.ts';
import { StoreTiles } from '#log-server/publishing/tile-publication.ts';
import { createTileCache } from '#log-server/store/tree-reader.ts';
import { toHex } from '#protocol/bytes.ts';
import { entryTypes } from '#protocol/entry/registry.ts';
import { leafHash } from '#protocol/merkle/hash.ts';
import { loadConfig } from '#service/config.ts';
import { expectLogSound, expectStoreSound } from '#test/support/check.ts';
import { silent } from '#test/support/log.ts';
import { memoryFolder } from '#test/support/temp.ts';
import type { LoneLog, Told } from './lone-log.ts';

const TYPES = entryTypes(['tecp-receipt']);

/** The leaf hashes of all entries in the order of the indices that were answered while nothing failed. */
function answeredOrder({ told }: LoneLog): string[] {
  const order: string[] = [];
  for (const said of told) if ('leaf' in said) order[said.index] = said.leaf;
  return order;
}

/** Everything that it had said is true, and all entries submitted again have the index that they had, or the next. */
export async function expectLogKept(
  log: LoneLog,
  files: ReadonlyMap<string, Buffer>,
  told: readonly Told[],
): Promise<void> {
  const folder = memoryFolder();
  for (const name of ['log.yaml', 'log.key', 'policy.txt']) {
    copyFileSync(join(log.folder, name), join(folder, name));
  }
  for (const [path, content] of files) writeFileSync(join(folder, basename(path)), content);
  const config = loadConfig(join(folder, 'log.yaml'), logServerConfigSchema).logs[0]!;
  const lost: unknown[] = [];
  const { store, state, confirmation, policy } = await openLogFiles(config, {
    tiles: createTileCache(),
    publicationOf: (reader) => new StoreTiles(reader),
    trustDatabase: false,
    logger: silent,
    onFatal: (error) => lost.push(error),
  });
  try {
    expect(confirmation.hasGoneBack).toBe(false);
    await expectLogSound({ store: store.reader, policy, types: TYPES });
    const held = (await store.reader.entries(0, log.entries.length)).map(leafHash).map(toHex);
    expect(held).toEqual(answeredOrder(log).slice(0, held.length));
    for (const said of told) {
      if ('leaf' in said) expect(held[said.index]).toBe(said.leaf);
      else expect(state.signed?.size ?? 0).toBeGreaterThanOrEqual(said.signedSize);
    }
    const again = log.entries.map((bytes) => ({ bytes, leafHash: leafHash(bytes) }));
    const { results } = await store.writer.sequence(again);
    let next = held.length;
    const expected = again.map((entry) => {
      const index = held.indexOf(toHex(entry.leafHash));
      return index < 0 ? next++ : index;
    });
    expect(results.map(({ index }) => index)).toEqual(expected);
    await expectStoreSound(store.reader);
    expect(lost).toEqual([]);
  } finally {
    await store.close();
    rmSync(folder, { recursive: true });
  }
}
