/**
 * The contract of a sink, for every kind that there is, each against a real receiver of its kind; and
 * what a monitor promises with all of them at once.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterEach, describe, expect, it } from 'vitest';
import { SINKS, type SinkType } from '#monitor/alerts/sinks/sinks.ts';
import { ConfigError } from '#service/errors.ts';
import { fileReceiver, scriptReceiver, stdoutReceiver } from '#test/support/alert-places.ts';
import {
  emailReceiver,
  githubReceiver,
  PASSWORD,
  type Receiver,
  slackReceiver,
  WELL,
  webhookReceiver,
} from '#test/support/alert-receivers.ts';
import { startFakeNetwork, TestMonitor } from '#test/support/monitor.ts';
import { ALERT, alertNotice, HEARTBEAT, messageOf } from '#test/support/notices.ts';
import { ROOT } from '#test/support/processes.ts';
import { openSink } from '#test/support/sinks.ts';
import { tempFolder } from '#test/support/temp.ts';
import { eventually } from '#test/support/wait.ts';

const RECEIVERS: Readonly<Record<SinkType, () => Promise<Receiver>>> = {
  webhook: webhookReceiver,
  slack: slackReceiver,
  email: emailReceiver,
  github: githubReceiver,
  script: scriptReceiver,
  file: fileReceiver,
  stdout: stdoutReceiver,
};
/** A line is a line: whoever reads it later may refuse it, not the place that it is written to. */
const NEVER_REFUSE: readonly SinkType[] = ['file', 'stdout'];
const TYPES = Object.keys(SINKS) as SinkType[];

const closing: { close(): void | Promise<void> }[] = [];
afterEach(async () => {
  for (const item of closing.splice(0).reverse()) await item.close();
});

async function opened(type: SinkType, settings: Record<string, unknown> = {}) {
  const receiver = await RECEIVERS[type]();
  closing.push(receiver);
  return { receiver, ...openSink(type, { ...receiver.settings, ...settings }) };
}

