/**
 * Installs the versions of PostgreSQL that the store is tested with, and the one of `tecp up --postgres embedded`:
 * `node test/support/install-postgres.ts`.
 */
import { EMBEDDED_LOCK } from '#cli/postgres/embedded.ts';
import { installPostgres } from '#cli/postgres/install.ts';
import { POSTGRES_LOCK } from './postgres-lock.ts';

await installPostgres(POSTGRES_LOCK);
await installPostgres(EMBEDDED_LOCK);
