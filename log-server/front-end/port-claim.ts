/**
 * A server's claim to the port that its front ends share.
 *
 * With `reusePort` another server of the same user may listen there too: the kernel would give each a part of
 * the connections, and neither would notice. Trying to listen without it shows who listens already, but not who is
 * about to, as when a boot starts two servers with one port. So a name is held as long as the port, in the
 * abstract namespace of Linux: it belongs to one socket, goes as far as ports do, and ends with the process.
 */
import { createServer, type ListenOptions, type Server } from 'node:net';
import { errorCode } from '#service/errors.ts';
import { listenError } from '#service/http.ts';

export interface PortClaim {
  release(): Promise<void>;
}

/** Throws `ConfigError` if somebody listens here, or is about to. Port 0 is nobody else's. */
export async function claimPort(address: { host: string; port: number }): Promise<PortClaim> {
  const { host, port } = address;
  const servers: Server[] = [];
  const release = async () => {
    await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))));
  };
  const hold = async (where: ListenOptions) => {
    // Nobody has anything to say here.
    const server = createServer((socket) => socket.destroy()).unref();
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      server.listen(where, resolve);
    });
    servers.push(server);
    return server;
  };
  try {
    if (port !== 0 && process.platform === 'linux')
      await hold({ path: `\0tecp-log/${host}:${port}` });
    const probe = await hold({ host, port });
    servers.pop();
    await new Promise((resolve) => probe.close(resolve));
    return { release };
  } catch (error) {
    await release();
    throw errorCode(error) === undefined ? error : listenError(error as Error, address);
  }
}
