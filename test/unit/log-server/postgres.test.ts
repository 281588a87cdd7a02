/** The PostgreSQL store: the contract on a real server. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe } from 'vitest';
import { StoreCopy } from '#log-server/mirror/store-copy.ts';
import { PostgresLocation } from '#log-server/store/postgres/location.ts';
import { Primary } from '#log-server/store/postgres/primary.ts';
import { parsePostgresUrl } from '#log-server/store/postgres/url.ts';
import { PostgresWriter } from '#log-server/store/postgres/writer.ts';
import { logKey } from '#test/support/log.ts';
import { TestPostgres } from '#test/support/postgres.ts';
import { POSTGRES_VERSIONS } from '#test/support/postgres-programs.ts';
import { memoryFolder } from '#test/support/temp.ts';
import { until } from '#test/support/wait.ts';
import { logKey as mirroredKey } from '#test/support/witnessed-source.ts';
import { describeMirrorCopy } from './mirror-copy-suite.ts';
import { describeStore } from './store-suite.ts';
import { describeWriter } from './writer-suite.ts';

const key = logKey();
const identity = { origin: key.verifier.name, verifierKey: key.verifier.text };

let server: TestPostgres;
let schemas = 0;

/** What a disk that is full says to whoever writes these. */
const WRITTEN = ['log', 'signed_checkpoints', 'published'];

function newPlace() {
  const schema = `place_${++schemas}`;
  const url = () => `${server.url()}?schema=${schema}&application_name=${schema}`;
  const run = async (...statements: string[]) => {
    await server.query([`SET search_path = ${schema}`, ...statements].join(';'));
  };
  return {
    url,
    stealLease: () => run('UPDATE log SET fencing = fencing + 1'),
    fill: () =>
      run(
        `CREATE FUNCTION no_room() RETURNS trigger LANGUAGE plpgsql AS
         $$ BEGIN RAISE EXCEPTION 'no space left on device' USING ERRCODE = 'disk_full'; END $$`,
        ...WRITTEN.map(
          (table) =>
            `CREATE TRIGGER a_no_room BEFORE INSERT OR UPDATE ON ${table} EXECUTE FUNCTION no_room()`,
        ),
      ),
    makeRoom: () => run('DROP FUNCTION no_room CASCADE'),
    kill: async () => {
      const writers = `FROM pg_stat_activity WHERE application_name = '${schema} writer'`;
      await server.query(`SELECT pg_terminate_backend(pid) ${writers}`);
      await until(async () => (await server.query(`SELECT 1 ${writers}`)).length === 0);
    },
  };
}

describe.skipIf(POSTGRES_VERSIONS.length === 0)('a real server', () => {
  describe.each(POSTGRES_VERSIONS)('$name', ({ programs }) => {
    beforeAll(async () => {
      server = await TestPostgres.start(programs);
    });
    afterAll(async () => {
      await server.stop();
    });

    describeStore('PostgreSQL', () => {
      const place = newPlace();
      return { ...place, location: new PostgresLocation(place.url()) };
    });

    // What a mirror asks of a store is the same on all versions.
    if (programs === POSTGRES_VERSIONS.at(-1)?.programs) {
      describeMirrorCopy('PostgreSQL', () => {
        const location = new PostgresLocation(newPlace().url());
        const evidencePath = join(memoryFolder(), 'mirror');
        const onLost = (error: Error) => {
          throw error;
        };
        const options = { key: mirroredKey.verifier, evidencePath, onLost };
        return {
          open: () => StoreCopy.open(location, options),
          readEvidence: (path) => readFileSync(path),
        };
      });
    }

    describeWriter('PostgreSQL', async () => {
      const place = newPlace();
      await new PostgresLocation(place.url()).create(identity);
      let fencing = 0;
      const open = async () => {
        const session = await new Primary(parsePostgresUrl(place.url())).connect('writer');
        const lease = {
          name: 'lease',
          text: 'UPDATE log SET fencing = fencing + 1 RETURNING fencing',
        };
        const [row] = await session.write<[number]>(lease, []);
        fencing = row![0];
        return new PostgresWriter(session, fencing);
      };
      return { writer: await open(), reopen: open, stealLease: place.stealLease };
    });
  });
});