describe.each(TYPES)('the sink %s', (type) => {
  it('takes a message of each kind, and tells what it says', async () => {
    const { receiver, send } = await opened(type);
    const ended = { resolvedAtMs: ALERT.raisedAtMs + 60_000 };
    const by = { by: 'ada', note: 'looking into it', atMs: ALERT.raisedAtMs + 1000 };
    const notices = [
      alertNotice('raised'),
      alertNotice('changed', { evidence: ['0123abcd', '4567ef89'] }),
      alertNotice('reminder'),
      alertNotice('escalated', { escalated: 1 }),
      alertNotice('acknowledged', { acknowledged: by }),
      alertNotice('resolved', { ...ended, resolvedBy: by }),
      { event: 'test' as const, sink: 'night', text: 'This is a test: nothing is wrong.' },
      HEARTBEAT,
    ];
    for (const [id, notice] of notices.entries()) {
      expect(await send(id, notice)).toEqual({ kind: 'taken' });
    }
    const told = receiver.told();
    expect(told).toHaveLength(notices.length);
    for (const text of told.slice(0, 6)) expect(text).toContain('two trees of size 7');
    expect(told[1]).toContain('4567ef89');
    expect(told[4]).toContain('looking into it');
    expect(told[6]).toContain('This is a test');
    expect(told[7]).toContain('log.example/test');
  });

  it('tells text from outside as text, whatever it holds and however long it is', async () => {
    const { receiver, send } = await opened(type);
    const hostile =
      '<!channel> @everyone `` ``` \u001b[2J\u202e\r\nBcc: eve@example.org\n\n.\r\n\0 end';
    const long = `${hostile}${'&'.repeat(1900)}`;
    const notice = alertNotice('raised', {
      detail: long,
      subject: hostile,
      origin: `a\n${hostile}`,
    });
    expect(await send(1, notice)).toEqual({ kind: 'taken' });
    const [told] = receiver.told();
    expect(told).not.toContain('\u001b');
    expect(told).not.toContain('\u202e');
    expect(told).not.toMatch(/^Bcc:/im);
    if (type !== 'slack') return;
    const { text, blocks } = JSON.parse(told!);
    for (const markup of [text, blocks[1].text.text]) expect(markup).not.toContain('<!channel>');
  });

  it('says that its receiver is away, and is taken from when it is back', async () => {
    const { receiver, send } = await opened(type);
    receiver.mode = { kind: 'away' };
    expect(await send(1)).toMatchObject({ kind: 'away', reason: expect.stringMatching(/./) });
    expect(receiver.told()).toEqual([]);
    receiver.mode = WELL;
    expect(await send(1)).toEqual({ kind: 'taken' });
    expect(receiver.told()).toHaveLength(1);
  });

  it.skipIf(NEVER_REFUSE.includes(type))(
    'tells a refusal of one message from being away',
    async () => {
      const { receiver, send } = await opened(type);
      receiver.mode = { kind: 'refuses', text: 'of size 8' };
      const poison = alertNotice('raised', { subject: 'w2', detail: 'two trees of size 8' });
      expect(await send(1, poison)).toMatchObject({ kind: 'refused' });
      expect(await send(2)).toEqual({ kind: 'taken' });
    },
  );

  it.skipIf(type === 'file' || type === 'stdout')(
    'gives up by itself on a receiver that hangs',
    async () => {
      const { receiver, send } = await opened(type, { timeout_ms: 1000 });
      receiver.mode = { kind: 'hangs' };
      expect(await send(1)).toMatchObject({ kind: 'away' });
    },
  );

  it('ends at once when the monitor stops', async () => {
    const { receiver, sink } = await opened(type);
    receiver.mode = { kind: 'hangs' };
    if (type === 'file') return; // nothing in it waits
    const stopping = new AbortController();
    const sending = sink.send(messageOf(1, alertNotice('raised')), stopping.signal);
    stopping.abort(new Error('stopping'));
    await expect(sending).rejects.toThrow();
  });

  it('names no secret when it fails', async () => {
    const { receiver, send } = await opened(type);
    for (const kind of ['away', 'refuses'] as const) {
      receiver.mode = kind === 'away' ? { kind } : { kind, text: 'of size 7' };
      const told = JSON.stringify(await send(1));
      for (const secret of [PASSWORD, 'secret', 'ghp_']) expect(told).not.toContain(secret);
    }
  });
});

/** A receiver of each kind, and the settings of a monitor that tells them all. */
async function everywhere(mode: Receiver['mode'], types: readonly SinkType[]) {
  const receivers = await Promise.all(
    types.map(async (type) => {
      const receiver = await RECEIVERS[type]();
      closing.push(receiver);
      receiver.mode = mode;
      return [type, receiver] as const;
    }),
  );
  const sinks = Object.fromEntries(
    receivers.map(([type, { settings }]) => [`a-${type}`, { type, ...settings }]),
  );
  return { receivers, settings: { sinks } };
}

const toldOf = (receiver: Receiver, text: string) =>
  receiver.told().filter((told) => told.includes(text));
const ALL_BUT_STDOUT = TYPES.filter((type) => type !== 'stdout');

it('one that is away holds up no other, and is told after a restart', async () => {
  const { receivers, settings } = await everywhere(WELL, TYPES);
  const [hook] = receivers.map(([, receiver]) => receiver);
  hook!.mode = { kind: 'away' };
  const net = await startFakeNetwork();
  closing.push(net);
  const first = await TestMonitor.start({ policy: net.policy, settings });
  net.w1.down = true;
  const others = receivers.filter(([type]) => type !== 'webhook');
  const all = async (count: number) => {
    for (const [, receiver] of others) {
      await eventually(async () => expect(toldOf(receiver, 'witness-down')).toHaveLength(count));
    }
  };
  await all(1);
  net.w1.down = false;
  await all(2);
  await eventually(async () => {
    const { sinks } = await first.json('/v1/status');
    const away = { name: 'a-webhook', waiting: 1, set_aside: 0, away: 'status 503' };
    expect(sinks).toContainEqual(away);
    for (const [type] of others) {
      expect(sinks).toContainEqual({ name: `a-${type}`, waiting: 0, set_aside: 0 });
    }
  });
  const metrics = await (await first.get('/metrics')).text();
  expect(metrics).toContain('tecp_monitor_sink_waiting{sink="a-file"} 0');
  await first.close();
  hook!.mode = WELL;
  const { folder } = first;
  closing.push(await TestMonitor.start({ policy: net.policy, folder, settings }));
  await eventually(async () => expect(toldOf(hook!, 'witness-down')).toHaveLength(1));
  const [told] = toldOf(hook!, 'witness-down');
  expect(JSON.parse(told!)).toMatchObject({ event: 'resolved', changes: 2 });
  await all(2);
});

