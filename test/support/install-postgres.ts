/** Installs the versions of PostgreSQL that the store is tested with: `node test/support/install-postgres.ts`. */
import { installPostgres } from '#cli/postgres/install.ts';
import { POSTGRES_LOCK } from './postgres-programs.ts';

await installPostgres(POSTGRES_LOCK);
