/** One network, whose processes are killed, stopped, started again and lost, in this order. */
import type { ChildProcess } from 'node:child_process';
import { readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type RoleState, readRunState } from '#cli/network/run-state.ts';
import { isAlive } from '#service/is-alive.ts';
import {
  type CommandResult,
  kill,
  resultOf,
  spawnTecp,
  tecp,
  untilGone,
} from '#test/support/cli.ts';
import { freeBasePort } from '#test/support/ports.ts';
import { tempFolder } from '#test/support/temp.ts';
import { until } from '#test/support/wait.ts';

const data = join(tempFolder(), 'network');
let child: ChildProcess;
let result: Promise<CommandResult>;
let said = '';

function roles(): readonly RoleState[] {
  return readRunState(data)?.roles ?? [];
}

function role(name: string): RoleState | undefined {
  return roles().find((candidate) => candidate.name === name);
}

async function untilState(name: string, state: RoleState['state']): Promise<RoleState> {
  const look = () => {
    const now = role(name);
    return now?.state === state && now;
  };
  return await until(look, { what: `${name} is ${state}` });
}

async function untilSaid(text: string): Promise<void> {
  await until(() => said.includes(text), { what: `"${text}" is said` });
}

async function start(args: readonly string[]): Promise<void> {
  said = '';
  child = spawnTecp(['up', '--data', data, ...args]);
  child.stderr!.on('data', (chunk: Buffer) => {
    said += chunk.toString();
  });
  result = resultOf(child);
  await until(async () => {
    if (child.exitCode !== null) throw new Error((await result).stderr);
    const state = readRunState(data);
    return state?.pid === child.pid && state?.ready;
  });
}

beforeAll(async () => await start(['--port', String(await freeBasePort())]));

afterAll(async () => {
  const pids = roles().flatMap(({ pid }) => (pid === undefined ? [] : [pid]));
  child.kill('SIGKILL');
  await untilGone(pids);
});

describe('a network that runs', () => {
  it('starts a witness again that was killed, and says so', async () => {
    const before = role('witness-2')!;
    kill(before.pid!, 'SIGKILL');
    const after = await until(() => {
      const now = role('witness-2');
      return now?.restarts === 1 && now.state === 'running' && now;
    });
    expect(after.pid).not.toBe(before.pid);
    await untilSaid('witness-2 ended unexpectedly (killed by SIGKILL). It is started again.');
    expect(isAlive(child.pid!)).toBe(true);
  });

  it('stops one on purpose, leaves it so, says what becomes of the quorum, and starts it again', async () => {
    expect(await tecp(['down', 'witness-3', 'monitor', '--data', data])).toMatchObject({ code: 0 });
    expect([role('witness-3')?.state, role('monitor')?.state]).toEqual(['stopped', 'stopped']);
    await untilSaid('witness-3 is stopped, as asked. The other witnesses still make the quorum.');
    expect(await tecp(['down', 'witness-1', '--data', data])).toMatchObject({ code: 0 });
    await untilSaid('There is no quorum without it: nothing new is published.');
    expect(await tecp(['up', 'witness-3', '--data', data])).toMatchObject({ code: 0 });
    const states = roles().map(({ name, state }) => [name, state]);
    expect(Object.fromEntries(states)).toMatchObject({
      'witness-1': 'stopped',
      'witness-3': 'running',
      monitor: 'stopped',
    });
  });

  it('is joined by a second "up", which starts what is stopped, prints where all is, and ends with 0', async () => {
    const second = await tecp(['up', '--data', data, '--json']);
    expect(second).toMatchObject({ code: 0, stderr: expect.stringContaining('runs already') });
    const report = JSON.parse(second.stdout.toString());
    expect(report).toMatchObject({ ready: true, data, pids: { up: child.pid } });
    expect(report.pids.witnesses[0]).toBe(role('witness-1')!.pid);
    expect(roles().every(({ state }) => state === 'running')).toBe(true);
  });

  it('names what there is when told to stop something else, and stops nothing', async () => {
    const wrong = await tecp(['down', 'witness-9', '--data', data]);
    expect(wrong).toMatchObject({ code: 2, stderr: expect.stringContaining('witness-1') });
    expect(roles().every(({ state }) => state === 'running')).toBe(true);
  });

  it('leaves a witness dead that cannot start before something is mended, and goes on', async () => {
    const config = join(data, 'witness-2/witness.yaml');
    const good = readFileSync(config);
    writeFileSync(config, 'listen: [');
    kill(role('witness-2')!.pid!, 'SIGKILL');
    const { reason } = await untilState('witness-2', 'dead');
    expect(reason).toContain('witness.yaml is not valid YAML');
    await untilSaid('It is left dead, as something has to be mended');
    writeFileSync(config, good);
    expect(await tecp(['up', 'witness-2', '--data', data])).toMatchObject({ code: 0 });
    expect(role('witness-2')?.state).toBe('running');
  });

  it('stops by itself when its folder is removed, which "down" and "up" understand', async () => {
    const pids = roles().map(({ pid }) => pid!);
    const aside = join(tempFolder(), 'aside');
    renameSync(data, aside);
    const down = await tecp(['down', '--data', data]);
    expect(down).toMatchObject({ code: 0, stderr: expect.stringContaining('was removed') });
    expect(await result).toMatchObject({ code: 1, stderr: expect.stringContaining('was removed') });
    expect(pids.some(isAlive)).toBe(false);
    renameSync(aside, data);
  });

  it('with --no-restart leaves a witness dead, and ends with 1 when the log does', async () => {
    await start(['--no-restart']);
    kill(role('witness-1')!.pid!, 'SIGKILL');
    await untilState('witness-1', 'dead');
    await untilSaid('witness-1 ended unexpectedly (killed by SIGKILL). It is left dead');
    expect(isAlive(child.pid!)).toBe(true);
    const pids = roles().flatMap(({ pid }) => (pid === undefined ? [] : [pid]));
    kill(role('log')!.pid!, 'SIGKILL');
    expect(await result).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('log ended unexpectedly (killed by SIGKILL). The network'),
    });
    expect(pids.some(isAlive)).toBe(false);
  });
});
