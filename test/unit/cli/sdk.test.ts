/** `tecp sdk`: builds that fail, one build at a time, tools that hang, and verifiers that disagree. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { CommandError, EXIT } from '#cli/lib/errors.ts';
import { runTool } from '#cli/lib/tool.ts';
import type { programPath, SdkName } from '#cli/sdk/languages.ts';
import { withBuildLock } from '#cli/sdk/lock.ts';
import { fillMatrix } from '#cli/sdk/matrix.ts';
import { TAMPERINGS } from '#cli/sdk/tamperings.ts';
import { findCargo, findGo, findPython } from '#cli/sdk/toolchains.ts';
import { VerifierProcess } from '#cli/sdk/verifier-process.ts';
import { sdkMaterial } from '#test/bench/support/sdk-material.ts';
import { tecp } from '#test/support/cli.ts';
import { ROOT } from '#test/support/processes.ts';
import { tempFolder } from '#test/support/temp.ts';

/** A folder with programs of these names, each a script of the shell. */
function programs(scripts: Readonly<Record<string, string>>): string {
  const folder = tempFolder();
  for (const [name, script] of Object.entries(scripts)) {
    const path = join(folder, name);
    writeFileSync(path, `#!/bin/sh\n${script}\n`);
    chmodSync(path, 0o755);
  }
  return folder;
}

afterEach(() => {
  vi.unstubAllEnvs();
});

describe('a tool', () => {
  const run = (script: string, timeoutMs?: number) =>
    runTool('/bin/sh', ['-c', script], timeoutMs === undefined ? {} : { timeoutMs });

  it('has its words kept, and what became of it', async () => {
    expect(await run('echo out; echo err >&2')).toMatchObject({ ok: true, stdout: 'out\n' });
    const failed = await run('echo out; echo err >&2; exit 3');
    expect(failed).toMatchObject({ ok: false, stdout: 'out\n' });
    expect(failed.output).toContain('err\n');
    expect(failed.output).toMatch(/\nended with exit code 3\n$/);
    expect((await run('kill -9 $$')).output).toBe('ended by SIGKILL\n');
    const missing = await runTool(join(tempFolder(), 'no-such-tool'), []);
    expect(missing.ok).toBe(false);
    expect(missing.output).toContain('ENOENT');
  });

  it('is killed when it takes too long', async () => {
    const { ok, output } = await run('echo begun; exec sleep 600', 300);
    expect({ ok, output }).toEqual({ ok: false, output: 'begun\nkilled after 0.3 s\n' });
  });

  it('that has ended is not waited for, though what it started holds its output', async () => {
    const { ok, stdout } = await run('sleep 600 & echo $!');
    expect(ok).toBe(true);
    expect(process.kill(Number(stdout), 'SIGKILL')).toBe(true);
  });
});

describe('a build', () => {
  it('that fails ends with exit code 1, and shows the words of the tool', async () => {
    const go = 'test "$1" = env && echo go1.99 && exit 0; echo "main.go:1: no" >&2; exit 3';
    const PATH = `${programs({ go })}:${process.env.PATH}`;
    const { code, stdout, stderr } = await tecp(['sdk', 'build', '--only', 'go'], {
      env: { PATH },
    });
    expect(code, stderr).toBe(EXIT.failed);
    expect(stderr).toMatch(/the SDK go does not build:\n\$ go build .*\nmain\.go:1: no\n/);
    expect(stderr).toContain('ended with exit code 3\n');
    expect(stdout.toString()).toMatch(/^ *go +failed +Go 1\.99\n$/);
  });

  it('is not tried with tools that are missing', async () => {
    vi.stubEnv('PATH', tempFolder());
    expect(await findGo()).toEqual({ missing: 'Go is missing' });
    expect(await findCargo()).toEqual({ missing: 'cargo is missing' });
    expect(await findPython()).toEqual({ missing: 'Python 3.10 or later is missing' });
  });

  it('is not tried with a Python that is too old, or has no venv', async () => {
    vi.stubEnv('PATH', programs({ python3: 'exit 1' }));
    expect(await findPython()).toEqual({ missing: 'Python 3.10 or later is missing' });
    const python = 'case "$2" in *venv*) exit 1;; esac; echo 3.11.2';
    vi.stubEnv('PATH', programs({ python3: python }));
    expect(await findPython()).toEqual({
      missing: 'Python 3.11.2 has no venv: install python3-venv',
    });
  });
});

