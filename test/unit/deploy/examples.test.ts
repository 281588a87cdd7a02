/** What deploy/ hands out fits the program: configurations, compose file, its set-up, units. */
import { execFile, execFileSync } from 'node:child_process';
import { once } from 'node:events';
import {
  copyFileSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { bastionConfigSchema } from '#bastion/config.ts';
import { explorerConfigSchema } from '#explorer/config.ts';
import { logServerConfigSchema } from '#log-server/config.ts';
import { mirrorConfigSchema } from '#log-server/mirror/config.ts';
import { monitorConfigSchema } from '#monitor/config.ts';
import { isQuorumMet, parsePolicy } from '#protocol/policy/policy.ts';
import { loadConfig } from '#service/config.ts';
import { readSignerKey } from '#service/keys.ts';
import { databaseExists } from '#service/sqlite.ts';
import { tempFolder } from '#test/support/temp.ts';
import { ROOT } from '#test/unit/docs/markdown.ts';
import { witnessConfigSchema } from '#witness/config.ts';

const DEPLOY = join(ROOT, 'deploy');
const SERVICES = ['log', 'witness-1', 'witness-2', 'witness-3', 'monitor', 'explorer'];
const SCHEMAS = {
  log: logServerConfigSchema,
  witness: witnessConfigSchema,
  monitor: monitorConfigSchema,
  explorer: explorerConfigSchema,
};
/** How long a server takes to drain, at most: `runService` in shared/service/lifecycle.ts. */
const DRAIN_SECONDS = 30;

function read(path: string): string {
  return readFileSync(join(DEPLOY, path), 'utf8');
}

describe('the examples', () => {
  const folder = join(DEPLOY, 'examples');
  const policy = parsePolicy(read('examples/policy.txt'));
  const log = loadConfig(join(folder, 'log.yaml'), logServerConfigSchema);
  const witness = loadConfig(join(folder, 'witness.yaml'), witnessConfigSchema);
  const monitor = loadConfig(join(folder, 'monitor.yaml'), monitorConfigSchema);
  const bastion = loadConfig(join(folder, 'bastion.yaml'), bastionConfigSchema);
  const mirror = loadConfig(join(folder, 'mirror.yaml'), mirrorConfigSchema);

  const explorer = loadConfig(join(folder, 'explorer.yaml'), explorerConfigSchema);

  it('are one for each role and a policy', () => {
    expect(readdirSync(folder).sort()).toEqual([
      'bastion.yaml',
      'explorer.yaml',
      'log.yaml',
      'mirror.yaml',
      'monitor.yaml',
      'policy.txt',
      'witness.yaml',
    ]);
  });

  it('belong together: the policy, the log of the witness, its peers', () => {
    expect(log.logs[0]?.policy).toBe(join(folder, 'policy.txt'));
    expect(monitor.policy).toBe(join(folder, 'policy.txt'));
    expect(mirror.policy).toBe(join(folder, 'policy.txt'));
    expect(mirror.from).toBe(policy.logs[0]?.url);
    expect(explorer.logs).toMatchObject([{ url: mirror.from, policy: mirror.policy }]);
    const [listed] = policy.logs;
    expect(witness.logs[0]?.keys[0]?.text).toBe(listed?.key.text);
    expect(witness.logs[0]?.url).toBe(listed?.url);
    expect(listed?.url?.endsWith(log.logs[0]!.path)).toBe(true);
    const known = policy.witnesses.map(({ key }) => key.text);
    for (const { vkeys } of witness.peers) {
      for (const { text } of vkeys) expect(known).toContain(text);
    }
  });

  it('let backends come to the bastion directly, and clients through a proxy', () => {
    expect(bastion.backends.listen.host).toBe('0.0.0.0');
    expect([bastion.listen.host, bastion.https]).toEqual(['127.0.0.1', false]);
  });

  it('ask for both keys of two of three witnesses', () => {
    expect(isQuorumMet(policy, new Set(['com-ed', 'com-pq', 'edu-ed', 'edu-pq']))).toBe(true);
    expect(isQuorumMet(policy, new Set(['com-ed', 'net-ed', 'edu-ed']))).toBe(false);
  });
});

interface ComposeService {
  image: string;
  user: string;
  read_only: boolean;
  cap_drop: string[];
  command: string[];
  ports: string[];
  volumes: string[];
  healthcheck: { test: string[] };
  stop_grace_period: string;
}

describe('the compose file', () => {
  const compose = parse(read('compose.yaml'), { merge: true });
  const services = Object.entries<ComposeService>(compose.services);

  it('has one log, three witnesses, a monitor and an explorer, each with a volume of its own', () => {
    expect(services.map(([name]) => name)).toEqual(SERVICES);
    expect(Object.keys(compose.volumes)).toEqual(SERVICES);
    for (const [name, { volumes }] of services) expect(volumes[0]).toBe(`${name}:/var/lib/tecp`);
  });

  it.each(services)('runs %s without root, without writable root, on loopback', (_, service) => {
    expect(service.image).toBe(
      `tecp:${JSON.parse(readFileSync(`${ROOT}/package.json`, 'utf8')).version}`,
    );
    expect(service.user).toBe('10001:10001');
    expect(service.read_only).toBe(true);
    expect(service.cap_drop).toEqual(['ALL']);
    expect(Number.parseInt(service.stop_grace_period, 10)).toBeGreaterThan(DRAIN_SECONDS);
    const port = service.healthcheck.test.at(-1);
    expect(service.ports).toEqual([`127.0.0.1:${port}:${port}`]);
  });

  it('is set up by its script: keys and databases in the volumes, configuration that its servers accept', () => {
    const folder = join(tempFolder(), 'a folder');
    mkdirSync(folder);
    const script = join(folder, 'compose-init.sh');
    copyFileSync(join(DEPLOY, 'compose-init.sh'), script);
    const env = { ...process.env, PATH: `${writeDocker(folder)}:${process.env.PATH}` };
    const setUp = () =>
      execFileSync(script, ['log.example/2026'], { env, stdio: ['ignore', 'pipe', 'pipe'] });
    setUp();

    const policy = parsePolicy(readFileSync(join(folder, 'config/policy.txt'), 'utf8'));
    expect(policy.logs[0]?.url).toBe('http://log:8400');
    const keys = [...policy.logs, ...policy.witnesses].map(({ key }) => key.text);
    const made = ['log/log.key', ...[1, 2, 3].flatMap((i) => keyFilesOf(`witness-${i}`))];
    expect(made.map((path) => readSignerKey(join(folder, path)).verifier.text)).toEqual(keys);
    for (const [, { command, ports }] of services) {
      const path = join(folder, 'config', command.at(-1)!.replace('/etc/tecp/', ''));
      expect(statSync(path).mode & 0o044).toBe(0o044);
      const role = command[0] as keyof typeof SCHEMAS;
      const { listen } = loadConfig<{ listen: { host: string; port: number } }>(
        path,
        SCHEMAS[role],
      );
      expect(ports).toEqual([`127.0.0.1:${listen.port}:${listen.port}`]);
      expect(listen.host).toBe('0.0.0.0');
    }
    expect(databaseExists(join(folder, 'log/log.db'))).toBe(true);
    for (const i of [1, 2, 3]) {
      expect(databaseExists(join(folder, `witness-${i}/witness.db`))).toBe(true);
    }
    expect(setUp).toThrow('holds a network already');
  });
});

function keyFilesOf(witness: string): string[] {
  return [`${witness}/ed25519.key`, `${witness}/ml-dsa-44.key`];
}

/** A folder with a `docker` whose `compose run` has a folder for each service instead of its volume. */
function writeDocker(folder: string): string {
  const bin = join(folder, 'bin');
  mkdirSync(bin);
  writeFileSync(
    join(bin, 'docker'),
    `#!/bin/sh
set -eu
folder='${folder}'
node() { exec '${process.execPath}' --disable-warning=ExperimentalWarning "$@"; }
[ "$*" != "\${*#compose -f $folder/compose.yaml run --rm --no-deps -T }" ]
shift 7
[ "$1" != --entrypoint ] || { program=$2; shift 2; }
service=$1
volume=$folder/$service
shift
mkdir -p "$volume"
for argument; do
  shift
  case $argument in
    /var/lib/tecp/*) argument=$volume/\${argument#/var/lib/tecp/} ;;
    /app/*) argument='${ROOT}'/\${argument#/app/} ;;
    /etc/tecp/*)
      sed "s#/var/lib/tecp#$volume#g" "$folder/config/\${argument#/etc/tecp/}" >"$volume/config.yaml"
      argument=$volume/config.yaml
      ;;
  esac
  set -- "$@" "$argument"
done
[ -n "\${program:-}" ] || set -- '${ROOT}/cli/main.ts' "$@"
node "$@"
`,
    { mode: 0o700 },
  );
  return bin;
}

describe('the steps for systemd', () => {
  /** Lines of DEPLOYMENT.md that install files, for a root elsewhere and without their owners. */
  const stepsIn = (root: string): string[] => {
    const text = readFileSync(join(ROOT, 'docs/DEPLOYMENT.md'), 'utf8');
    return Array.from(text.matchAll(/^sudo (install .*)$/gm), ([, step]) =>
      step!
        .replaceAll(/ -[og] \S+/g, '')
        .replaceAll(/ (\/(?:etc|var)\/)/g, ` ${root}$1`)
        .replaceAll('/opt/tecp/', `${ROOT}/`),
    );
  };

  it('work where none of the folders exist yet, and make the users of the units', () => {
    const root = tempFolder();
    const own = tempFolder();
    for (const name of [
      'log.yaml',
      'policy.txt',
      'witness-main.yaml',
      'monitor.yaml',
      'mirror.yaml',
      'explorer.yaml',
    ]) {
      writeFileSync(join(own, name), '');
    }
    const steps = stepsIn(root);
    expect(steps.length).toBeGreaterThan(4);
    for (const step of steps) execFileSync('sh', ['-c', step], { cwd: own });
    const units = readdirSync(join(root, 'etc/systemd/system'));
    const users = readFileSync(join(root, 'etc/sysusers.d/tecp.conf'), 'utf8');
    expect(units).toEqual(
      readdirSync(join(DEPLOY, 'systemd')).filter((name) => /service$/.test(name)),
    );
    for (const unit of units) {
      const user = /^User=(.+)$/m.exec(read(`systemd/${unit}`))![1];
      expect(users).toMatch(new RegExp(`^u ${user} `, 'm'));
    }
  });
});

describe('the image', () => {
  it('has the scripts that the compose file and its set-up call', () => {
    const called = ['healthcheck.ts', 'init-database.ts'];
    for (const script of called) {
      expect(read('compose.yaml') + read('compose-init.sh')).toContain(`/app/deploy/${script}`);
      expect(read('Dockerfile')).toMatch(new RegExp(`^COPY .*deploy/${script}`, 'm'));
      expect(read('Dockerfile.dockerignore')).toContain(`!deploy/${script}\n`);
    }
  });
});

describe('the script that makes a database', () => {
  const run = (...args: string[]) =>
    promisify(execFile)(process.execPath, [join(DEPLOY, 'init-database.ts'), ...args]);

  it('refuses in one sentence, with exit code 2, what it cannot mean', async () => {
    const config = join(DEPLOY, 'examples/monitor.yaml');
    const cases = [[], ['log'], ['monitor', config], ['log', '/nonexistent.yaml']];
    await Promise.all(
      cases.map(async (args) => {
        const failed = await run(...args).catch((error) => error);
        expect(failed, args.join(' ')).toMatchObject({ code: 2 });
        expect(failed.stderr.replace(/^\(.*\n/gm, '')).toMatch(/^tecp: [^\n]+\.\n$/);
      }),
    );
  });
});

describe('the Node.js that is installed where there is none', () => {
  const { packages } = JSON.parse(read('node/package-lock.json'));
  const pins = Object.entries<string>(packages[''].optionalDependencies);

  it('is of the one major version that the program is written for, on every platform', () => {
    const { engines } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8'));
    const major = /\d+/.exec(engines.node)![0];
    expect(pins.length).toBeGreaterThan(0);
    for (const [name, version] of pins) {
      expect(`${name}@${version}`).toMatch(new RegExp(`@${major}\\.\\d+\\.\\d+$`));
      expect(packages[`node_modules/${name}`].version).toBe(version);
    }
    expect(read('Dockerfile')).toContain(`ARG NODE_IMAGE=node:${major}.`);
  });

  it('is recent enough for the launcher', () => {
    const launcher = readFileSync(join(ROOT, 'tecp'), 'utf8');
    const least = Number(/^MIN_NODE_MINOR=(\d+)$/m.exec(launcher)![1]);
    for (const [, version] of pins) {
      expect(Number(version.split('.')[1])).toBeGreaterThanOrEqual(least);
    }
  });
});

describe('the health check', () => {
  const ask = async (port: number): Promise<void> => {
    await promisify(execFile)(process.execPath, [join(DEPLOY, 'healthcheck.ts'), String(port)]);
  };

  it('is content with a server that is ready, and with nothing else', async () => {
    let status = 200;
    const server = createServer((request, response) => {
      response.writeHead(request.url === '/readyz' ? status : 404).end('{"ready":false}');
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    await expect(ask(port)).resolves.toBeUndefined();
    status = 503;
    await expect(ask(port)).rejects.toThrow('"ready":false');
    server.closeAllConnections();
    server.close();
    await once(server, 'close');
    await expect(ask(port)).rejects.toThrow('fetch failed');
  });
});

describe('the systemd units', () => {
  const units = readdirSync(join(DEPLOY, 'systemd')).filter((name) => name.endsWith('.service'));

  it('are one for each role', () => {
    expect(units).toEqual([
      'tecp-explorer.service',
      'tecp-log.service',
      'tecp-mirror.service',
      'tecp-monitor.service',
      'tecp-witness@.service',
    ]);
  });

  it.each(units)('%s runs its role without root, and gives it time to drain', (name) => {
    const settings = new Map(
      Array.from(read(`systemd/${name}`).matchAll(/^(\w+)=(.*)$/gm), ([, key, value]) => [
        key,
        value,
      ]),
    );
    const role = /^tecp-(\w+)/.exec(name)![1];
    expect(settings.get('ExecStart')).toMatch(
      new RegExp(`^/opt/tecp/tecp ${role} --config /etc/tecp/`),
    );
    expect(settings.get('User')).toBe(`tecp-${role}`);
    expect(read('systemd/tecp.sysusers.conf')).toContain(`u tecp-${role} `);
    expect(Number.parseInt(settings.get('TimeoutStopSec')!, 10)).toBeGreaterThan(DRAIN_SECONDS);
    expect(settings.get('RestartPreventExitStatus')).toBe('2');
    expect(settings.get('ProtectSystem')).toBe('strict');
  });
});
