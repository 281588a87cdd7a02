/** Where a server of the command line is to listen, as somebody writes it. */
import { unusable } from './errors.ts';

/** `host:port`, with an IPv6 address in brackets. `example` is one for the message. */
export function listenAddress(text: string, example: string) {
  const [, ipv6, name, port] = /^(?:\[([^\]]+)\]|([^:[\]]+)):(\d{1,5})$/.exec(text) ?? [];
  if (port === undefined)
    throw unusable(`"${text}" is no address to listen on, such as ${example}.`);
  return { host: ipv6 ?? name, port: Number(port) };
}