it('each that was away is told after kill -9', async () => {
  const { receivers, settings } = await everywhere({ kind: 'away' }, ALL_BUT_STDOUT);
  const net = await startFakeNetwork();
  closing.push(net);
  const folder = tempFolder();
  const config = join(folder, 'monitor.yaml');
  writeFileSync(join(folder, 'policy.txt'), net.policy);
  const fast = { interval_ms: 50, down_after_ms: { witness: 300 } };
  const files = { database: 'monitor.db', policy: 'policy.txt', entry_types: ['opaque'] };
  writeFileSync(config, JSON.stringify({ listen: { port: 0 }, ...files, ...fast, ...settings }));
  const program = join(ROOT, 'cli/main.ts');
  const child = spawn(process.execPath, [program, 'monitor', '--config', config], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  closing.push({ close: () => void child.kill('SIGKILL') });
  const exited = once(child, 'exit');
  for await (const line of createInterface(child.stdout)) {
    const { msg, url, kind } = JSON.parse(line) as { msg: string; url?: string; kind?: string };
    if (url !== undefined && msg === 'ready') net.w1.down = true;
    if (kind === 'witness-down') break;
  }
  child.kill('SIGKILL');
  await exited;
  for (const [, receiver] of receivers) {
    expect(receiver.told()).toEqual([]);
    receiver.mode = WELL;
  }
  closing.push(await TestMonitor.start({ policy: net.policy, folder, settings }));
  for (const [, receiver] of receivers) {
    await eventually(async () => expect(toldOf(receiver, 'witness-down')).toHaveLength(1));
  }
});

it('two of one kind are two sinks, beside the webhook as it was configured before', async () => {
  const [first, second, third] = [
    await webhookReceiver(),
    await webhookReceiver(),
    await webhookReceiver(),
  ];
  const net = await startFakeNetwork();
  closing.push(net, first, second, third);
  const settings = {
    webhook: first.settings,
    sinks: {
      day: { type: 'webhook', ...second.settings },
      night: { type: 'webhook', ...third.settings },
    },
  };
  const watcher = await TestMonitor.start({ policy: net.policy, settings });
  closing.push(watcher);
  net.w1.down = true;
  for (const hook of [first, second, third]) {
    await eventually(async () => expect(toldOf(hook, 'witness-down')).toHaveLength(1));
  }
  const { sinks } = await watcher.json('/v1/status');
  expect(sinks.map(({ name }: { name: string }) => name)).toEqual(['webhook', 'day', 'night']);
});

it('the settings of each are checked by its own schema', async () => {
  const start = (settings: Record<string, unknown>) =>
    TestMonitor.start({ policy: 'quorum none\n', settings });
  const one = (sink: Record<string, unknown>) => start({ sinks: { night: sink } });
  await expect(one({ type: 'file', path: 7 })).rejects.toThrow(ConfigError);
  await expect(one({ type: 'file', path: 'x', url: 'y' })).rejects.toThrow(/sinks.night.url/);
  await expect(one({ type: 'email', hots: 'x' })).rejects.toThrow(/did you mean "host"/);
  await expect(one({ type: 'pigeon' })).rejects.toThrow(ConfigError);
  await expect(one({ type: 'script', command: ['alert.sh'] })).rejects.toThrow(/absolute/);
  await expect(start({ sinks: { 'No Name': { type: 'stdout' } } })).rejects.toThrow(ConfigError);
  const url = { url: 'http://127.0.0.1:1/' };
  const twice = { webhook: url, sinks: { webhook: { type: 'webhook', ...url } } };
  await expect(start(twice)).rejects.toThrow(/two sinks/);
});
