/**
 * Opens the connection to a bastion: TLS 1.3 only, which alone hides from the network whose it is, with
 * the certificate of the bastion checked like any other.
 */
import { isIP } from 'node:net';
import { connect, type TLSSocket } from 'node:tls';
import { BASTION_PROTOCOL } from '#service/bastion.ts';
import type { Credentials } from './certificate.ts';

export interface DialOptions {
  readonly host: string;
  readonly port: number;
  readonly credentials: Credentials;
  /** PEM of whom to trust; the system's authorities if absent. */
  readonly ca?: string | undefined;
  readonly timeoutMs: number;
  readonly signal: AbortSignal;
}

/** Resolves when the bastion has shown who it is and that it is one. Rejects with the reason. */
export function dial(options: DialOptions): Promise<TLSSocket> {
  const { host, port, credentials, ca, timeoutMs, signal } = options;
  signal.throwIfAborted();
  const socket = connect({
    host,
    port,
    ...(isIP(host) === 0 ? { servername: host } : {}),
    ...(ca === undefined ? {} : { ca }),
    ...credentials,
    ALPNProtocols: [BASTION_PROTOCOL],
    minVersion: 'TLSv1.3',
    maxVersion: 'TLSv1.3',
  });
  return new Promise((resolve, reject) => {
    const fail = (error: Error): void => {
      settle();
      socket.destroy();
      reject(error);
    };
    const onAbort = (): void => fail(new Error('told to stop'));
    const onClose = (): void => fail(new Error('closed by the bastion'));
    const timer = setTimeout(() => fail(new Error('no answer in time')), timeoutMs);
    const settle = (): void => {
      clearTimeout(timer);
      signal.removeEventListener('abort', onAbort);
      socket.off('close', onClose);
    };
    signal.addEventListener('abort', onAbort, { once: true });
    // Stays: an error after a failure is nobody's, and later ones are the session's, too.
    socket.on('error', fail);
    socket.once('close', onClose);
    socket.once('secureConnect', () => {
      if (socket.alpnProtocol !== BASTION_PROTOCOL) {
        return fail(new Error(`it does not speak ${BASTION_PROTOCOL}`));
      }
      settle();
      socket.off('error', fail);
      resolve(socket);
    });
  });
}
