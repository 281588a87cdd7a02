/** A witness without an address, reached through bastions: the same witness, with the same limits. */
import { X509Certificate } from 'node:crypto';
import type { ClientHttp2Session, OutgoingHttpHeaders } from 'node:http2';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { WitnessClient } from '#client/witness-client.ts';
import { KEY_TYPES } from '#protocol/note/key.ts';
import { backendHash } from '#service/bastion.ts';
import { writeSignerKey } from '#service/keys.ts';
import { startHandBastion, startTestBastion } from '#test/support/bastion.ts';
import { getJson } from '#test/support/http.ts';
import { newKey } from '#test/support/keys.ts';
import { MemoryLog } from '#test/support/memory-log.ts';
import { stopRateClock } from '#test/support/rate-clock.ts';
import { eventually, until } from '#test/support/wait.ts';
import { Cleanup, capturedLogger, startTestWitness, witnessSetup } from '#test/support/witness.ts';
import { backendCredentials } from '#witness/bastion/certificate.ts';
import type { WitnessConfig } from '#witness/config.ts';

const cleanup = new Cleanup();
const log = new MemoryLog().growTo(20);
let folder: string;
beforeEach(() => {
  folder = cleanup.folder();
});
afterEach(cleanup.run);

interface Listed {
  readonly address: string;
  readonly ca: string;
  readonly key?: string;
}

/** A witness that dials out to these, and the name that its own key has there. */
async function witnessBehind(
  bastions: readonly Listed[],
  { limits = {}, deps = {} }: { limits?: object; deps?: object } = {},
) {
  const { config, keys } = witnessSetup(folder, [log], {
    config: { bastions: bastions.map(({ address, ca, key }) => ({ address, ca, key })), limits },
  });
  const own = keys.find(({ verifier }) => verifier.type === KEY_TYPES.cosignatureEd25519)!;
  const witness = await startTestWitness(cleanup, config as WitnessConfig, deps);
  return { witness, hash: backendHash(own.verifier.publicKey) };
}

type BastionFacts = { address: string; backend: string; connected: boolean; since: number }[];

async function bastionsOf(url: string): Promise<BastionFacts> {
  return (await getJson(`${url}/`)).bastions as BastionFacts;
}

/** Waits until the witness says that it is connected to all of them, or to none. */
async function says(url: string, isConnected: boolean): Promise<BastionFacts> {
  return await eventually(async () => {
    const told = await bastionsOf(url);
    for (const { connected } of told) expect(connected).toBe(isConnected);
    return told;
  });
}

describe('a witness behind a bastion', () => {
  it('cosigns for whoever comes that way, and says so', async () => {
    const bastion = await startTestBastion(cleanup);
    const address = bastion.backends;
    const { witness, hash } = await witnessBehind([{ address, ca: bastion.ca }]);
    expect(await bastionsOf(witness.url)).toMatchObject([
      { address, backend: hash, connected: false },
    ]);
    const told = async () => await (await fetch(`${witness.url}/metrics`)).text();
    await until(async () => /bastion_connections_total\{.*"failed"\} [1-9]/.test(await told()));
    bastion.allow([hash]);
    bastion.reload();
    await says(witness.url, true);

    const client = new WitnessClient(bastion.urlOf(hash));
    const answer = await client.addCheckpoint(await log.request(0, 7));
    expect(answer).toMatchObject({ kind: 'cosigned', signatures: [{}, {}] });
    expect(await client.addCheckpoint(await log.request(0, 9))).toEqual({
      kind: 'other-size',
      size: 7,
    });
    expect(await client.checkpoint(log.origin)).toBe(await witness.client.checkpoint(log.origin));
    expect(await bastionsOf(bastion.urlOf(hash))).toMatchObject([{ connected: true }]);
    const isUp = `tecp_witness_bastion_connected{bastion="${address}"} 1`;
    await until(async () => (await told()).includes(isUp));
  });

  it('is known there by a key of its own if it has one', async () => {
    const bastion = await startTestBastion(cleanup);
    const key = newKey('bastion.example', KEY_TYPES.ed25519);
    const path = join(folder, 'bastion.key');
    writeSignerKey(path, key);
    const hash = backendHash(key.verifier.publicKey);
    bastion.allow([hash]);
    bastion.reload();
    const listed = { address: bastion.backends, ca: bastion.ca, key: path };
    const { witness } = await witnessBehind([listed]);
    expect(await says(witness.url, true)).toMatchObject([{ backend: hash }]);
    expect((await fetch(`${bastion.urlOf(hash)}/healthz`)).status).toBe(200);
  });

  it('is connected again after the bastion was away, and to several at once', async () => {
    const first = await startTestBastion(cleanup);
    const second = await startTestBastion(cleanup);
    const { witness, hash } = await witnessBehind(
      [first, second].map(({ backends: address, ca }) => ({ address, ca })),
    );
    for (const bastion of [first, second]) {
      bastion.allow([hash]);
      bastion.reload();
    }
    await says(witness.url, true);
    const { config } = first;
    await first.close();
    await until(async () => (await bastionsOf(witness.url))[0]!.connected === false);
    expect((await fetch(`${second.urlOf(hash)}/healthz`)).status).toBe(200);
    const listen = { host: '127.0.0.1', port: first.port };
    const again = await startTestBastion(cleanup, {
      config: { tls: config.tls, backends: { ...config.backends, listen } },
    });
    await says(witness.url, true);
    expect((await fetch(`${again.urlOf(hash)}/healthz`)).status).toBe(200);
  });

  it('does not trust a bastion of an unknown certificate, nor a server that is none', async () => {
    const other = await startTestBastion(cleanup);
    const bastion = await startTestBastion(cleanup);
    const { logger, lines } = capturedLogger();
    await witnessBehind([{ address: bastion.backends, ca: other.ca }], { deps: { logger } });
    const line = await until(() =>
      lines.find(({ msg }) => msg === 'the bastion cannot be reached'),
    );
    expect(line.reason).toMatch(/self-signed|certificate/);
  });

  it('ends when it is closed while a bastion holds its connection', async () => {
    const bastion = await startHandBastion(cleanup);
    const { witness } = await witnessBehind([bastion]);
    await says(witness.url, true);
    await witness.close();
    await until(() => bastion.sessions.every(({ destroyed }) => destroyed));
  });
});

