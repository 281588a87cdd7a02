/** A mirror as a service: to whoever reads it looks like its log, and it says what keeps it from going on. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { mirrorConfigSchema } from '#log-server/mirror/config.ts';
import { type RunningMirror, startMirror } from '#log-server/mirror/server.ts';
import { encodeUtf8 } from '#protocol/bytes.ts';
import { BYTES_MEDIA_TYPE } from '#protocol/entry/entry-type.ts';
import { parseConfig } from '#service/config.ts';
import { ConfigError } from '#service/errors.ts';
import { logKey, silent, startTestLog, type TestLog } from '#test/support/log.ts';
import { until } from '#test/support/wait.ts';
import { Cleanup } from '#test/support/witness.ts';

const SIZE = 700;
/** Headers that are of one answer, or say how it came. */
const PASSING = ['date', 'x-request-id', 'connection', 'keep-alive', 'transfer-encoding'];

interface ReadinessReport {
  readonly reasons?: { readonly mirror?: string };
}

const cleanup = new Cleanup();
let log: TestLog;

beforeAll(async () => {
  log = await startTestLog({ log: { entry_types: ['opaque'] } });
  cleanup.add(() => log.close());
  await grow(0, SIZE);
});
afterAll(cleanup.run);

async function grow(from: number, to: number): Promise<void> {
  const [served] = log.served;
  const entries = Array.from({ length: to - from }, (_, i) => encodeUtf8(`entry ${from + i}`));
  const admitted = entries.map((entry) => served!.admit(entry, BYTES_MEDIA_TYPE));
  await served!.sequence(await Promise.all(admitted));
  await until(() => log.logs[0]!.published?.size === to);
}

function configOf(settings: object, folder = cleanup.folder()) {
  const document = {
    listen: { port: 0 },
    from: log.url,
    to: 'mirror',
    vkey: log.key.verifier.text,
    interval_ms: 50,
    ...settings,
  };
  return parseConfig(JSON.stringify(document), join(folder, 'mirror.yaml'), mirrorConfigSchema);
}

async function start(settings: object = {}, folder?: string): Promise<RunningMirror> {
  const mirror = await startMirror(configOf(settings, folder), { logger: silent });
  cleanup.add(() => mirror.close());
  return mirror;
}

async function statusOf(url: string): Promise<number> {
  const response = await fetch(url);
  await response.arrayBuffer();
  return response.status;
}

const untilReady = ({ url }: RunningMirror) =>
  until(async () => (await statusOf(`${url}/readyz`)) === 200, { what: 'a mirror that is ready' });

/** What there is of these words in why it is not ready. */
async function reasonOf({ url }: RunningMirror, words: RegExp): Promise<string | undefined> {
  const report = (await (await fetch(`${url}/readyz`)).json()) as ReadinessReport;
  return words.exec(report.reasons?.mirror ?? '')?.[0];
}

async function answerOf(url: string, init?: RequestInit) {
  const response = await fetch(url, init);
  const headers = Object.fromEntries(response.headers);
  for (const name of PASSING) delete headers[name];
  return { status: response.status, headers, body: Buffer.from(await response.arrayBuffer()) };
}

/** In front of the log; answers what `how` does, and the rest of it as the log does. */
async function inFront(how: (request: IncomingMessage, response: ServerResponse) => boolean) {
  return await cleanup.serve(async (request, response) => {
    if (how(request, response)) return;
    const answer = await fetch(`${log.url}${request.url}`);
    response.writeHead(answer.status).end(Buffer.from(await answer.arrayBuffer()));
  });
}

