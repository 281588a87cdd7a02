/** One HTTP exchange with an untrusted server: deadline, cap, no redirects, no password shown, exact errors. */
import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { inspect } from 'node:util';
import { afterEach, describe, expect, it } from 'vitest';
import { get, parseJsonObject, RemoteError, send, shownPrefix, urlPrefix } from '#client/http.ts';

const servers: Server[] = [];

async function serve(listener: RequestListener): Promise<string> {
  const server = createServer(listener);
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

afterEach(async () => {
  for (const server of servers.splice(0)) {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  }
});

async function failure(work: Promise<unknown>): Promise<RemoteError> {
  const error = await work.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  expect(error).toBeInstanceOf(RemoteError);
  return error as RemoteError;
}

const GET = { method: 'GET' };

describe('send', () => {
  it('answers status, headers and the whole body, whatever the status', async () => {
    const url = await serve((_, response) => {
      response.writeHead(418, { 'x-a': 'b' }).write('one ');
      setTimeout(() => response.end('two'), 20);
    });
    const answer = await send(url, GET);
    expect([answer.status, answer.headers.get('x-a')]).toEqual([418, 'b']);
    expect(Buffer.from(answer.body).toString()).toBe('one two');
  });

  it('sends method, headers and body', async () => {
    let seen: unknown;
    const url = await serve(async (request, response) => {
      const chunks: Buffer[] = [];
      for await (const chunk of request) chunks.push(chunk);
      seen = [request.method, request.headers['x-a'], Buffer.concat(chunks).toString()];
      response.end();
    });
    await send(url, { method: 'POST', headers: { 'x-a': 'b' }, body: 'hello' });
    expect(seen).toEqual(['POST', 'b', 'hello']);
  });

  it.each([
    ['no answer at all', (() => undefined) as RequestListener],
    [
      'a body that never ends',
      ((_, response) => response.writeHead(200).write('x')) as RequestListener,
    ],
    [
      'a body that drips',
      ((_, response) => {
        const timer = setInterval(() => response.write('x'), 20);
        response.on('close', () => clearInterval(timer));
      }) as RequestListener,
    ],
  ])('gives up after its time: %s', async (_, listener) => {
    const url = await serve(listener);
    const startedMs = performance.now();
    const error = await failure(send(url, GET, { timeoutMs: 150 }));
    expect(error.kind).toBe('timeout');
    expect(error.message).toContain('no answer within 150 ms');
    expect(performance.now() - startedMs).toBeLessThan(30_000);
  });

  it('reads no more than its cap, declared or not', async () => {
    let sent = 0;
    const endless = await serve((_, response) => {
      const timer = setInterval(() => {
        response.write('x'.repeat(10_000));
        sent += 10_000;
      }, 1);
      response.on('close', () => clearInterval(timer));
    });
    const exact = await serve((_, response) => response.end('x'.repeat(1000)));
    expect((await failure(send(endless, GET, { maxBytes: 20_000 }))).kind).toBe('too-large');
    expect(sent).toBeLessThan(2_000_000);
    expect((await send(exact, GET, { maxBytes: 1000 })).body).toHaveLength(1000);
    expect((await failure(send(exact, GET, { maxBytes: 999 }))).kind).toBe('too-large');
  });

  it('follows no redirect', async () => {
    let followed = false;
    const target = await serve((_, response) => {
      followed = true;
      response.end();
    });
    const url = await serve((_, response) => response.writeHead(302, { location: target }).end());
    expect((await failure(send(url, GET))).kind).toBe('unreachable');
    const manual = { ...GET, redirect: 'manual' } as const;
    expect((await send(url, manual)).status).toBe(302);
    expect(followed).toBe(false);
    // What a browser shows of it.
    const opaque = { type: 'opaqueredirect', status: 0, headers: new Headers(), body: null };
    const browser = { fetch: async () => opaque as unknown as Response };
    const error = await failure(send(url, manual, browser));
    expect([error.kind, error.status]).toEqual(['status', undefined]);
    expect(error.message).toBe(`${url}: a redirect, which is not followed`);
  });

  it('says why there was no connection, or that it broke', async () => {
    const refused = await failure(send('http://127.0.0.1:9', GET));
    expect(refused.kind).toBe('unreachable');
    const broken = await serve((_, response) => response.socket?.destroy());
    const error = await failure(send(broken, GET));
    expect([error.kind, error.url]).toEqual(['unreachable', broken]);
    const cut = await serve((_, response) => {
      response.writeHead(200, { 'content-length': '10' }).write('x');
      setTimeout(() => response.socket?.destroy(), 20);
    });
    expect((await failure(send(cut, GET))).kind).toBe('unreachable');
  });

  it('ends early with the reason of the caller', async () => {
    const url = await serve(() => undefined);
    const caller = new AbortController();
    const reason = new Error('no longer needed');
    const sending = send(url, GET, { signal: caller.signal });
    setTimeout(() => caller.abort(reason), 20);
    await expect(sending).rejects.toBe(reason);
    await expect(send(url, GET, { signal: caller.signal })).rejects.toBe(reason);
  });

  it('works over any fetch, and describes whatever that throws', async () => {
    const echo = async (url: string) => new Response(url);
    const answer = await send('http://x/y', GET, { fetch: echo });
    expect(Buffer.from(answer.body).toString()).toBe('http://x/y');
    expect((await send('http://x', GET, { fetch: async () => new Response() })).body).toHaveLength(
      0,
    );
    const throwing = (thrown: unknown) => ({ fetch: () => Promise.reject(thrown) });
    const message = async (thrown: unknown) =>
      (await failure(send('http://x', GET, throwing(thrown)))).message;
    expect(await message(new TypeError('fetch failed'))).toBe('http://x: fetch failed');
    expect(await message(Object.assign(new Error('a'), { code: 'ECODE' }))).toBe('http://x: ECODE');
    expect(await message('strange')).toBe('http://x: connection failed');
    expect(await message(new Error(''))).toBe('http://x: connection failed');
  });
});

describe('get', () => {
  it('answers the body of a 200, and the problem of anything else', async () => {
    const url = await serve((request, response) => {
      if (request.url === '/ok') response.end('fine');
      else if (request.url === '/empty') response.writeHead(204).end();
      else {
        response.writeHead(503, { 'retry-after': '7' });
        response.end('{"code":"overloaded","detail":"Later."}');
      }
    });
    expect(Buffer.from(await get(`${url}/ok`)).toString()).toBe('fine');
    expect((await failure(get(`${url}/empty`))).status).toBe(204);
    const error = await failure(get(`${url}/busy`));
    expect(error).toMatchObject({ kind: 'status', status: 503, retryAfterSeconds: 7 });
    expect(error.message).toContain('(overloaded: Later.)');
    expect(error.body).toContain('"overloaded"');
  });

  it.each([
    ['7', 7],
    ['0', 0],
    ['007', 7],
    ['9'.repeat(30), Number.MAX_SAFE_INTEGER],
    ['Wed, 21 Oct 2026 07:28:00 GMT', undefined],
    ['3.5', undefined],
    ['3e0', undefined],
    ['0x4', undefined],
    ['+4', undefined],
    ['-4', undefined],
    ['', undefined],
    ['Infinity', undefined],
  ])('takes %j of Retry-After for %j seconds', async (text, seconds) => {
    const url = await serve((_, response) => {
      response.writeHead(503, { 'retry-after': text }).end();
    });
    expect((await failure(get(url))).retryAfterSeconds).toBe(seconds);
  });

  it('says the code, the detail and the field of a problem, where they are valid text', async () => {
    let body = '';
    const url = await serve((_, response) => response.writeHead(400).end(body));
    const problem = { code: 'E-TS-003', detail: 'old', field: 'ts' };
    body = JSON.stringify(problem);
    expect(await failure(get(url))).toMatchObject(problem);
    const nothing = { code: undefined, detail: undefined, field: undefined };
    body = '{"code":7,"detail":[],"field":"ts"}';
    expect(await failure(get(url))).toMatchObject({ ...nothing, field: 'ts' });
    body = '{"code":"odd","detail":"\\ud800","field":"ts"}';
    const message = `${url}: unexpected status 400`;
    expect(await failure(get(url))).toMatchObject({ ...nothing, message });
  });
});

describe('an answer that says no', () => {
  const PROBLEM = '{"code":"odd"';
  it.each<[string, RequestListener]>([
    [
      'is cut off',
      (_, response) => {
        response.writeHead(503, { 'content-length': '100' }).write(PROBLEM);
        setTimeout(() => response.socket?.resetAndDestroy(), 20);
      },
    ],
    ['does not come', (_, response) => response.writeHead(503).write(PROBLEM)],
    [
      'is long',
      (_, response) => response.writeHead(503).end(`${PROBLEM},"a":"${'x'.repeat(8192)}"}`),
    ],
    [
      'does not end',
      (_, response) => {
        const timer = setInterval(() => response.write('x'.repeat(10_000)), 1);
        response.writeHead(503).on('close', () => clearInterval(timer));
      },
    ],
    ['is no text', (_, response) => response.writeHead(503).end(Uint8Array.of(0xff))],
    [
      'is not compressed as it claims',
      (_, response) => response.writeHead(503, { 'content-encoding': 'gzip' }).end(`${PROBLEM}}`),
    ],
  ])('says so by its status, although its body %s', async (_, listener) => {
    const url = await serve(listener);
    const error = await failure(get(url, { timeoutMs: 500 }));
    expect(error).toMatchObject({ kind: 'status', status: 503, body: '', code: undefined });
  });

  it('ends early with the reason of the caller', async () => {
    const url = await serve((_, response) => response.writeHead(503).write('x'));
    const caller = new AbortController();
    const reason = new Error('no longer needed');
    setTimeout(() => caller.abort(reason), 100);
    await expect(get(url, { signal: caller.signal })).rejects.toBe(reason);
  });

  it('is read whole where its status is wanted', async () => {
    const url = await serve((_, response) => response.writeHead(409).end('x'.repeat(20_000)));
    expect((await send(url, GET)).body).toHaveLength(0);
    expect((await send(url, GET, {}, (status) => status === 409)).body).toHaveLength(20_000);
  });
});

describe('user and password of a URL', () => {
  let asked: (string | undefined)[] = [];
  const start = async () => {
    asked = [];
    const url = await serve((request, response) => {
      asked.push(request.headers.authorization);
      response.writeHead(request.url === '/no' ? 401 : 200).end();
    });
    return (userInfo: string, path = '/') => url.replace('//', `//${userInfo}@`) + path;
  };
  const basic = (text: string) => `Basic ${Buffer.from(text).toString('base64')}`;

  it.each([
    ['us%65r:S3CRET', 'user:S3CRET'],
    ['u:', 'u:'],
    [':p', ':p'],
    ['%C3%BC:%zz%00p@:', 'ü:%zz\0p@:'],
    ['ü:p', 'ü:p'],
  ])('are sent as Basic authorization: %s', async (userInfo, sent) => {
    const at = await start();
    await get(at(userInfo));
    expect(asked).toEqual([basic(sent)]);
  });

  it('leave the other headers of a request as they are', async () => {
    const at = await start();
    const headers = { Authorization: 'Bearer x' };
    await send(at('u:S3CRET'), { ...GET, headers });
    expect(asked).toEqual(['Bearer x']);
  });

  it('stand in no error', async () => {
    const at = await start();
    const refused = await failure(get(at('u:S3CRET', '/no')));
    const url = at('', '/no').replace('//@', '//');
    expect([refused.status, refused.url]).toEqual([401, url]);
    expect(refused.message).toBe(`${url}: unexpected status 401`);
    const unreachable = await failure(get('http://u:S3CRET@127.0.0.1:9/'));
    const own = new RemoteError('bad-content', 'http://u:S3CRET@h/x', 'odd');
    expect(own.message).toBe('http://h/x: odd');
    for (const error of [refused, unreachable, own]) {
      expect(inspect(error, { showHidden: true, depth: 9 })).not.toContain('S3CRET');
    }
  });
});

describe('a deadline or a cap that is none', () => {
  it.each([Number.NaN, -1, 0.5, 2 ** 53, '1', null])('is refused: %j', async (value) => {
    const bad = value as number;
    const fetch = () => Promise.reject(new Error('nothing is sent'));
    for (const options of [{ maxBytes: bad }, { timeoutMs: bad }]) {
      const error = await get('http://127.0.0.1:1', { fetch, ...options }).catch(
        (reason) => reason,
      );
      expect(error instanceof TypeError || error instanceof RangeError).toBe(true);
    }
  });
});

describe('small parsers', () => {
  it('parseJsonObject takes objects only', () => {
    expect(parseJsonObject('{"a":1}')).toEqual({ a: 1 });
    for (const text of ['', 'x', '[]', 'null', '1', '"a"', '{']) {
      expect(parseJsonObject(text)).toBeUndefined();
    }
  });

  it('urlPrefix drops slashes at the end, and takes http and https only', () => {
    expect(urlPrefix('http://a/b//')).toBe('http://a/b');
    expect(urlPrefix('https://a')).toBe('https://a');
    expect(urlPrefix('https://u:p@a')).toBe('https://u:p@a');
    expect(shownPrefix('https://u:p@a')).toBe('https://a');
    expect(shownPrefix('http://:p@a/b')).toBe('http://a/b');
    expect(shownPrefix('http://a/b')).toBe('http://a/b');
    for (const url of ['ftp://a', 'file:///etc/passwd', 'a', '', 'javascript:1']) {
      expect(() => urlPrefix(url)).toThrow(TypeError);
    }
  });
});
