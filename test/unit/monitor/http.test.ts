/** What the monitor shows: status, page, metrics, readiness; and what it refuses to start with. */
import { afterEach, expect, it } from 'vitest';
import { ConfigError } from '#service/errors.ts';
import { FakeLog, fakePolicy, PuppetWitness, publish } from '#test/support/fake-log.ts';
import { startFakeNetwork, TestMonitor } from '#test/support/monitor.ts';
import { stopRateClock } from '#test/support/rate-clock.ts';
import { eventually } from '#test/support/wait.ts';

const closing: { close(): Promise<void> }[] = [];
afterEach(async () => {
  for (const item of closing.splice(0).reverse()) await item.close();
});

async function start(policy: string, settings = {}): Promise<TestMonitor> {
  const watcher = await TestMonitor.start({ policy, settings });
  closing.push(watcher);
  return watcher;
}

it('the status tells of every log and witness, and asks an operator with two keys once', async () => {
  const net = await startFakeNetwork();
  closing.push(net);
  const watcher = await start(net.policy);
  await watcher.verified(10);
  const status = await eventually(async () => {
    const shown = await watcher.json('/v1/status');
    expect(
      shown.witnesses.every((w: { logs: { size?: number }[] }) => w.logs[0]!.size === 10),
    ).toBe(true);
    return shown;
  });
  expect(status).toMatchObject({
    ok: true,
    quorum: 'quorum',
    logs: [
      {
        origin: 'log.example/test',
        size: 10,
        quorum_met: true,
        agreement: 'agrees',
        walked_size: 10,
      },
    ],
    alerts: [],
    evidence: [],
  });
  expect(status.witnesses.map(({ name }: { name: string }) => name)).toEqual(['w1', 'w2', 'w3']);
  expect(status.witnesses[0]).toMatchObject({
    answering: true,
    logs: [{ agreement: 'agrees', size: 10 }],
  });
  const metrics = await (await watcher.get('/metrics')).text();
  expect(metrics).toContain('tecp_monitor_verified_size{origin="log.example/test"} 10');
  expect(metrics).toContain('tecp_monitor_witness_answering{witness="w1"} 1');
  expect(metrics).toContain('tecp_monitor_open_alerts{kind="log-contradiction"} 0');
});

it('several logs and a witness that knows only one of them are watched side by side', async () => {
  const [one, two] = [
    await new FakeLog('a.example/1').start(),
    await new FakeLog('b.example/2').start(),
  ];
  const witness = await new PuppetWitness('w').start();
  closing.push(one, two, witness);
  for (const log of [one, two]) log.tree.append(3);
  publish(one, [witness]);
  two.note = two.sign();
  const watcher = await start(fakePolicy([one, two], [witness]));
  await eventually(async () => {
    const { logs, witnesses } = await watcher.json('/v1/status');
    expect(logs.map((log: { verified_size: number }) => log.verified_size)).toEqual([3, 3]);
    const agreements = witnesses[0].logs.map((log: { agreement: string }) => log.agreement);
    expect(agreements).toEqual(['agrees', 'absent']);
  });
  const page = await (await watcher.get('/')).text();
  expect(page).toContain('nothing shown');
  expect(page).not.toContain('All is well');
});

it('a witness that never answers about one log hides nothing of the others, nor its evidence', async () => {
  const logs = [
    await new FakeLog('a.example/1').start(),
    await new FakeLog('b.example/2').start(),
    await new FakeLog('c.example/3').start(),
  ] as const;
  const witness = await new PuppetWitness('w').start();
  closing.push(...logs, witness);
  for (const log of logs) {
    log.tree.append(3);
    publish(log, [witness]);
  }
  witness.shown.set(logs[1].origin, 'hang');
  const watcher = await start(fakePolicy(logs, [witness]));
  await eventually(async () => {
    const { witnesses } = await watcher.json('/v1/status');
    const sizes = witnesses[0].logs.map((log: { size?: number }) => log.size);
    expect(sizes).toEqual([3, undefined, 3]);
    expect(witness.requests).toContain('evidence');
  });
});

it('names and words from outside are text on the page, never markup', async () => {
  const evil = '<script>alert(1)</script>/"><img';
  const log = await new FakeLog(evil).start();
  closing.push(log);
  log.note = 'x<b>y';
  const watcher = await start(fakePolicy([log], []));
  await watcher.raised('checkpoint-invalid');
  const response = await watcher.get('/');
  const page = await response.text();
  expect(page.match(/<script/g)).toHaveLength(1);
  expect(page).not.toContain('<img');
  expect(page).not.toContain('<b>');
  expect(page).toContain('&lt;script&gt;alert(1)&lt;/script&gt;');
  const policy = response.headers.get('content-security-policy')!;
  expect(policy).toContain("default-src 'none'");
  expect(policy).not.toContain('unsafe');
});

