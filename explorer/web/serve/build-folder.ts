/** Where the web app is that has been built last: `explorer/web/build.ts` has made it, here or in the package. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { ConfigError, errorCode } from '#service/errors.ts';

// One file of a server that is bundled stands elsewhere: deploy/roles.ts says there what this is then.
const DIST = fileURLToPath(new URL('../dist/', import.meta.url));

/** Throws `ConfigError` where none has been built. */
export function buildFolder(dist: string = DIST): string {
  try {
    return join(dist, readFileSync(join(dist, 'current'), 'utf8'));
  } catch (error) {
    if (errorCode(error) !== 'ENOENT') throw error;
    throw new ConfigError(
      'The web app has not been built. Start this by ./tecp, or run node explorer/web/build.ts.',
    );
  }
}