describe.each(['mirror', 'log.db'])('a mirror in %s', (to) => {
  let mirror: RunningMirror;

  beforeAll(async () => {
    mirror = await start({ to });
    await untilReady(mirror);
  });

  it.each([
    '/checkpoint',
    '/tile/0/000',
    '/tile/0/002.p/188',
    '/tile/0/002.p/7',
    '/tile/1/000.p/2',
    '/tile/entries/000',
    '/tile/entries/000.p/9',
    '/tile/entries/002.p/188',
    '/tile/0/003',
    '/tile/0/2',
    '/tile/0/%30%30%30',
    '/tile/entries/x001/000',
  ])('answers %s as the log does', async (path) => {
    const [own, its] = [await answerOf(mirror.url + path), await answerOf(log.url + path)];
    expect(own).toEqual(its);
    const tag = its.headers.etag;
    if (tag === undefined) return;
    const known = { headers: { 'if-none-match': tag } };
    expect(await answerOf(mirror.url + path, known)).toEqual(await answerOf(log.url + path, known));
  });

  it('has nothing else of the log, and takes nothing', async () => {
    expect(await statusOf(`${mirror.url}/v1/log/sth`)).toBe(404);
    const posted = await fetch(`${mirror.url}/add`, { method: 'POST', body: 'entry' });
    expect(posted.status).toBe(404);
    const { paths } = (await (await fetch(`${mirror.url}/openapi.json`)).json()) as {
      paths: object;
    };
    expect(Object.keys(paths)).toContain('/checkpoint');
  });

  it('counts what it holds, for Prometheus', async () => {
    const text = await (await fetch(`${mirror.url}/metrics`)).text();
    expect(text).toMatch(/^tecp_mirror_size \d+$/m);
    expect(text).toMatch(/^tecp_mirror_up_to_date_timestamp_seconds 1\.\d+e9|\d{10}/m);
    expect(text).not.toMatch(/^tecp_mirror_trouble\{/m);
  });
});

it('follows its log', async () => {
  const mirror = await start();
  await untilReady(mirror);
  const { size } = log.logs[0]!.head;
  await grow(size, size + 300);
  await until(async () => {
    const text = await (await fetch(`${mirror.url}/checkpoint`)).text();
    return text.split('\n')[1] === String(size + 300);
  });
  const path = `/tile/entries/00${Math.floor((size + 300) / 256)}.p/${(size + 300) % 256}`;
  expect(await answerOf(mirror.url + path)).toEqual(await answerOf(log.url + path));
});

it('is not ready before there is something verified, and says why', async () => {
  const mirror = await start({ from: 'http://127.0.0.1:1' });
  expect(await statusOf(`${mirror.url}/checkpoint`)).toBe(503);
  expect(await until(() => reasonOf(mirror, /ECONNREFUSED|bad port/))).toBeDefined();
  const text = await (await fetch(`${mirror.url}/metrics`)).text();
  expect(text).toContain('tecp_mirror_trouble{kind="source"} 1');
});

it('serves what it has verified while its log is away, also after a start', async () => {
  const folder = cleanup.folder();
  const first = await startMirror(configOf({}, folder), { logger: silent });
  await untilReady(first);
  const shown = await answerOf(`${first.url}/checkpoint`);
  await first.close();
  const mirror = await start({ from: 'http://127.0.0.1:1' }, folder);
  await untilReady(mirror);
  expect(await answerOf(`${mirror.url}/checkpoint`)).toEqual(shown);
  const path = '/tile/entries/000';
  expect(await answerOf(mirror.url + path)).toEqual(await answerOf(log.url + path));
});

it('asks a log that refuses for load again when it says, and no earlier', async () => {
  const asked: number[] = [];
  const from = await inFront((request, response) => {
    if (request.url !== '/tile/entries/001') return false;
    asked.push(performance.now());
    if (asked.length > 1) return false;
    response.writeHead(429, { 'retry-after': '2' }).end();
    return true;
  });
  const mirror = await start({ from });
  await untilReady(mirror);
  expect(asked[1]! - asked[0]!).toBeGreaterThan(1900);
});

it.each([
  ['a redirect', '/checkpoint', 302, { location: '/tile/0/000' }, ''],
  ['what is no bundle', '/tile/entries/001', 200, {}, 'garbage'],
  [
    'what unpacks to far too much',
    '/tile/entries/001',
    200,
    { 'content-encoding': 'gzip' },
    'bomb',
  ],
])('shows nothing of a log that answers %s', async (_, path, status, headers, body) => {
  const bytes = body === 'bomb' ? gzipSync(new Uint8Array(40_000_000)) : body;
  const from = await inFront((request, response) => {
    if (request.url !== path) return false;
    response.writeHead(status, headers).end(bytes);
    return true;
  });
  const mirror = await start({ from, timeout_ms: 60_000 });
  const reason = await until(() => reasonOf(mirror, RegExp(`${path.slice(1)}: .*`)));
  expect(reason).toMatch(/redirect|ends within an entry|exceeds/);
  expect(await statusOf(`${mirror.url}/checkpoint`)).toBe(503);
});

it.each([
  ['never ends', 1 << 20, /exceeds \d+ bytes/],
  ['trickles', 1, /no answer within 1000 ms/],
])('shows nothing of a log whose answer %s, and ends it', async (_, chunkBytes, reason) => {
  let open = 0;
  const from = await inFront((request, response) => {
    if (request.url !== '/checkpoint') return false;
    open++;
    const writing = setInterval(() => response.write(Buffer.alloc(chunkBytes, 'a')), 50);
    response.once('close', () => {
      clearInterval(writing);
      open--;
    });
    return true;
  });
  const mirror = await start({ from, timeout_ms: 1000 });
  expect(await until(() => reasonOf(mirror, reason))).toBeDefined();
  expect(await statusOf(`${mirror.url}/checkpoint`)).toBe(503);
  await mirror.close();
  await until(() => open === 0, { what: 'every answer is ended' });
});

it('says that it cannot mirror a log with bundles of another kind', async () => {
  const from = await inFront((request, response) => {
    if (!request.url!.startsWith('/tile/entries/')) return false;
    response.writeHead(404).end();
    return true;
  });
  const mirror = await start({ from });
  const reason = await until(() => reasonOf(mirror, /static-ct-api/));
  expect(reason).toBe('static-ct-api');
});

it('refuses a configuration that does not say whom to believe, and a place that another log has', async () => {
  const folder = cleanup.folder();
  expect(() => configOf({ policy: 'policy.txt' })).toThrow(ConfigError);
  expect(() => configOf({ vkey: undefined })).toThrow(ConfigError);
  const first = await startMirror(configOf({}, folder), { logger: silent });
  await untilReady(first);
  await expect(startMirror(configOf({}, folder), { logger: silent })).rejects.toThrow(ConfigError);
  await first.close();
  const vkey = logKey('another.example').verifier.text;
  await expect(startMirror(configOf({ vkey }, folder))).rejects.toThrow(ConfigError);
  await expect(startMirror(configOf({ vkey: 'key' }))).rejects.toThrow(ConfigError);
});
