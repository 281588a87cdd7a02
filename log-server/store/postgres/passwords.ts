/**
 * Whose password it is, out of the environment and the file that libpq reads: PGPASSWORD, else the first line of
 * PGPASSFILE or `~/.pgpass` that fits, `host:port:database:user:password` with `*` for any.
 *
 * `pg` reads the file too, and will no longer from its next major version on.
 */
import { statSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { readBoundedFile } from '#service/bounded-file.ts';
import { ConfigError } from '#service/errors.ts';
import type { PostgresHost } from './url.ts';

const MAX_FILE_BYTES = 1 << 20;

export interface PasswordOwner extends PostgresHost {
  readonly database: string;
  readonly user: string;
}

/** Undefined if there is none. Throws `ConfigError`, also for a file that others may read. */
export function passwordOf(
  owner: PasswordOwner,
  environment: NodeJS.ProcessEnv = process.env,
): string | undefined {
  if (environment.PGPASSWORD !== undefined) return environment.PGPASSWORD;
  const path = environment.PGPASSFILE ?? join(homedir(), '.pgpass');
  const file = statSync(path, { throwIfNoEntry: false });
  if (file === undefined && environment.PGPASSFILE === undefined) return undefined;
  if (((file?.mode ?? 0) & 0o077) !== 0) {
    throw new ConfigError(`${path} holds passwords, and others may read it: chmod 600 it.`);
  }
  const text = readBoundedFile(path, 'the password file', MAX_FILE_BYTES).toString();
  return findPassword(text, owner);
}

/** The password of the first line that fits. */
export function findPassword(text: string, owner: PasswordOwner): string | undefined {
  // What libpq looks for where the host is the folder of a socket.
  const host = owner.host.startsWith('/') ? 'localhost' : owner.host;
  const wanted = [[owner.host, host], [String(owner.port)], [owner.database], [owner.user]];
  for (const line of text.split(/\r?\n/)) {
    if (line.startsWith('#')) continue;
    const fields = fieldsOf(line);
    const fits = wanted.every((values, i) => fields[i] === '*' || values.includes(fields[i] ?? ''));
    if (fits && fields.length >= 5) return fields[4];
  }
  return undefined;
}

/** Separated by colons; a backslash takes the character after it as it is. */
function fieldsOf(line: string): string[] {
  return (line.match(/(?:^|:)((?:\\.|[^\\:])*)/gs) ?? []).map((field) =>
    field.replace(/^:/, '').replace(/\\(.)/gs, '$1'),
  );
}
