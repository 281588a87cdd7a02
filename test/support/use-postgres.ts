/** A real PostgreSQL server of the newest version for the tests of a file, or of a `describe`. */
import { afterAll, beforeAll } from 'vitest';
import { TestPostgres } from './postgres.ts';
import { POSTGRES_VERSIONS } from './postgres-programs.ts';

/** What gives it while the tests run; without any version there is none, and the tests are to be left out. */
export function usePostgres(): () => TestPostgres {
  let server: TestPostgres | undefined;
  beforeAll(async () => {
    const newest = POSTGRES_VERSIONS.at(-1);
    if (newest !== undefined) server = await TestPostgres.start(newest.programs);
  });
  afterAll(async () => {
    await server?.stop();
  });
  return () => server!;
}
