/**
 * The package that `npm pack` makes, unpacked as npm does into an empty folder. Its dependencies are
 * links to those that are here, so that no registry is needed; only those that it names are there.
 */
import { execFileSync, type SpawnSyncReturns, spawnSync } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { freshReceipt, logKey } from '#test/support/log.ts';
import { writeLogFolder } from '#test/support/log-folder.ts';
import { MemorySource } from '#test/support/memory-source.ts';
import { freeBasePort } from '#test/support/ports.ts';
import { childEnvironment, ROOT } from '#test/support/processes.ts';
import { tempFolder } from '#test/support/temp.ts';

const env = { ...childEnvironment(), TECP_NODE: process.execPath };
const PATH = `${dirname(process.execPath)}:${process.env.PATH}`;
let folder: string;

function tecp(args: readonly string[], options: { cwd?: string; node?: string[] } = {}) {
  const bin = join(folder, 'node_modules/.bin/tecp');
  return spawnSync(process.execPath, [...(options.node ?? []), bin, ...args], {
    cwd: options.cwd ?? folder,
    env,
    encoding: 'utf8',
  });
}

function expectDone({ status, stderr, stdout }: SpawnSyncReturns<string>): string {
  expect(status, stderr).toBe(0);
  return stdout;
}

/** With a part in machine code, and what those need to find it. */
const NATIVE_PACKAGES = [
  ...['better-sqlite3', 'bindings', 'file-uri-to-path'],
  ...[
    'sodium-native',
    'require-addon',
    'which-runtime',
    'bare-addon-resolve',
    'bare-module-resolve',
  ],
  'bare-semver',
];

/** Modules of the package, by their paths in it, and the other packages that any are of. */
function loadedBy(args: readonly string[]): { own: string[]; packages: string[] } {
  const hook = join(ROOT, 'test/support/loaded-files.ts');
  const { stderr } = tecp(args, { node: ['--import', hook] });
  const urls: string[] = JSON.parse(stderr.trim().split('\n').at(-1)!);
  const files = urls.map((url) => fileURLToPath(url)).filter((path) => path !== hook);
  const own = join(folder, 'node_modules/tecp/');
  const isOwn = (path: string) => path.startsWith(own);
  const packageOf = (path: string) => /.*node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(path)![1]!;
  return {
    own: files.filter(isOwn).map((path) => path.slice(own.length)),
    packages: [...new Set(files.filter((path) => !isOwn(path)).map(packageOf))],
  };
}

beforeAll(() => {
  folder = join(tempFolder(), 'an empty folder');
  const modules = join(folder, 'node_modules');
  const own = join(modules, 'tecp');
  for (const path of [own, join(modules, '.bin')]) mkdirSync(path, { recursive: true });
  const packed = execFileSync('npm', ['pack', '--silent', '--pack-destination', folder], {
    cwd: ROOT,
    // The compiler and npm are not what is covered here.
    env: { ...env, PATH, NODE_V8_COVERAGE: '' },
    encoding: 'utf8',
  });
  const tarball = join(folder, packed.trim().split('\n').at(-1)!);
  execFileSync('tar', ['xzf', tarball, '-C', own, '--strip-components=1']);
  const { bin, dependencies } = JSON.parse(readFileSync(join(own, 'package.json'), 'utf8'));
  symlinkSync(join('../tecp', bin.tecp), join(modules, '.bin/tecp'));
  for (const name of Object.keys(dependencies)) {
    mkdirSync(dirname(join(modules, name)), { recursive: true });
    symlinkSync(join(ROOT, 'node_modules', name), join(modules, name));
  }
});

