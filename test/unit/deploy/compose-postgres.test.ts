/** The compose file with PostgreSQL: what holds of every service of it. `test/system/compose-postgres.test.ts` runs it. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { ROOT } from '#test/unit/docs/markdown.ts';

const DEPLOY = join(ROOT, 'deploy');
const read = (path: string) => readFileSync(join(DEPLOY, path), 'utf8');

interface Service {
  readonly image: string;
  readonly user: string;
  readonly read_only: boolean;
  readonly cap_drop: readonly string[];
  readonly restart: string;
  readonly ports?: readonly string[];
  readonly networks: unknown;
  readonly volumes: readonly string[];
  readonly extends?: unknown;
}

describe('the compose file with PostgreSQL', () => {
  const alone = parse(read('compose.yaml'), { merge: true });
  const compose = parse(read('compose-postgres.yaml'), { merge: true });
  const all = Object.entries<Service>(compose.services);
  const own = all.filter(([, service]) => service.extends === undefined);

  it('has two databases, two front ends and what is before them; all else is that of the other file', () => {
    expect(own.map(([name]) => name)).toEqual(['db-1', 'db-2', 'log-1', 'log-2', 'log']);
    for (const [name, service] of all.filter((one) => !own.includes(one))) {
      expect(service.extends).toEqual({ file: 'compose.yaml', service: name });
      expect(alone.services[name], name).toBeDefined();
    }
    expect(compose['x-server']).toEqual(alone['x-server']);
  });

  it.each(own)(
    'runs %s without root and without writable root, of an exact version',
    (_, service) => {
      expect(service.image).toMatch(/:\d+\.\d+(\.\d+)?(-bookworm)?$/);
      expect(service.user).toMatch(/^[1-9]\d*:[1-9]\d*$/);
      expect(service.read_only).toBe(true);
      expect(service.cap_drop).toEqual(['ALL']);
      for (const port of service.ports ?? []) expect(port).toMatch(/^127\.0\.0\.1:/);
    },
  );

  it('starts no database again by itself, and lets nobody to them but the front ends', () => {
    const near = (name: string) =>
      JSON.stringify(compose.services[name].networks).includes('database');
    for (const [name, { restart, networks }] of own) {
      expect(near(name), name).toBe(name !== 'log');
      if (!name.startsWith('db-')) continue;
      expect(restart).toBe('no');
      expect(networks).toEqual(['database']);
    }
    expect(compose.networks.database.internal).toBe(true);
  });

  it('has front ends where nginx looks for them, and every volume', () => {
    const addresses = ['log-1', 'log-2'].map(
      (name) => compose.services[name].networks.tecp.ipv4_address,
    );
    const prefix = /s\/10\\\.0\\\.0\\\.\/([\d.]+)\//.exec(read('compose-init.sh'))![1]!;
    const servers = Array.from(
      read('load-balancer/nginx.conf').matchAll(/server 10\.0\.0\.(\d+):8400/g),
    );
    expect(servers.map(([, last]) => prefix + last)).toEqual(addresses);
    const named = all.flatMap(([name, { volumes = alone.services[name]?.volumes }]) => volumes);
    const used = named
      .map((mount: string) => mount.split(':')[0]!)
      .filter((name) => /^\w/.test(name));
    expect(Object.keys(compose.volumes).sort()).toEqual([...new Set(used)].sort());
  });
});
