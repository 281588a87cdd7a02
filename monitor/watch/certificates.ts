/** When the certificate of an https server ends. Whether it is trusted is not asked: requests are. */
import { connect } from 'node:tls';

/** Unix milliseconds; undefined for other URLs, and where nobody answers in time. */
export function certificateEnd(
  url: string,
  timeoutMs: number,
  signal: AbortSignal,
): Promise<number | undefined> {
  const { protocol, hostname, port } = new URL(url);
  if (protocol !== 'https:') return Promise.resolve(undefined);
  return new Promise((resolve) => {
    const host = hostname.replace(/^\[|\]$/g, '');
    const names = /^[\d.]+$|:/.test(host) ? {} : { servername: host };
    const options = { host, port: Number(port || 443), rejectUnauthorized: false, ...names };
    const socket = connect(options);
    const end = (atMs?: number): void => {
      signal.removeEventListener('abort', abort);
      socket.destroy();
      resolve(atMs);
    };
    const abort = (): void => end();
    signal.addEventListener('abort', abort);
    socket.setTimeout(timeoutMs, end);
    socket.once('error', () => end());
    socket.once('secureConnect', () => {
      const endsMs = Date.parse(socket.getPeerCertificate().valid_to);
      end(Number.isNaN(endsMs) ? undefined : endsMs);
    });
  });
}
