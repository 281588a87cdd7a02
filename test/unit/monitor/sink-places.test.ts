/** Sinks on this machine: what a program is given and how it ends, and a file that may be moved away. */

import { execFileSync } from 'node:child_process';
import {
  appendFileSync,
  chmodSync,
  readFileSync,
  renameSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { fileReceiver, scriptReceiver } from '#test/support/alert-places.ts';
import { alertNotice } from '#test/support/notices.ts';
import { opened, openSink } from '#test/support/sinks.ts';
import { timeStretch } from '#test/support/stretch.ts';
import { tempFolder } from '#test/support/temp.ts';
import { until } from '#test/support/wait.ts';

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

describe('a program', () => {
  it('finds the message in its environment, and nothing of ours; its arguments are no shell', async () => {
    const program = await opened(scriptReceiver);
    process.env.TECP_TEST_SECRET = 'nobody may see this';
    await openSink('script', program.settings).send(17);
    delete process.env.TECP_TEST_SECRET;
    const environment = readFileSync(join(program.folder, 'environment'), 'utf8');
    for (const line of [
      'TECP_DELIVERY=17',
      'TECP_EVENT=raised',
      'TECP_ALERT_KIND=log-contradiction',
      'TECP_ALERT_SEVERITY=critical',
      'TECP_ALERT_ORIGIN=log.example/test',
      'TECP_ALERT_EVIDENCE=0123abcd',
    ]) {
      expect(environment.split('\n')).toContain(line);
    }
    expect(environment).toContain('TECP_HEADLINE=[critical] The log contradicts itself');
    expect(environment).not.toContain('nobody may see');
    const args = readFileSync(join(program.folder, 'arguments'), 'utf8');
    expect(args).toBe('an argument; with $(words)\n');
  });

  it('is killed with whatever it started when its time is over', async () => {
    const program = await opened(scriptReceiver);
    program.mode = { kind: 'hangs' };
    // Long enough for it to write down what it has started.
    const timeoutMs = Math.ceil(3000 * timeStretch());
    const outcome = await openSink('script', { ...program.settings, timeout_ms: timeoutMs }).send(
      1,
    );
    expect(outcome).toMatchObject({ kind: 'away', reason: `killed after ${timeoutMs} ms` });
    const pidIn = (name: string) => Number(readFileSync(join(program.folder, name), 'utf8'));
    await until(() => !isAlive(pidIn('pid')) && !isAlive(pidIn('child')));
  });

  it('says why in a few words, however much it says', async () => {
    const path = join(tempFolder(), 'loud.sh');
    writeFileSync(
      path,
      '#!/bin/sh\nyes "it broke" | head -c 10000000 >&2\nyes | head -c 10000000\nexit 3\n',
    );
    chmodSync(path, 0o755);
    const outcome = await openSink('script', { command: [path] }).send(1);
    expect(outcome).toMatchObject({
      kind: 'away',
      reason: expect.stringMatching(/^exit code 3: it broke/),
    });
    expect((outcome as { reason: string }).reason.length).toBeLessThan(250);
  });

  it('that is not there or may not be run is away', async () => {
    const { send } = openSink('script', { command: [join(tempFolder(), 'none')] });
    expect(await send(1)).toMatchObject({ kind: 'away', reason: 'cannot start: ENOENT' });
  });

  it('may end while something that it started goes on', async () => {
    const path = join(tempFolder(), 'leaves.sh');
    writeFileSync(path, '#!/bin/sh\nsleep 600 &\necho $! > "$0.pid"\n');
    chmodSync(path, 0o755);
    expect(await openSink('script', { command: [path] }).send(1)).toEqual({ kind: 'taken' });
    process.kill(Number(readFileSync(`${path}.pid`, 'utf8')));
  });
});

describe('a file', () => {
  const lines = (path: string) => readFileSync(path, 'utf8').split('\n').slice(0, -1);

  it('may be moved away at any time, and is private', async () => {
    const { path, settings } = await opened(fileReceiver);
    const { send } = openSink('file', settings);
    await send(1);
    renameSync(path, `${path}.1`);
    await send(2, alertNotice('reminder'));
    expect([path, `${path}.1`].map((one) => lines(one).length)).toEqual([1, 1]);
    expect(statSync(path).mode & 0o777).toBe(0o600);
    expect(JSON.parse(lines(path)[0]!)).toMatchObject({ event: 'reminder' });
  });

  it('begins a new line after one that a crash left in part', async () => {
    const { path, settings } = await opened(fileReceiver);
    appendFileSync(path, '{"event":"rai');
    await openSink('file', settings).send(1);
    expect(lines(path)).toEqual(['{"event":"rai', expect.stringMatching(/^\{"event":"raised"/)]);
  });

  it('that is no file holds nobody up', async () => {
    const path = join(tempFolder(), 'pipe');
    execFileSync('mkfifo', [path]);
    expect(await openSink('file', { path }).send(1)).toMatchObject({ kind: 'away' });
    expect(await openSink('file', { path: tempFolder() }).send(1)).toMatchObject({ kind: 'away' });
  });
});
