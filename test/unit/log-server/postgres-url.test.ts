/** URLs of PostgreSQL, and the passwords that are not in them. */
import { chmodSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { logServerConfigSchema } from '#log-server/config.ts';
import { locateStore } from '#log-server/store/open-store.ts';
import { findPassword, passwordOf } from '#log-server/store/postgres/passwords.ts';
import { anchorPostgresUrl, nameOf, parsePostgresUrl } from '#log-server/store/postgres/url.ts';
import { parseConfig } from '#service/config.ts';
import { ConfigError } from '#service/errors.ts';
import { tempFile } from '#test/support/temp.ts';

const parameters = (query: string) => parsePostgresUrl(`postgres://tecp@db/log?${query}`);

describe('a URL of PostgreSQL', () => {
  it('names hosts, ports, user, database and schema, with the defaults of libpq', () => {
    expect(parsePostgresUrl('postgres://tecp@one,Two:5433,[::1]:6000/log')).toMatchObject({
      hosts: [
        { host: 'one', port: 5432 },
        { host: 'two', port: 5433 },
        { host: '::1', port: 6000 },
      ],
      user: 'tecp',
      database: 'log',
      schema: 'tecp',
      sslMode: undefined,
      connectTimeoutMs: 10_000,
    });
    const socket = parsePostgresUrl('postgresql://a%40b@%2Frun%2Fpostgresql/my%20log');
    expect(socket).toMatchObject({
      hosts: [{ host: '/run/postgresql', port: 5432 }],
      user: 'a@b',
      database: 'my log',
    });
  });

  it('has parameters by the names of libpq, and one of ours', () => {
    const all =
      'schema=log_2&target_session_attrs=read-write&sslmode=verify-ca&sslrootcert=/ca.pem&sslcert=/c.pem' +
      '&sslkey=/k.pem&application_name=log%201&connect_timeout=3';
    expect(parameters(all)).toMatchObject({
      schema: 'log_2',
      sslMode: 'verify-ca',
      sslRootCert: '/ca.pem',
      sslCert: '/c.pem',
      sslKey: '/k.pem',
      applicationName: 'log 1',
      connectTimeoutMs: 3000,
    });
  });

  it.each([
    ['postgres://tecp@db', 'names no database'],
    ['postgres://db/log', 'names no user'],
    ['postgres:tecp', 'expected a URL'],
    ['postgres://tecp@db/log#x', 'expected a URL'],
    ['postgres://tecp@db:0/log', 'not a host'],
    ['postgres://tecp@db:99999/log', 'not a host'],
    ['postgres://tecp@/log', 'not a host'],
    ['postgres://tecp@a,,b/log', 'not a host'],
    ['postgres://tecp@db/%zz', 'percent-encoded'],
    ['postgres://tecp@db/log?shcema=a', '"shcema" is not known; did you mean "schema"?'],
    ['postgres://tecp@db/log?password=a', '"password" is not known'],
    ['postgres://tecp@db/log?schema=a&schema=b', 'twice'],
    ['postgres://tecp@db/log?schema', 'no value'],
    ['postgres://tecp@db/log?schema=Log', '"schema" is to have'],
    ['postgres://tecp@db/log?schema=pg_log', '"schema" is to have'],
    ['postgres://tecp@db/log?sslmode=prefer', '"sslmode" is one of'],
    ['postgres://tecp@db/log?target_session_attrs=any', 'read-write'],
    ['postgres://tecp@db/log?connect_timeout=0', '1 to 300'],
  ])('is refused if it is not one: %s', (url, expected) => {
    expect(() => parsePostgresUrl(url)).toThrow(ConfigError);
    expect(() => parsePostgresUrl(url)).toThrow(expected);
  });

  it('with a password is refused, and the password not shown', () => {
    const parse = () => parsePostgresUrl('postgres://tecp:secret@db/log');
    expect(parse).toThrow(/PGPASSFILE/);
    expect(parse).not.toThrow(/secret/);
  });

  it('is the same place in every spelling, whoever connects', () => {
    const names = [
      'postgres://tecp@db,other:5433/log',
      'postgresql://other@DB:5432,other:5433/log?schema=tecp&sslmode=disable',
      'postgres://tecp@other:5433,db,db/log?application_name=x',
    ].map((url) => nameOf(parsePostgresUrl(url)));
    expect(new Set(names)).toEqual(new Set(['postgres://db:5432,other:5433/log?schema=tecp']));
    expect(nameOf(parsePostgresUrl('postgres://tecp@db/log?schema=b'))).not.toBe(names[0]);
  });

  it('finds its files from the folder of the configuration, and the mark stands there', () => {
    const config = (database: string) =>
      parseConfig(
        JSON.stringify({ logs: [{ key: 'k', database, policy: 'p' }] }),
        '/etc/tecp/log.yaml',
        logServerConfigSchema,
      ).logs[0]!;
    const log = config('postgres://tecp@db/log?sslrootcert=ca.pem&schema=a');
    expect(log.database).toBe('postgres://tecp@db/log?sslrootcert=%2Fetc%2Ftecp%2Fca.pem&schema=a');
    expect(log.high_water_mark).toBe('/etc/tecp/log.a.high-water');
    expect(locateStore(log).name).toBe('postgres://db:5432/log?schema=a');
    expect(config('log.db').database).toBe('/etc/tecp/log.db');
    expect(() => config('postgres://tecp@db/log?sslmod=x')).toThrow(
      /^\/etc\/tecp\/log.yaml: "logs\[0\].database": the URL .* did you mean "sslmode"\?\.$/,
    );
  });

  it('stays as it is where it names no file', () => {
    const url = 'postgres://tecp@db/log?schema=a';
    expect(anchorPostgresUrl(url, () => '/no')).toBe(url);
    expect(anchorPostgresUrl('postgres://tecp@db/log', () => '/no')).toBe('postgres://tecp@db/log');
  });
});

describe('a password', () => {
  const owner = { host: 'db', port: 5432, database: 'log', user: 'tecp' };
  const file = [
    '# a comment:5432:log:tecp:no',
    'other:5432:log:tecp:no',
    'db:5433:*:*:no',
    String.raw`db:*:log:tecp:a\:b\\c`,
    '*:*:*:*:last',
  ].join('\n');

  it('is that of the first line of the file that fits', () => {
    expect(findPassword(file, owner)).toBe(String.raw`a:b\c`);
    expect(findPassword(file, { ...owner, user: 'else' })).toBe('last');
    expect(findPassword('db:5432:log', owner)).toBeUndefined();
    expect(findPassword('localhost:5432:log:tecp:x', { ...owner, host: '/run' })).toBe('x');
  });

  it('is that of the environment first, and of no file that others may read', () => {
    const path = tempFile('pgpass', file);
    expect(passwordOf(owner, { PGPASSWORD: 'environment', PGPASSFILE: path })).toBe('environment');
    expect(passwordOf(owner, { PGPASSFILE: path })).toBe(String.raw`a:b\c`);
    chmodSync(path, 0o640);
    expect(() => passwordOf(owner, { PGPASSFILE: path })).toThrow(ConfigError);
    expect(() => passwordOf(owner, { PGPASSFILE: `${path}.not` })).toThrow(ConfigError);
  });
});
