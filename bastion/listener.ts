/** Where backends connect: TLS 1.3 and `bastion/0` only, with a client certificate. */
import type { AddressInfo, Socket } from 'node:net';
import { createServer, type TLSSocket } from 'node:tls';
import { BASTION_PROTOCOL } from '#service/bastion.ts';
import { type ListeningAddress, listenError, type TlsFiles } from '#service/http.ts';
import type { Logger } from '#service/logging.ts';
import { type NewcomerLimits, Newcomers } from '#service/newcomers.ts';

export interface BackendListenerOptions {
  readonly listen: { readonly host: string; readonly port: number };
  readonly tls: TlsFiles;
  /** Takes a connection whose handshake is done; whether it is that of a backend now. */
  readonly admit: (socket: TLSSocket) => Promise<boolean>;
  readonly limits: NewcomerLimits;
  readonly logger: Logger;
}

const HANDSHAKE_TIMEOUT_MS = 10_000;
export const BACKEND_LIMITS: NewcomerLimits = { total: 2048, waitingOfAddress: 64 };

export interface BackendListener {
  start(): Promise<Omit<ListeningAddress, 'url'>>;
  /** From the next connection on, this certificate is shown. */
  renewTls(files: TlsFiles): void;
  /** Takes no further connection, and cuts what is left when `ended` has resolved. */
  stop(ended: () => Promise<void>): Promise<void>;
}

export function createBackendListener(options: BackendListenerOptions): BackendListener {
  const { listen, tls, admit, limits, logger } = options;
  const server = createServer({
    ...tls,
    minVersion: 'TLSv1.3',
    maxVersion: 'TLSv1.3',
    ALPNProtocols: [BASTION_PROTOCOL],
    requestCert: true,
    // Certificates of backends are signed by nobody else; what counts is the key.
    rejectUnauthorized: false,
    handshakeTimeout: HANDSHAKE_TIMEOUT_MS,
  });
  const connections = new Newcomers(limits);
  // Below TLS: also those that are in their handshake.
  server.on('connection', (socket: Socket) => connections.admit(socket));
  server.on('secureConnection', async (socket) => {
    socket.on('error', (error) => logger.debug({ err: error }, 'a backend connection failed'));
    if (await admit(socket)) connections.settle(socket);
  });
  server.on('tlsClientError', (error, socket) => {
    logger.info({ remote: socket.remoteAddress, reason: error.message }, 'no handshake');
  });
  return {
    start: () =>
      new Promise((resolve, reject) => {
        const onError = (error: Error) => reject(listenError(error, listen));
        server.once('error', onError);
        server.listen(listen.port, listen.host, () => {
          server.off('error', onError);
          server.on('error', (error) => logger.error({ err: error }, 'the listener failed'));
          const { address, port } = server.address() as AddressInfo;
          resolve({ host: address, port });
        });
      }),
    renewTls: (files) => server.setSecureContext({ ...files, minVersion: 'TLSv1.3' }),
    stop: async (ended) => {
      const closed = new Promise((resolve) => server.close(resolve));
      await ended();
      connections.destroyAll();
      await closed;
    },
  };
}
