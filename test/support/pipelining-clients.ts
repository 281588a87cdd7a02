/**
 * A process of its own with clients that send requests without waiting for answers: each fills a
 * few megabytes with one request, again and again, and sends all of it at once.
 *
 * Usage: node pipelining-clients.ts <port> <file with the request> read|deaf. A deaf client never
 * reads. It prints one line when everything has been handed to the system or refused by the server,
 * and stays until it is killed.
 */
import { readFileSync } from 'node:fs';
import { connect } from 'node:net';

const CLIENTS = 50;
const BYTES_EACH = 3_300_000;

const [port, file, manner] = process.argv.slice(2);
const request = readFileSync(file!);
const burst = Buffer.alloc(BYTES_EACH - (BYTES_EACH % request.length), request);
let opened = 0;
const sockets = Array.from({ length: CLIENTS }, () => {
  const socket = connect({ port: Number(port), host: '127.0.0.1' });
  socket.on('error', () => undefined);
  if (manner === 'deaf') socket.pause();
  else socket.resume();
  socket.once('connect', () => {
    opened += 1;
    if (opened === CLIENTS) sendAll();
  });
  return socket;
});

function sendAll(): void {
  for (const socket of sockets) socket.write(burst);
  process.stdout.write('sent\n');
}
setInterval(() => undefined, 1000);
