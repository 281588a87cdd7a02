/** TLS on the way to PostgreSQL: whom each `sslmode` trusts, against a real server with certificates. */
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Primary } from '#log-server/store/postgres/primary.ts';
import { parsePostgresUrl } from '#log-server/store/postgres/url.ts';
import { ConfigError } from '#service/errors.ts';
import { type Certificate, TestAuthority } from '#test/support/certificates.ts';
import { freeBasePort } from '#test/support/ports.ts';
import { TestPostgres } from '#test/support/postgres.ts';
import { POSTGRES_VERSIONS } from '#test/support/postgres-programs.ts';
import { until } from '#test/support/wait.ts';

const newest = POSTGRES_VERSIONS.at(-1);

describe.skipIf(newest === undefined)('TLS to PostgreSQL', () => {
  let postgres: TestPostgres;
  let port: number;
  let authority: TestAuthority;
  let other: TestAuthority;
  let user: Certificate;

  beforeAll(async () => {
    authority = new TestAuthority();
    other = new TestAuthority();
    user = authority.issue('tecp_user');
    port = await freeBasePort();
    postgres = await TestPostgres.start(newest!.programs, {
      listen_addresses: '127.0.0.1',
      port: String(port),
    });
    await show(authority.issue('localhost', 'DNS:localhost'));
    await postgres.query('CREATE ROLE tecp_user LOGIN');
    const rules = `local all all trust\nhostssl all tecp_user all cert\nhost all postgres all trust`;
    const file = join(postgres.folder, 'data/pg_hba.conf');
    await postgres.query(`COPY (SELECT unnest(string_to_array('${rules}', E'\\n'))) TO '${file}'`);
    await reload();
  });
  afterAll(async () => {
    await postgres?.stop();
  });

  /** Has the server show this certificate to whoever comes next. */
  async function show({ certificate, key }: Certificate): Promise<void> {
    for (const [file, name] of [
      [certificate, 'ssl_cert_file'],
      [key, 'ssl_key_file'],
      [authority.root, 'ssl_ca_file'],
    ] as const) {
      const copy = join(postgres.folder, 'data', `${name}.pem`);
      execFileSync('cp', [file, copy]);
      execFileSync('chown', ['--reference', join(postgres.folder, 'data'), copy]);
      execFileSync('chmod', ['600', copy]);
      await postgres.query(`ALTER SYSTEM SET ${name} = '${copy}'`);
    }
    await postgres.query('ALTER SYSTEM SET ssl = on');
    await reload();
  }

  async function reload(): Promise<void> {
    const loaded = 'SELECT pg_conf_load_time()::text';
    const [before] = await postgres.query(loaded);
    await postgres.query('SELECT pg_reload_conf()');
    await until(async () => (await postgres.query(loaded))[0]![0] !== before![0]);
  }

  /** Whether the connection that comes about is encrypted. */
  async function connect(parameters: string, { host = 'localhost', role = 'postgres' } = {}) {
    const url = `postgres://${role}@${host}:${port}/postgres?${parameters}`;
    const session = await new Primary(parsePostgresUrl(url)).connect('test');
    try {
      const text = 'SELECT ssl::text FROM pg_stat_ssl WHERE pid = pg_backend_pid()';
      const [row] = await session.read<[string]>({ name: 'ssl', text }, []);
      return row?.[0] === 'true';
    } finally {
      await session.close();
    }
  }
  const root = ({ root }: TestAuthority) => `sslrootcert=${encodeURIComponent(root)}`;

  /** With exit code 2, and by name what is to be mended. */
  const refused = async (connecting: Promise<unknown>, said: RegExp) => {
    const error: Error = await connecting.then(
      () => new Error('it was taken'),
      (reason) => reason,
    );
    expect(error).toBeInstanceOf(ConfigError);
    expect(error.message).toMatch(said);
    expect(error.message).toMatch(/^Cannot use the database postgres:\/\/.*"sslrootcert".*\.$/);
  };

  it('verify-full takes the certificate of the name, and of no other authority or name', async () => {
    const full = 'sslmode=verify-full';
    expect(await connect(`${full}&${root(authority)}`)).toBe(true);
    await refused(connect(`${full}&${root(other)}`), /certificate/);
    await refused(connect(full), /certificate/);
    const elsewhere = connect(`${full}&${root(authority)}`, { host: '127.0.0.1' });
    await refused(elsewhere, /127\.0\.0\.1.*cert/);
  });

  it('verify-ca takes any name of the authority, and no other authority', async () => {
    const host = '127.0.0.1';
    expect(await connect(`sslmode=verify-ca&${root(authority)}`, { host })).toBe(true);
    await refused(connect(`sslmode=verify-ca&${root(other)}`, { host }), /certificate/);
  });

  it('require encrypts and trusts anybody, unless it is told whom to trust', async () => {
    expect(await connect('sslmode=require')).toBe(true);
    expect(await connect('sslmode=require', { host: '127.0.0.1' })).toBe(true);
    await refused(connect(`sslmode=require&${root(other)}`), /certificate/);
  });

  it('an address can be what the certificate names', async () => {
    await show(authority.issue('address', 'IP:127.0.0.1'));
    const full = `sslmode=verify-full&${root(authority)}`;
    expect(await connect(full, { host: '127.0.0.1' })).toBe(true);
    await refused(connect(full), /localhost.*cert/);
    await show(authority.issue('localhost', 'DNS:localhost'));
  });

  it('a user is let in by a certificate of his', async () => {
    const role = 'tecp_user';
    const trusting = `sslmode=verify-full&${root(authority)}`;
    const own = `sslcert=${encodeURIComponent(user.certificate)}&sslkey=${encodeURIComponent(user.key)}`;
    expect(await connect(`${trusting}&${own}`, { role })).toBe(true);
    await expect(connect(trusting, { role })).rejects.toThrow('client certificate');
  });

  it('a server without TLS is not spoken to in the clear', async () => {
    await postgres.query('ALTER SYSTEM SET ssl = off');
    await reload();
    for (const mode of ['require', 'verify-ca', 'verify-full']) {
      await expect(connect(`sslmode=${mode}`), mode).rejects.toThrow('does not support SSL');
    }
    expect(await connect('sslmode=disable')).toBe(false);
  });
});