it('names from outside are shown with escapes on the page for what would steer it', async () => {
  const log = await new FakeLog('log\u202e\u009b.example').start();
  closing.push(log);
  const watcher = await start(fakePolicy([log], []));
  const page = await (await watcher.get('/')).text();
  expect(page).toContain('log\\u{202e}\\u{9b}.example');
  expect(page).not.toMatch(/[\u202e\u009b]/);
});

it('the page says that all is well, or what is not, with the evidence and how to verify it', async () => {
  const net = await startFakeNetwork();
  closing.push(net);
  const watcher = await start(net.policy);
  await watcher.verified(10);
  const says = async (words: string) =>
    await eventually(async () => {
      expect(await (await watcher.get('/')).text()).toContain(words);
    });
  await says('All is well');
  net.w1.down = true;
  await says('A witness does not answer: w1, for ');
  net.log.note = net.log.sign(net.log.tree.fork().append(1, 'a'));
  await eventually(async () => {
    expect((await watcher.json('/v1/status')).logs[0].size).toBe(11);
  });
  net.log.note = net.log.sign(net.log.tree.fork().append(1, 'b'));
  await watcher.raised('log-contradiction');
  const page = await (await watcher.get('/')).text();
  expect(page).toContain('Proven: the log contradicts itself: log.example/test');
  const [, id] = /href="\/findings\/([0-9a-f]{64})"/.exec(page)!;
  const evidence = await (await watcher.get(`/findings/${id}`)).text();
  expect(evidence).toContain('tecp evidence verify evidence-');
  expect(evidence).toContain(`href="/evidence/${id}/file"`);
  expect(evidence).toContain('signed by log.example/test');
  expect(evidence.match(/<pre>log\.example\/test\n11\n/g)).toHaveLength(2);
  expect(await (await watcher.get('/findings')).text()).toContain(`/findings/${id}`);
  const history = await (await watcher.get('/history')).text();
  expect(history).toContain('witness-down');
  expect(history).toContain('log-contradiction');
});

it('evidence that is not there is a 404 with a code', async () => {
  const net = await startFakeNetwork();
  closing.push(net);
  const watcher = await start(net.policy);
  for (const path of ['evidence', 'findings']) {
    const response = await watcher.get(`/${path}/${'0'.repeat(64)}`);
    expect(response.status).toBe(404);
    expect(await response.json()).toMatchObject({ code: 'no-evidence' });
  }
});

it('is ready once everybody has been asked, also when nobody answers', async () => {
  const net = await startFakeNetwork();
  closing.push(net);
  net.w3.shown.set(net.log.origin, 'hang');
  const watcher = await start(net.policy);
  expect((await watcher.get('/readyz')).status).toBe(503);
  expect((await watcher.get('/healthz')).status).toBe(200);
  await net.w3.close();
  await eventually(async () => expect((await watcher.get('/readyz')).status).toBe(200));
});

it('a page before the first checkpoint does not say that all is well', async () => {
  const log = await new FakeLog().start();
  closing.push(log);
  const watcher = await start(fakePolicy([log], []));
  expect(await (await watcher.get('/')).text()).not.toContain('All is well');
});

it('refuses a policy without a log to watch, an unreadable one, and a key that has changed', async () => {
  await expect(TestMonitor.start({ policy: 'quorum none\n' })).rejects.toThrow(ConfigError);
  await expect(TestMonitor.start({ policy: 'nonsense\n' })).rejects.toThrow(/line 1/);
  const settings = { policy: 'absent.txt' };
  await expect(TestMonitor.start({ policy: '', settings })).rejects.toThrow(/does not exist/);
  const [one, two] = [await new FakeLog().start(), await new FakeLog().start()];
  closing.push(one, two);
  one.tree.append(4);
  publish(one, []);
  const watcher = await TestMonitor.start({ policy: fakePolicy([one], []) });
  await watcher.verified(4);
  await watcher.close();
  const { folder } = watcher;
  const changed = TestMonitor.start({ policy: fakePolicy([two], []), folder });
  await expect(changed).rejects.toThrow(/a log with a new key needs a new origin/);
});

it('refuses unknown settings, entry types and addresses in one sentence', async () => {
  const refused = async (settings: Record<string, unknown>) =>
    await TestMonitor.start({ policy: 'quorum none\n', settings }).catch((error) => error.message);
  expect(await refused({ interval: 1 })).toContain('did you mean "interval_ms"');
  expect(await refused({ entry_types: ['nonsense'] })).toContain('expected one of tecp-receipt');
  expect(await refused({ webhook: { url: 'ftp://x' } })).toContain('http or https');
});

it('one client gets no more than its share of answers, and is told when to come back', async () => {
  stopRateClock();
  const net = await startFakeNetwork();
  closing.push(net);
  const watcher = await start(net.policy);
  const ask = () => fetch(`${watcher.url}/v1/alerts`);
  const statuses = new Set<number>();
  for (let i = 0; i < 400; i++) statuses.add((await ask()).status);
  expect([...statuses]).toEqual([200]);
  const refused = await ask();
  expect(refused.status).toBe(429);
  expect(refused.headers.get('retry-after')).toBe('1');
});
