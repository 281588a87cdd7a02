/** Logs in databases of one server, for what PostgreSQL adds to the contract of a store. */
import { afterAll, beforeAll } from 'vitest';
import { PostgresLocation } from '#log-server/store/postgres/location.ts';
import type { LogStore } from '#log-server/store/store.ts';
import { TileBuilder } from '#protocol/merkle/tile-builder.ts';
import { logKey } from '#test/support/log.ts';
import { usePostgres } from '#test/support/use-postgres.ts';
import { batchOf, newEntries, signedHead } from './batches.ts';

export const key = logKey();
export const identity = { origin: key.verifier.name, verifierKey: key.verifier.text };

/** To be called where `usePostgres` may be. */
export function usePlaces() {
  const server = usePostgres();
  const open: LogStore[] = [];
  beforeAll(async () => {
    await server().query('CREATE ROLE owner LOGIN; CREATE ROLE log LOGIN');
  });
  afterAll(async () => {
    for (const store of open) await store.close();
  });
  return {
    server,

    /** Where no log is yet. */
    async newLocation(): Promise<PostgresLocation> {
      return new PostgresLocation(server().url(await server().newDatabase()));
    },

    /** With a log in it that is empty. */
    async newPlace() {
      const database = await server().newDatabase();
      const location = new PostgresLocation(server().url(database));
      await location.create(identity);
      return { database, location };
    },

    /** Where the tables belong to `owner`, and the log runs as `log`. */
    async ownedPlace() {
      const database = await server().newDatabase();
      await server().query(`GRANT CREATE ON DATABASE ${database} TO owner`);
      const location = new PostgresLocation(server().url(database, 'log'), 'owner');
      await location.create(identity);
      const as = (user: string) => (text: string) =>
        server().query(`SET search_path = tecp; ${text}`, { database, user });
      return { location, as };
    },

    /** Until the tests end. */
    async openAt(location: PostgresLocation): Promise<LogStore> {
      const store = await location.open(identity, () => undefined);
      open.push(store);
      return store;
    },
  };
}

/** A log of 20 entries, with one of everything else. */
export async function fill(store: LogStore): Promise<void> {
  const entries = newEntries(0, 20);
  await store.writer.sequence(entries);
  const head = signedHead(batchOf(TileBuilder.empty(), entries).grown);
  await store.writer.recordSigned(head, undefined);
  await store.writer.recordPublished(head.note, 20, [{ size: 20, note: head.note }]);
}
