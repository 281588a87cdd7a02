/**
 * A process of its own with clients that are slow: they open a connection and send one byte of a request a
 * second, for ever, or nothing at all.
 *
 * Usage: node slow-clients.ts <port> <silent> <slow>. It prints one line when so many are open, opens another
 * for each that the server closes, and stays until it is killed.
 */
import { connect } from 'node:net';

const [port, silent, slow] = process.argv.slice(2).map(Number);
const REQUEST = `POST /v1/log/entries HTTP/1.1\r\nhost: slow\r\nx-slow: ${'x'.repeat(1000)}`;
/** At the same time, so that the listener's backlog is not what is tested. */
const OPENING = 100;
const AGAIN_MS = 100;
let waiting = silent! + slow!;
let begun = 0;
let opened = 0;

function open(isSlow: boolean, onOpen: () => void): void {
  // Of several addresses, as one may have a share of the connections only.
  const localAddress = `127.0.0.${3 + (begun++ % 4)}`;
  const socket = connect({ port: port!, host: '127.0.0.1', localAddress });
  let sent = 0;
  const drip = setInterval(() => {
    if (isSlow) socket.write(REQUEST[sent++ % REQUEST.length]!);
  }, 1000);
  socket.on('error', () => undefined);
  socket.once('connect', () => {
    opened += 1;
    if (opened === silent! + slow!) process.stdout.write('open\n');
    onOpen();
  });
  socket.once('close', () => {
    clearInterval(drip);
    setTimeout(() => open(isSlow, () => undefined), AGAIN_MS);
  });
}

function next(): void {
  if (waiting === 0) return;
  waiting -= 1;
  open(waiting < slow!, next);
}

for (let i = 0; i < OPENING; i++) next();
