/**
 * Where a log is in PostgreSQL: `postgres://user@host1,host2:5433/db?schema=tecp`, by the names of libpq.
 *
 * Strict, and written again in one spelling: configurations are shown, so a password is refused, and two
 * logs with one database are known by the name of their store.
 */

import { nearestName } from '#protocol/nearest.ts';
import { ConfigError } from '#service/errors.ts';

const SSL_MODES = ['disable', 'require', 'verify-ca', 'verify-full'] as const;
const FILES = ['sslrootcert', 'sslcert', 'sslkey'] as const;
const PARAMETERS = [
  'schema',
  'target_session_attrs',
  'sslmode',
  ...FILES,
  'application_name',
  'connect_timeout',
] as const;
const DEFAULT_PORT = 5432;
const MAX_HOSTS = 16;
const MAX_CONNECT_TIMEOUT_S = 300;

export type SslMode = (typeof SSL_MODES)[number];

export interface PostgresHost {
  /** A name, an address, or the folder of a socket. */
  readonly host: string;
  readonly port: number;
}

export interface PostgresUrl {
  readonly hosts: readonly PostgresHost[];
  readonly user: string;
  readonly database: string;
  /** The PostgreSQL schema that holds this one log. */
  readonly schema: string;
  /** Undefined: none on this machine, else `verify-full`. */
  readonly sslMode: SslMode | undefined;
  readonly sslRootCert: string | undefined;
  readonly sslCert: string | undefined;
  readonly sslKey: string | undefined;
  readonly applicationName: string;
  readonly connectTimeoutMs: number;
}

/** Whether the `database` of a configuration is meant for PostgreSQL. */
export function isPostgresUrl(database: string): boolean {
  return /^postgres(ql)?:/i.test(database);
}

/** Throws `ConfigError`, which never shows a password. */
export function parsePostgresUrl(text: string): PostgresUrl {
  const [, user, hosts, database, query] =
    /^postgres(?:ql)?:\/\/(?:([^@/?#]*)@)?([^@/?#]*)(?:\/([^/?#]*))?(?:\?([^#]*))?$/i.exec(text) ??
    [];
  if (hosts === undefined) {
    throw unusable(
      'expected a URL such as "postgres://user@host/db", with "%2F" for a slash in a name',
    );
  }
  if (user?.includes(':')) {
    throw unusable(
      'a password in it would be shown; use PGPASSFILE, ~/.pgpass, PGPASSWORD or a certificate',
    );
  }
  if (!user) throw unusable('it names no user');
  if (!database) throw unusable('it names no database');
  const parameters = parseParameters(query ?? '');
  return {
    hosts: parseHosts(hosts),
    user: decoded(user),
    database: decoded(database),
    schema: parseSchema(parameters.schema ?? 'tecp'),
    sslMode: parseSslMode(parameters.sslmode),
    sslRootCert: parameters.sslrootcert,
    sslCert: parameters.sslcert,
    sslKey: parameters.sslkey,
    applicationName: parameters.application_name ?? 'tecp',
    connectTimeoutMs: parseTimeout(parameters.connect_timeout ?? '10') * 1000,
  };
}

/** The URL with its files at absolute paths, as a configuration is read. Throws `ConfigError`. */
export function anchorPostgresUrl(text: string, absolute: (path: string) => string): string {
  parsePostgresUrl(text);
  const [place, query] = text.split('?') as [string, string | undefined];
  if (query === undefined) return text;
  const parameters = query.split('&').map((parameter) => {
    const [key, value] = parameter.split('=') as [string, string];
    const isFile = (FILES as readonly string[]).includes(key);
    return isFile ? `${key}=${encodeURIComponent(absolute(decoded(value)))}` : parameter;
  });
  return `${place}?${parameters.join('&')}`;
}

/** The same for every spelling of the same place. Says nothing of who connects, and how. */
export function nameOf({ hosts, database, schema }: PostgresUrl): string {
  const places = hosts.map(({ host, port }) => {
    return host.includes(':') ? `[${host}]:${port}` : `${encodeURIComponent(host)}:${port}`;
  });
  const place = [...new Set(places)].sort().join(',');
  return `postgres://${place}/${encodeURIComponent(database)}?schema=${schema}`;
}

/** The file of the high-water mark, of which several may stand side by side. */
export function markName({ database, schema }: PostgresUrl): string {
  return `${database.replace(/[^A-Za-z0-9._-]/g, '_')}.${schema}.high-water`;
}

function unusable(detail: string): ConfigError {
  return new ConfigError(`The URL of the PostgreSQL database cannot be used: ${detail}.`);
}

function decoded(text: string): string {
  try {
    const value = decodeURIComponent(text);
    if (!value.includes('\0')) return value;
  } catch {
    // As below.
  }
  throw unusable(`"${text}" is not percent-encoded`);
}

function parseHosts(text: string): PostgresHost[] {
  const hosts = text.split(',').map((one) => {
    const [, address, name, port] =
      /^(?:\[([0-9a-f:.]+)\]|([^:[\]]+))(?::(\d{1,5}))?$/i.exec(one) ?? [];
    const host = address ?? (name === undefined ? undefined : decoded(name));
    const number = port === undefined ? DEFAULT_PORT : Number(port);
    if (host === undefined || number < 1 || number > 65_535) {
      throw unusable(`"${one}" is not a host, or a host and a port`);
    }
    return { host: host.startsWith('/') ? host : host.toLowerCase(), port: number };
  });
  if (hosts.length > MAX_HOSTS) throw unusable(`it has more than ${MAX_HOSTS} hosts`);
  return hosts;
}

function parseParameters(query: string): { [key in (typeof PARAMETERS)[number]]?: string } {
  const found: Record<string, string> = {};
  for (const parameter of query === '' ? [] : query.split('&')) {
    const [, key, value] = /^([^=]+)=([^=]+)$/.exec(parameter) ?? [];
    if (key === undefined) throw unusable(`"${parameter.split('=')[0]}" has no value, or several`);
    if (!(PARAMETERS as readonly string[]).includes(key)) {
      const nearest = nearestName(key, PARAMETERS);
      const hint = nearest === undefined ? '' : `; did you mean "${nearest}"?`;
      throw unusable(`the parameter "${key}" is not known${hint}`);
    }
    if (found[key] !== undefined) throw unusable(`the parameter "${key}" is there twice`);
    found[key] = decoded(value!);
  }
  const attributes = found.target_session_attrs ?? 'read-write';
  if (attributes !== 'read-write') {
    throw unusable(
      '"target_session_attrs" can be "read-write" only, as a log reads what it has just written',
    );
  }
  return found;
}

/** Such as needs no quotes anywhere. */
function parseSchema(schema: string): string {
  if (/^[a-z_][a-z0-9_]{0,62}$/.test(schema) && !schema.startsWith('pg_')) return schema;
  throw unusable(
    '"schema" is to have small letters, digits and "_" only, and not to begin with "pg_"',
  );
}

function parseSslMode(mode: string | undefined): SslMode | undefined {
  const known = SSL_MODES.find((one) => one === mode);
  if (known === undefined && mode !== undefined) {
    throw unusable(`"sslmode" is one of ${SSL_MODES.join(', ')}`);
  }
  return known;
}

function parseTimeout(text: string): number {
  const seconds = /^\d{1,3}$/.test(text) ? Number(text) : 0;
  if (seconds >= 1 && seconds <= MAX_CONNECT_TIMEOUT_S) return seconds;
  throw unusable(`"connect_timeout" is 1 to ${MAX_CONNECT_TIMEOUT_S} seconds`);
}
