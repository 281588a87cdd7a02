/** Places for tiles: the store itself, a folder of files, and a whole log over such a folder. */
import { renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { checkLog } from '#client/check-log.ts';
import { HttpTileSource } from '#client/tile-source.ts';
import { StoreTiles } from '#log-server/publishing/tile-publication.ts';
import { type LogReader, StoreError } from '#log-server/store/store.ts';
import { FolderFiles } from '#service/public-files/folder-files.ts';
import { post, problemOf, submittedOf } from '#test/support/http.ts';
import { freshReceipt, silent, startTestLog } from '#test/support/log.ts';
import { PlaceTiles } from '#test/support/place-tiles.ts';
import { tempFolder } from '#test/support/temp.ts';
import { until } from '#test/support/wait.ts';
import { describeTilePublication } from './tile-publication-suite.ts';

/** A folder that can be taken away: a file stands in its place then. */
function newFolder() {
  const folder = join(tempFolder(), 'tiles');
  const files = FolderFiles.open(folder);
  onTestFinished(() => files.close());
  return {
    files,
    breakDown() {
      renameSync(folder, `${folder}.away`);
      writeFileSync(folder, '');
    },
    mend() {
      renameSync(folder, `${folder}.broken`);
      renameSync(`${folder}.away`, folder);
    },
  };
}

describeTilePublication('the store', (store) => {
  let isBroken = false;
  const failing = new Proxy(store, {
    get(target, name) {
      if (isBroken) return () => Promise.reject(new StoreError('failed', 'injected'));
      return Reflect.get(target, name).bind(target);
    },
  });
  return {
    open: () => new StoreTiles(failing),
    breakDown: () => {
      isBroken = true;
    },
    mend: () => {
      isBroken = false;
    },
  };
});

describeTilePublication('a folder of files', (store) => {
  const { files, breakDown, mend } = newFolder();
  return { open: () => new PlaceTiles(files, store), breakDown, mend };
});

it('a log serves its tiles from such a place, stays as it is while that fails, and goes on', async () => {
  const { files, breakDown, mend } = newFolder();
  const publicationOf = (store: LogReader) => new PlaceTiles(files, store);
  const server = await startTestLog({ dependencies: { logger: silent, publicationOf } });
  onTestFinished(() => server.close());
  const log = server.logs[0]!;
  const entries = `${server.url}/v1/log/entries`;
  const audit = async () => {
    const options = { policy: log.policy, entryTypes: log.types };
    const report = await checkLog(new HttpTileSource(server.url), options);
    expect(report.problems).toEqual([]);
    return report.entriesChecked;
  };
  await submittedOf(await post(`${entries}?wait=proof`, freshReceipt()));
  await submittedOf(await post(`${entries}?wait=proof`, freshReceipt()));
  expect(await audit()).toBe(2);

  const signed = log.signedSize;
  breakDown();
  await submittedOf(await post(entries, freshReceipt()));
  await until(() => log.trouble !== undefined);
  const ready = await fetch(`${server.url}/readyz`);
  expect([ready.status, await ready.text()]).toEqual([
    503,
    expect.stringMatching(/nothing is published: Cannot read .*is not a folder/),
  ]);
  const refused = await problemOf(await post(entries, freshReceipt()));
  expect(refused).toMatchObject({ status: 503, code: 'tiles-unavailable' });
  // One that nobody has read yet: others are kept ready.
  const tile = await problemOf(await fetch(`${server.url}/tile/0/000.p/1`));
  expect(tile).toMatchObject({ status: 503, code: 'tiles-unavailable' });
  expect([log.signedSize, log.published?.size]).toEqual([signed, 2]);

  mend();
  await until(() => log.trouble === undefined && log.published?.size === 3);
  await submittedOf(await post(`${entries}?wait=proof`, freshReceipt()));
  expect(await audit()).toBe(4);
  expect(server.fatal).toEqual([]);
});
