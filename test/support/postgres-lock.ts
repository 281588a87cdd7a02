import { fileURLToPath } from 'node:url';

/** The folder whose lock file names the versions of PostgreSQL that tests have. */
export const POSTGRES_LOCK = fileURLToPath(new URL('../postgres', import.meta.url));