/** What comes back for one request of a client, named as a bastion names it. */
function ask(session: ClientHttp2Session, client: string, headers: OutgoingHttpHeaders, body = '') {
  const stream = session.request({ 'x-forwarded-for': client, ...headers });
  return new Promise<number>((resolve, reject) => {
    stream.once('response', ({ ':status': status }) => resolve(status!));
    stream.once('error', reject);
    stream.resume();
    if (!stream.writableEnded) stream.end(body);
  });
}

describe('a request that comes from a bastion', () => {
  async function behindHand(limits: object = {}) {
    const bastion = await startHandBastion(cleanup);
    const { witness } = await witnessBehind([bastion], { limits });
    // Nobody asks the witness meanwhile: its rates are what is tested.
    const session = await until(() => bastion.sessions[0]);
    return { witness, session };
  }

  it('draws on the rate of its own client, which nobody else may name', async () => {
    stopRateClock();
    const { witness, session } = await behindHand({ requests_per_second: 50 });
    const path = { ':path': `/${'0'.repeat(64)}/checkpoint` };
    const statuses = [];
    for (let i = 0; i < 101; i++) statuses.push(await ask(session, '10.0.0.1', path));
    expect(statuses.slice(0, 100)).toEqual(Array(100).fill(404));
    expect(statuses[100]).toBe(429);
    expect(await ask(session, '10.0.0.2', path)).toBe(404);
    // On the witness's own listener this header says nothing.
    const headers = { 'x-forwarded-for': '10.0.0.1' };
    expect((await fetch(`${witness.url}${path[':path']}`, { headers })).status).toBe(404);
  });

  it('has the limit of all bodies', async () => {
    const { session } = await behindHand();
    const headers = { ':method': 'POST', ':path': '/add-checkpoint' };
    expect(await ask(session, '10.0.0.1', headers, 'x'.repeat(64 * 1024 + 1))).toBe(413);
    expect(await ask(session, '10.0.0.1', headers, 'x')).toBe(400);
    expect(await ask(session, '10.0.0.1', { ':path': '/%ff' })).toBe(400);
  });

  it('is one of a limited number of its client, while others are answered', async () => {
    // A body of unknown length costs 17 requests: the rate must not end what is to be held.
    const { session } = await behindHand({ requests_per_second: 10_000 });
    const headers = {
      ':method': 'POST',
      ':path': '/add-checkpoint',
      'x-forwarded-for': '10.0.0.1',
    };
    const held = Array.from({ length: 64 }, () => session.request(headers));
    cleanup.add(() => held.map((stream) => stream.destroy()));
    for (const stream of held) stream.on('error', () => undefined).write('o');
    const one = { ':path': '/healthz' };
    await until(async () => (await ask(session, '10.0.0.1', one)) === 429);
    expect(await ask(session, '10.0.0.2', one)).toBe(200);
  });

  it.each([
    ['are reset at once', {}],
    ['announce a body that does not come', { ':method': 'POST', 'content-length': '9' }],
  ])('that is one of thousands which %s holds nobody up and ends nothing', async (_, headers) => {
    const { witness, session } = await behindHand();
    expect(session.remoteSettings.maxConcurrentStreams).toBe(256);
    const request = await log.request(0, 7);
    for (let i = 0; i < 4000 && !session.destroyed; i++) {
      const client = { 'x-forwarded-for': `10.0.${i % 200}.1` };
      const stream = session.request({ ':path': '/', ...client, ...headers }, { endStream: true });
      stream.on('error', () => undefined).close(8);
      if (i % 100 === 0) await new Promise(setImmediate);
    }
    expect(await witness.client.addCheckpoint(request)).toMatchObject({ kind: 'cosigned' });
    // Others lose neither the connection nor their requests by it.
    expect(await ask(session, '10.1.0.1', { ':path': '/healthz' })).toBe(200);
    await says(witness.url, true);
  });
});

describe('the certificate of a backend', () => {
  it('is of the key, signed by it, and valid now', () => {
    const nowMs = Date.UTC(2049, 11, 31, 12);
    const seed = new Uint8Array(32).fill(7);
    const { cert } = backendCredentials(seed, nowMs);
    const read = new X509Certificate(cert);
    expect(read.verify(read.publicKey)).toBe(true);
    expect(read.publicKey.asymmetricKeyType).toBe('ed25519');
    expect(read.validFromDate.getTime()).toBe(nowMs - 3_600_000);
    expect(read.validToDate.getTime()).toBe(nowMs + 86_400_000);
    expect(read.keyUsage).toEqual(['1.3.6.1.5.5.7.3.2']);
  });
});
