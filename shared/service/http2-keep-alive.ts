/**
 * Finds out that the other end of an HTTP/2 connection is gone although nobody has closed it, and
 * keeps address translators on the way from forgetting the connection.
 */
import type { Http2Session } from 'node:http2';

export interface KeepAlive {
  /** Between two pings; less than translators remember an idle connection, 30 s at the worst. */
  readonly intervalMs: number;
  /** For the answer to each. */
  readonly timeoutMs: number;
}

export const KEEP_ALIVE: KeepAlive = { intervalMs: 15_000, timeoutMs: 10_000 };

/** Pings until the session closes, and destroys it when a ping is not answered in time. */
export function keepAlive(session: Http2Session, { intervalMs, timeoutMs }: KeepAlive): void {
  const timer = setInterval(() => {
    ping(session, timeoutMs).catch((error: Error) => session.destroy(error));
  }, intervalMs);
  timer.unref();
  session.once('close', () => clearInterval(timer));
}

/** Resolves when the other end has answered. Rejects when it does not in time. */
export function ping(session: Http2Session, timeoutMs: number): Promise<void> {
  return new Promise((resolve, reject) => {
    const onClose = () => settle(new Error('the connection was closed'));
    const timer = setTimeout(() => settle(new Error('no answer to a ping')), timeoutMs);
    const settle = (error: Error | null) => {
      clearTimeout(timer);
      session.off('close', onClose);
      if (error === null) resolve();
      else reject(error);
    };
    session.once('close', onClose);
    if (session.closed || session.destroyed || !session.ping(settle)) onClose();
  });
}