describe('the installed package', () => {
  it('runs a network, makes a receipt and verifies it, and says how to go on as it was called', async () => {
    const port = String(await freeBasePort());
    const started = tecp(['up', '--detach', '--port', port]);
    onTestFinished(() => void tecp(['down']));
    expect(expectDone(started)).toContain("node_modules/.bin/tecp' verify ");
    expectDone(tecp(['run', '--out', 'work.tecp.json', '--', 'echo', 'done']));
    const elsewhere = { cwd: dirname(folder) };
    const receipt = join(folder, 'work.tecp.json');
    const policy = join(folder, 'data/policy.txt');
    expect(expectDone(tecp(['verify', receipt, '--policy', policy], elsewhere))).toMatch(
      /^VALID\n/,
    );
    expectDone(tecp(['audit', `http://127.0.0.1:${port}`, '--policy', policy], elsewhere));
    expectDone(tecp(['down']));
  });

  it('audits a folder in threads of its own', () => {
    const key = logKey();
    const receipts = Array.from({ length: 64 }, () => freshReceipt());
    writeLogFolder(join(folder, 'mirror'), new MemorySource(key).append(...receipts).sign());
    const policy = join(folder, 'mirror.txt');
    writeFileSync(policy, `log ${key.verifier.text}\nquorum none\n`);
    const report = JSON.parse(expectDone(tecp(['audit', 'mirror', '--policy', policy, '--json'])));
    expect(report).toMatchObject({ ok: true, entries_checked: 64 });
  });

  it('shows the version that it has, and help of every command', () => {
    const { version } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8'));
    expect(expectDone(tecp(['--version']))).toBe(`${version}\n`);
    const commands = readdirSync(join(ROOT, 'cli/commands')).map((name) => name.replace('.ts', ''));
    for (const name of commands) expectDone(tecp([name, '--help']));
  });

  it.each(['log', 'witness', 'monitor', 'bastion', 'explorer'])(
    'starts tecp %s out of one file, and loads no package but those with machine code',
    (role) => {
      const { own, packages } = loadedBy([role, '--config', 'none.yaml']);
      expect(own).toEqual([
        'bin/tecp.cjs',
        'package.json',
        'dist/cli/main.js',
        `dist/roles/${role}.js`,
      ]);
      for (const name of packages) expect(NATIVE_PACKAGES).toContain(name);
    },
  );

  it('holds the web app of the explorer, and the licenses of all that is bundled in it', () => {
    const module = join(folder, 'node_modules/tecp/dist/explorer/web/serve/build-folder.js');
    const script = `console.log((await import(${JSON.stringify(module)})).buildFolder())`;
    const options = { env, encoding: 'utf8' } as const;
    const found = spawnSync(process.execPath, ['--input-type=module', '-e', script], options);
    const built = expectDone(found).trim();
    expect(built.startsWith(join(folder, 'node_modules/tecp/dist/explorer/web/dist/'))).toBe(true);
    expect(existsSync(join(built, 'server/entry-server.js'))).toBe(true);
    expect(readdirSync(join(built, 'client/assets'))).toContainEqual(
      expect.stringMatching(/^entry-client-.*\.js\.br$/),
    );
    const licenses = readFileSync(join(built, 'LICENSES.txt'), 'utf8');
    for (const name of ['react', 'react-dom', 'scheduler']) expect(licenses).toContain(name);
  });

  it('shows its version with little of itself, and one package', () => {
    const { own, packages } = loadedBy(['--version']);
    expect(packages).toEqual(['commander']);
    expect(own.length).toBeLessThanOrEqual(21);
  });

  it('says in one sentence which Node.js it needs, on one that is older', () => {
    const old = join(folder, 'old.cjs');
    writeFileSync(
      old,
      "Object.defineProperty(process, 'versions', { value: { node: '20.1.0' } });",
    );
    const refused = tecp(['up'], { node: ['--require', old] });
    expect(refused).toMatchObject({ status: 2, stdout: '' });
    expect(refused.stderr).toMatch(/^tecp: Node\.js 24\.15 or later is needed; [^\n]+\.\n$/);
  });

  it('hands out the protocol library and the client, and nothing else', () => {
    const importing = (module: string) =>
      spawnSync(process.execPath, ['--input-type=module', '-e', `await import('${module}')`], {
        cwd: folder,
        env,
        encoding: 'utf8',
      });
    expectDone(importing('tecp/protocol/receipt/verify.js'));
    expectDone(importing('tecp/client/log-client.js'));
    expect(importing('tecp/dist/cli/main.js').stderr).toContain('ERR_PACKAGE_PATH_NOT_EXPORTED');
  });
});
