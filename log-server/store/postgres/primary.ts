/**
 * The way to the primary: of the hosts of a URL the one that takes writes, which `pg` itself does not look for.
 *
 * Readers go there too: a standby is behind, and a log answers with what it has just written.
 */
import { isIP } from 'node:net';
import type { ClientConfig } from 'pg';
import { readBoundedFile } from '#service/bounded-file.ts';
import { ConfigError } from '#service/errors.ts';
import { describe, openingError } from './errors.ts';
import { passwordOf } from './passwords.ts';
import { Session } from './session.ts';
import { nameOf, type PostgresHost, type PostgresUrl } from './url.ts';

const MAX_PEM_BYTES = 1 << 20;
const KEEP_ALIVE_MS = 10_000;
/** Of a transaction whose client says nothing: it may be gone, and holds locks. */
const IDLE_IN_TRANSACTION_MS = 60_000;
const STATEMENT_TIMEOUT_MS = 30_000;
/** Of statements that read a little: a client waits for each. */
const READ_TIMEOUT_MS = 10_000;
/**
 * What readers leave of the connections that a server has: a writer that has lost its own finds one, however many clients
 * read, and so does an operator's command.
 */
const SPARE_CONNECTIONS = 3;

/**
 * Every statement here is to use an index, also in a table of which the planner knows nothing yet, and is planned
 * once. `warning`: what a write is told beside its result is never a mere notice.
 */
const SETTINGS = {
  client_min_messages: 'warning',
  enable_bitmapscan: 'off',
  enable_hashjoin: 'off',
  enable_mergejoin: 'off',
  enable_seqscan: 'off',
  idle_in_transaction_session_timeout: IDLE_IN_TRANSACTION_MS,
  jit: 'off',
  max_parallel_workers_per_gather: 0,
  plan_cache_mode: 'force_generic_plan',
};

/** Also how many connections the server still has for whoever is not its superuser, beside this one. */
const STANDING = {
  name: 'standing',
  text: `
    SELECT current_setting('transaction_read_only'),
      current_setting('max_connections')::int4
        - current_setting('superuser_reserved_connections')::int4
        - coalesce(current_setting('reserved_connections', true), '0')::int4
        - (SELECT sum(numbackends) FROM pg_stat_database)::int4`,
};

interface Wanted {
  /** Shown by the server. */
  readonly purpose: string;
  readonly user: string;
  readonly statementTimeoutMs: number;
  /** How many connections of the server's are to be left. */
  readonly spare: number;
}

export class Primary {
  readonly #url: PostgresUrl;
  /** The host that was it last. Owned by `connect`. */
  #last = 0;

  constructor(url: PostgresUrl) {
    this.#url = url;
  }

  /**
   * A connection to the first host that takes writes, from the one on that did last. `purpose` is shown by
   * the server; another `user` than that of the URL may be named. Rejects with `ConfigError`, `PassingError`.
   */
  async connect(purpose: string, user = this.#url.user): Promise<Session> {
    return await this.#connect({
      purpose,
      user,
      statementTimeoutMs: STATEMENT_TIMEOUT_MS,
      spare: 0,
    });
  }

  /** The same for a pool of readers, whose first connection is one that it cannot do without. */
  async connectReader(isFirst: boolean): Promise<Session> {
    return await this.#connect({
      purpose: 'reader',
      user: this.#url.user,
      statementTimeoutMs: READ_TIMEOUT_MS,
      spare: isFirst ? 0 : SPARE_CONNECTIONS,
    });
  }

  async #connect(wanted: Wanted): Promise<Session> {
    const { hosts } = this.#url;
    const failures: { host: PostgresHost; error: unknown }[] = [];
    for (let i = 0; i < hosts.length; i++) {
      const at = (this.#last + i) % hosts.length;
      const host = hosts[at]!;
      try {
        const session = await this.#open(host, wanted);
        this.#last = at;
        return session;
      } catch (error) {
        failures.push({ host, error });
      }
    }
    throw this.#openingError(failures);
  }

  async #open(host: PostgresHost, wanted: Wanted): Promise<Session> {
    const { statementTimeoutMs, spare } = wanted;
    const session = await Session.open(this.#clientConfig(host, wanted), statementTimeoutMs);
    try {
      const [row] = await session.read<[string, number]>(STANDING, []);
      const [readOnly, left] = row!;
      if (readOnly !== 'off') {
        throw new Error('it takes no writes: it is a standby, or set to read only');
      }
      if (left < spare) throw new Error('its last connections are left to writers');
      return session;
    } catch (error) {
      await session.close();
      throw error;
    }
  }

  #clientConfig({ host, port }: PostgresHost, wanted: Wanted): ClientConfig {
    const { purpose, user, statementTimeoutMs } = wanted;
    const { database, schema, applicationName, connectTimeoutMs } = this.#url;
    const settings = {
      search_path: `${schema},pg_temp`,
      statement_timeout: statementTimeoutMs,
      ...SETTINGS,
    };
    const password = passwordOf({ host, port, database, user });
    return {
      host,
      port,
      user,
      database,
      ...(password !== undefined && { password }),
      ssl: tlsOf(this.#url, host),
      application_name: `${applicationName} ${purpose}`,
      connectionTimeoutMillis: connectTimeoutMs,
      keepAlive: true,
      keepAliveInitialDelayMillis: KEEP_ALIVE_MS,
      options: Object.entries(settings)
        .map(([name, value]) => `-c ${name}=${value}`)
        .join(' '),
    };
  }

  #openingError(failures: readonly { host: PostgresHost; error: unknown }[]): Error {
    const what = `the database ${nameOf(this.#url)}`;
    if (failures.length === 1) return openingError(what, failures[0]!.error);
    const said = failures.map(({ host: { host, port }, error }) => {
      return `${host}:${port}: ${describe(error)}`;
    });
    const wrong = failures.every(({ error }) => openingError(what, error) instanceof ConfigError);
    const all = `${what}: ${said.join('; ')}.`;
    return wrong
      ? new ConfigError(`Cannot use ${all}`)
      : openingError(what, new Error(said.join('; ')));
  }
}

/** What libpq does for the same words. Throws `ConfigError` for files that cannot be read. */
function tlsOf(url: PostgresUrl, host: string): ClientConfig['ssl'] {
  const mode = url.sslMode ?? (isHere(host) ? 'disable' : 'verify-full');
  if (mode === 'disable' || host.startsWith('/')) return false;
  const pem = (path: string | undefined, what: string) =>
    path === undefined ? undefined : readBoundedFile(path, what, MAX_PEM_BYTES);
  const ca = pem(url.sslRootCert, 'the root certificate');
  const cert = pem(url.sslCert, 'the certificate');
  const key = pem(url.sslKey, 'the key of the certificate');
  return {
    ...(ca && { ca }),
    ...(cert && { cert }),
    ...(key && { key }),
    // `require` trusts anybody, but not where it was told whom to trust.
    rejectUnauthorized: mode !== 'require' || ca !== undefined,
    ...(mode !== 'verify-full' && { checkServerIdentity: () => undefined }),
    // With an address Node.js would compare the certificate with "localhost".
    ...(isIP(host) !== 0 && { host }),
  };
}

function isHere(host: string): boolean {
  return host.startsWith('/') || host === 'localhost' || host === '::1' || /^127\./.test(host);
}
