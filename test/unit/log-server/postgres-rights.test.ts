/** What no statement changes in a log's tables in PostgreSQL, whoever sends it. */
import { describe, expect, it } from 'vitest';
import { expectStoreSound } from '#test/support/check.ts';
import { POSTGRES_VERSIONS } from '#test/support/postgres-programs.ts';
import { fill, usePlaces } from './postgres-places.ts';

const FORBIDDEN = [
  ...['entries', 'signed_checkpoints', 'anchors', 'strips', 'log', 'published'].flatMap((table) => [
    `DELETE FROM ${table}`,
    `TRUNCATE ${table} CASCADE`,
  ]),
  "UPDATE entries SET bytes = ''",
  'UPDATE entries SET idx = idx + 100',
  "UPDATE signed_checkpoints SET note = ''",
  "UPDATE anchors SET note = ''",
  'UPDATE published SET size = size - 1',
  'UPDATE strips SET hashes = substring(hashes FROM 1 FOR 32)',
  'UPDATE strips SET hashes = sha256(hashes)',
  'UPDATE strips SET idx = idx + 1',
  'UPDATE log SET size = size - 1',
  'UPDATE log SET fencing = fencing - 1',
  "UPDATE log SET root = sha256('x')",
  "UPDATE log SET origin = 'other'",
  'INSERT INTO entries (idx, bytes) SELECT idx + 100, bytes FROM entries',
  'INSERT INTO log SELECT 2, origin, verifier_key, size, root, fencing FROM log',
  'INSERT INTO anchors SELECT * FROM anchors ON CONFLICT (size) DO UPDATE SET size = 1',
];

describe.skipIf(POSTGRES_VERSIONS.length === 0)('the PostgreSQL store is append-only', () => {
  const { server, newPlace, openAt, ownedPlace } = usePlaces();

  it('for the owner of its tables, by triggers that no session turns off', async () => {
    const { location, as } = await ownedPlace();
    const store = await openAt(location);
    await fill(store);
    for (const text of FORBIDDEN) {
      await expect(as('owner')(text), text).rejects.toMatchObject({
        code: expect.stringMatching(/^23/),
      });
    }
    const replica = 'SET session_replication_role = replica; DELETE FROM entries';
    await expect(as('postgres')(replica)).rejects.toMatchObject({ code: '23001' });
    await expectStoreSound(store.reader);
  });

  it('and ended, for whoever has it open', async () => {
    const { location, as } = await ownedPlace();
    const store = await openAt(location);
    const { writer } = store;
    await fill(store);
    await writer.freeze();
    const refused = async (...texts: string[]) => {
      for (const text of texts) {
        for (const user of ['owner', 'log']) {
          await expect(as(user)(text), text).rejects.toMatchObject({ code: '23001' });
        }
      }
    };
    await refused(
      "INSERT INTO entries VALUES (20, 'new')",
      'INSERT INTO strips SELECT level + 1, idx, hashes FROM strips',
      'UPDATE strips SET hashes = hashes || sha256(hashes) WHERE level = 0 AND idx = 1',
      "UPDATE log SET size = 21, root = sha256('x')",
      'UPDATE log SET frozen = false',
    );
    await writer.moveTo('elsewhere');
    await refused(
      "INSERT INTO signed_checkpoints VALUES (21, sha256('x'), 'note')",
      "INSERT INTO anchors VALUES (21, 'note')",
      "UPDATE published SET size = 21, note = 'note'",
      'UPDATE log SET fencing = fencing + 1',
      'UPDATE log SET moved_to = NULL',
    );
  });

  it('for the role that the log runs as, which may not even try', async () => {
    const { location, as } = await ownedPlace();
    const store = await openAt(location);
    expect(store.caution).toBeUndefined();
    await fill(store);
    for (const text of FORBIDDEN) {
      await expect(as('log')(text), text).rejects.toMatchObject({
        code: expect.stringMatching(/^(42501|23)/),
      });
    }
    const more = [
      'ALTER TABLE entries DISABLE TRIGGER ALL',
      'DROP TRIGGER append_only ON entries',
      'DROP TABLE entries CASCADE',
      'CREATE TABLE other ()',
      'DROP INDEX entries_leaf_hash',
      'UPDATE schema_version SET version = 0',
      'CREATE OR REPLACE FUNCTION append_only() RETURNS trigger LANGUAGE sql AS $$ SELECT 1 $$',
      'SET ROLE owner',
    ];
    for (const text of more) {
      await expect(as('log')(text), text).rejects.toMatchObject({ code: '42501' });
    }
    await expectStoreSound(store.reader);
  });

  it('and says at each start where only triggers see to it', async () => {
    const { location } = await newPlace();
    expect((await openAt(location)).caution).toMatch(/only triggers/);
  });

  it('refuses a hash that is in the log, whatever a writer says that it is', async () => {
    const { database, location } = await newPlace();
    await fill(await openAt(location));
    const twice = "INSERT INTO tecp.entries VALUES (20, 'entry 7')";
    await expect(server().query(twice, { database })).rejects.toMatchObject({
      code: '23505',
      constraint: 'entries_leaf_hash',
    });
  });
});
