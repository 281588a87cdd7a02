/** Copies of a log in PostgreSQL, which are databases of SQLite. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import Database from 'better-sqlite3';
import { describe, expect, it } from 'vitest';
import { SqliteLocation } from '#log-server/store/sqlite/location.ts';
import { SqliteReader } from '#log-server/store/sqlite/reader.ts';
import { ConfigError } from '#service/errors.ts';
import { expectStoreSound } from '#test/support/check.ts';
import { POSTGRES_VERSIONS } from '#test/support/postgres-programs.ts';
import { tempFolder } from '#test/support/temp.ts';
import { fill, identity, usePlaces } from './postgres-places.ts';

const quiet = { onProgress: () => undefined, check: expectStoreSound };

describe.skipIf(POSTGRES_VERSIONS.length === 0)('copies of a PostgreSQL store', () => {
  const { newLocation, newPlace, openAt } = usePlaces();

  it('are databases of SQLite, and become stores of either kind with all that they had', async () => {
    const { location } = await newPlace();
    const store = await openAt(location);
    await fill(store);
    const file = join(tempFolder(), 'copy');
    await location.backUp(identity, file, { ...quiet, replace: false });
    const path = join(tempFolder(), 'log.db');
    await new SqliteLocation(path).restore(identity, file, quiet);
    const sqlite = SqliteReader.openAlone(path, identity);
    const elsewhere = await newLocation();
    await elsewhere.restore(identity, file, quiet);
    const postgres = await elsewhere.openReader(identity);
    for (const reader of [sqlite, postgres]) {
      expect(await reader.lastSigned()).toEqual(await store.reader.lastSigned());
      expect(await reader.published()).toBe(await store.reader.published());
      expect(await reader.anchor(20)).toEqual(await store.reader.anchor(20));
      await expectStoreSound(reader);
      await reader.close();
    }
  });

  it.each([1, 2, 3, 4, 5])(
    'may be of schema %i of SQLite, and stay what they are',
    async (version) => {
      const old = new URL(`old-databases/schema-${version}.db.gz`, import.meta.url);
      const before = gunzipSync(readFileSync(old));
      const file = join(tempFolder(), 'copy');
      writeFileSync(file, before);
      const location = await newLocation();
      await location.restore(identity, file, quiet);
      expect(readFileSync(file).equals(before)).toBe(true);
      const reader = await location.openReader(identity);
      expect((await reader.treeHead()).size).toBe(300);
      await reader.close();
    },
  );

  it('of a log that has moved say where it is, and never become one that could be opened', async () => {
    const { location } = await newPlace();
    const store = await openAt(location);
    await fill(store);
    await store.writer.moveTo('elsewhere');
    const file = join(tempFolder(), 'copy');
    await location.backUp(identity, file, { ...quiet, replace: false });
    const elsewhere = await newLocation();
    const path = new SqliteLocation(join(tempFolder(), 'log.db'));
    for (const restored of [elsewhere, path]) {
      await restored.restore(identity, file, quiet);
      const opening = restored.open(identity, () => undefined);
      await expect(opening).rejects.toThrow(/has moved from .* to elsewhere/);
    }
  });

  it('are made of no store that has not arrived yet', async () => {
    const { location } = await newPlace();
    await fill(await openAt(location));
    const file = join(tempFolder(), 'copy');
    await location.backUp(identity, file, { ...quiet, replace: false });
    const elsewhere = await newLocation();
    await elsewhere.restore(identity, file, { ...quiet, arrivingFrom: 'there' });
    const copying = elsewhere.backUp(identity, `${file}-2`, { ...quiet, replace: false });
    await expect(copying).rejects.toThrow(/never finished, of the log at there/);
  });

  it('that are damaged become nothing', async () => {
    const { location } = await newPlace();
    await fill(await openAt(location));
    const file = join(tempFolder(), 'copy');
    await location.backUp(identity, file, { ...quiet, replace: false });
    const db = new Database(file);
    db.exec("DROP TRIGGER entries_no_update; UPDATE entries SET bytes = x'00' WHERE idx = 3");
    db.close();
    const elsewhere = await newLocation();
    await expect(elsewhere.restore(identity, file, quiet)).rejects.toBeInstanceOf(ConfigError);
    expect(await elsewhere.exists()).toBe(false);
  });
});
