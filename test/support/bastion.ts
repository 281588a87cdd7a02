/** For tests of bastions: one in this process, and backends of every manner that dial in to it. */
import { execFileSync } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { type ClientHttp2Session, type Http2Server, connect as http2Connect } from 'node:http2';
import { type AddressInfo, createServer as createTcpServer, connect as tcpConnect } from 'node:net';
import { join } from 'node:path';
import { type ConnectionOptions, connect, createServer, type TLSSocket } from 'node:tls';
import { z } from 'zod';
import { type BastionConfig, bastionConfigSchema } from '#bastion/config.ts';
import { type BastionDeps, type RunningBastion, startBastion } from '#bastion/server.ts';
import { ed25519PublicKey } from '#crypto';
import { createLogger } from '#service/logging.ts';
import { backendCredentials, type Credentials } from '#witness/bastion/certificate.ts';
import type { Cleanup } from './witness.ts';

/** A certificate of `localhost` and 127.0.0.1, signed by itself, and its key. */
export function serverCertificate(folder: string): { certificate: string; key: string } {
  const files = { certificate: join(folder, 'tls.crt'), key: join(folder, 'tls.key') };
  const names = 'subjectAltName=DNS:localhost,IP:127.0.0.1';
  const request = ['req', '-x509', '-newkey', 'ed25519', '-nodes', '-subj', '/CN=localhost'];
  const output = ['-addext', names, '-out', files.certificate, '-keyout', files.key];
  execFileSync('openssl', [...request, ...output], { stdio: 'pipe' });
  return files;
}

export interface TestBastion extends RunningBastion {
  readonly config: BastionConfig;
  readonly port: number;
  /** PEM file of whom backends have to trust. */
  readonly ca: string;
  /** Writes the list of those that may connect. */
  allow(hashes: readonly string[]): void;
  /** Prefix of a backend. */
  urlOf(hash: string): string;
}

type ConfigInput = z.input<ReturnType<typeof bastionConfigSchema>>;

export async function startTestBastion(
  cleanup: Cleanup,
  options: { allowed?: readonly string[]; config?: Partial<ConfigInput>; deps?: BastionDeps } = {},
): Promise<TestBastion> {
  const folder = cleanup.folder();
  const tls = serverCertificate(folder);
  const list = join(folder, 'backends.txt');
  const allow = (hashes: readonly string[]) =>
    writeFileSync(list, `# who may\n${hashes.join('\n')}\n`);
  allow(options.allowed ?? []);
  const config = bastionConfigSchema(z.string()).parse({
    listen: { port: 0 },
    tls,
    backends: { listen: { port: 0 }, allowed: list },
    ...options.config,
  });
  const logger = createLogger({ name: 'bastion', level: 'silent' });
  const running = await startBastion(config, { logger, ...options.deps });
  let closed: Promise<void> | undefined;
  const close = (): Promise<void> => {
    closed ??= running.close();
    return closed;
  };
  cleanup.add(close);
  const port = Number(running.backends.split(':').at(-1));
  const urlOf = (hash: string) => `${running.url}/${hash}`;
  return { ...running, close, config, port, ca: tls.certificate, allow, urlOf };
}

export interface BackendKey {
  readonly seed: Uint8Array;
  readonly hash: string;
  readonly credentials: Credentials;
}

export function newBackendKey(seed: Uint8Array = randomBytes(32)): BackendKey {
  const hash = createHash('sha256').update(ed25519PublicKey(seed)).digest('hex');
  return { seed, hash, credentials: backendCredentials(seed, Date.now()) };
}

/** Dials in as a backend does, or as `options` say. Resolves with the handshake done. */
export async function dialIn(
  port: number,
  credentials: Partial<Credentials>,
  options: ConnectionOptions = {},
): Promise<TLSSocket> {
  const socket = connect({
    host: '127.0.0.1',
    port,
    ALPNProtocols: ['bastion/0'],
    rejectUnauthorized: false,
    ...credentials,
    ...options,
  });
  await new Promise((resolve, reject) => {
    socket.once('secureConnect', resolve);
    socket.once('error', reject);
    socket.once('close', () => reject(new Error('closed')));
  });
  socket.on('error', () => undefined);
  return socket;
}

/** Serves on a connection that was dialled; ended with the test. */
export function serveOn(cleanup: Cleanup, server: Http2Server, socket: TLSSocket): void {
  server.on('sessionError', () => undefined);
  server.emit('connection', socket);
  cleanup.add(() => socket.destroy());
}

/** The bastion's end of connections, in the hands of a test. */
export interface HandBastion {
  readonly address: string;
  readonly ca: string;
  /** The connections that came, as HTTP/2 clients, in order. */
  readonly sessions: ClientHttp2Session[];
}

export async function startHandBastion(
  cleanup: Cleanup,
  accept: (socket: TLSSocket) => ClientHttp2Session | undefined = clientOn,
): Promise<HandBastion> {
  const { certificate, key } = serverCertificate(cleanup.folder());
  const sessions: ClientHttp2Session[] = [];
  const server = createServer({
    cert: readFileSync(certificate),
    key: readFileSync(key),
    ALPNProtocols: ['bastion/0'],
    requestCert: true,
    rejectUnauthorized: false,
  });
  server.on('secureConnection', (socket) => {
    socket.on('error', () => undefined);
    cleanup.add(() => socket.destroy());
    const session = accept(socket);
    if (session !== undefined) sessions.push(session);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  cleanup.add(() => new Promise((resolve) => server.close(resolve)));
  const { port } = server.address() as AddressInfo;
  return { address: `127.0.0.1:${port}`, ca: certificate, sessions };
}

export function clientOn(socket: TLSSocket): ClientHttp2Session {
  const session = http2Connect('https://backend', { createConnection: () => socket });
  session.on('error', () => undefined);
  return session;
}

/** A network between a backend and its bastion, which can swallow all that is sent without a word. */
export async function startRelay(
  cleanup: Cleanup,
  port: number,
): Promise<{ readonly port: number; swallow(): void }> {
  let isSwallowing = false;
  const server = createTcpServer((near) => {
    const far = tcpConnect(port, '127.0.0.1');
    cleanup.add(() => [near, far].map((end) => end.destroy()));
    for (const [from, to] of [
      [near, far],
      [far, near],
    ] as const) {
      from.on('error', () => undefined);
      from.on('data', (chunk) => isSwallowing || to.write(chunk));
      from.on('close', () => isSwallowing || to.destroy());
    }
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  cleanup.add(() => server.close());
  return {
    port: (server.address() as AddressInfo).port,
    swallow: () => {
      isSwallowing = true;
    },
  };
}