describe('the lock of builds', () => {
  const lockPath = () => join(tempFolder(), 'lock');

  it('lets one work at a time', async () => {
    const path = lockPath();
    let working = 0;
    const waited: string[] = [];
    const build = (name: string) =>
      withBuildLock(
        async () => {
          expect(++working).toBe(1);
          await new Promise(setImmediate);
          working--;
          return name;
        },
        () => waited.push(name),
        { path },
      );
    expect(await Promise.all([build('a'), build('b')])).toEqual(['a', 'b']);
    expect(waited).toEqual(['b']);
  });

  it('is free again when the work fails', async () => {
    const path = lockPath();
    const work = () => Promise.reject(new Error('no'));
    for (const _ of [1, 2]) {
      await expect(withBuildLock(work, () => undefined, { path })).rejects.toThrow('no');
    }
  });

  it('is waited for, not for ever, and ends with a process that is killed', async () => {
    const path = lockPath();
    const module = join(ROOT, 'cli/sdk/lock.ts');
    const program = `const { withBuildLock } = await import(${JSON.stringify(module)});
      const work = () => new Promise((resolve) => { console.log('held'); setTimeout(resolve, 600_000); });
      await withBuildLock(work, () => undefined, { path: ${JSON.stringify(path)} });`;
    const holder = spawn(process.execPath, ['--input-type=module', '-e', program], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    await once(holder.stdout, 'data');
    const work = async () => 'done';
    const late = withBuildLock(work, () => undefined, { path, timeoutMs: 1 });
    await expect(late).rejects.toThrow(CommandError);
    await expect(late).rejects.toThrow(/has been building for 0\.001 s: it holds /);
    const kill = vi.fn(() => holder.kill('SIGKILL'));
    expect(await withBuildLock(work, kill, { path })).toBe('done');
    expect(kill).toHaveBeenCalledOnce();
  });
});

describe('a verifier that stays alive', () => {
  const verifier = (script: string, patienceMs?: number) =>
    new VerifierProcess('x', ['/bin/sh', '-c', script], patienceMs);

  it('answers in the order of the requests, and ends with its input', async () => {
    const echo = verifier('exec cat');
    expect(await Promise.all([echo.ask(['1', '2']), echo.ask(['3'])])).toEqual([['1', '2'], ['3']]);
    expect(await echo.close()).toBe(0);
  });

  it('that ends or cannot be started fails what waits, and what is asked later', async () => {
    const dying = verifier('read line; echo "no such thing" >&2; exit 3');
    const ended = 'tecp-verify x ended with 3\nno such thing';
    await expect(dying.ask(['1', '2'])).rejects.toThrow(ended);
    await expect(dying.ask(['3'])).rejects.toThrow(ended);
    expect(await dying.close()).toBe(3);
    const missing = new VerifierProcess('y', [join(tempFolder(), 'no-such-verifier')]);
    await expect(missing.ask(['1'])).rejects.toThrow(/^tecp-verify y spawn .* ENOENT/);
  });

  it('that is silent, or does not end, is killed', async () => {
    const silent = verifier('exec sleep 600', 200);
    await expect(silent.ask(['1'])).rejects.toThrow('tecp-verify x gave no answer for 0.2 s');
    expect(await silent.close()).toBe(null);
    expect(await verifier('exec sleep 600', 200).close()).toBe(null);
  });
});

describe('the matrix', () => {
  const MATERIAL = sdkMaterial(1, Math.floor(Date.now() / 1000) * 1000);
  const LOG = { url: 'http://log.invalid', policy: MATERIAL.policy };
  const HONEST = `'${process.execPath}' '${join(ROOT, 'sdk/js/src/verify-command.ts')}' "$@"`;

  /** The matrix of two SDKs; the first one is honest. */
  async function matrixWith(second: Partial<Record<'verify' | 'quickstart', string>>) {
    const proven = join(tempFolder(), 'proven');
    writeFileSync(proven, MATERIAL.proven);
    const quickstart = `cp '${proven}' "$2"`;
    const folder = programs({
      'verify-js': HONEST,
      'quickstart-js': quickstart,
      'verify-py': second.verify ?? HONEST,
      'quickstart-py': second.quickstart ?? quickstart,
    });
    const pathOf: typeof programPath = (kind, sdk) => join(folder, `${kind}-${sdk}`);
    const sdks: SdkName[] = ['js', 'py'];
    return await fillMatrix(sdks, LOG, pathOf);
  }

  /** The honest one, but that each of its answers goes through a script of sed. */
  const altered = (script: string) => `${HONEST} | sed -u '${script}'`;

  it('has a row for each receipt and each change, all as they should be', async () => {
    const rows = await matrixWith({});
    expect(rows).toHaveLength(4 + TAMPERINGS.length);
    expect(rows.filter(({ ok }) => !ok)).toEqual([]);
  });

  it('is not fine where one verifier takes what the others refuse', async () => {
    const rows = await matrixWith({
      verify: altered('s/"errors":\\[[^]]*\\]/"errors":[]/; s/"valid":false/"valid":true/'),
    });
    const failed = rows.filter(({ ok }) => !ok);
    expect(failed.map(({ what }) => what)).toEqual(TAMPERINGS.map(({ what }) => what));
    const [{ expected, got }] = failed as [(typeof failed)[number]];
    expect([...got]).toEqual([
      ['js', expected],
      ['py', 'valid'],
    ]);
  });

  it('is not fine where two agree on the verdict, and not on its bytes', async () => {
    const rows = await matrixWith({ verify: altered('s/"valid":true/"valid": true/') });
    expect(rows.filter(({ ok }) => !ok)).toHaveLength(4);
  });

  it('is none where one creates another receipt, or its quick start fails', async () => {
    const other = altered('s/^{"receipt":"e/{"receipt":"f/');
    await expect(matrixWith({ verify: other })).rejects.toThrow(
      /^js and py create different receipts: /,
    );
    await expect(matrixWith({ quickstart: 'echo "no such log" >&2; exit 4' })).rejects.toThrow(
      'The quick start of py failed: no such log; ended with exit code 4',
    );
  });
});
