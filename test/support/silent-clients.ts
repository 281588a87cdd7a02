/**
 * A process of its own that opens connections and sends nothing on them.
 *
 * Usage: node silent-clients.ts <port> <count>. It prints one line when it has opened so many, and
 * stays until it is killed.
 */
import { connect } from 'node:net';

const [port, count] = process.argv.slice(2).map(Number);
/** At the same time, so that the listener's backlog is not what is tested. */
const OPENING = 100;
let begun = 0;
let opened = 0;

function open(): void {
  if (begun === count) return;
  begun += 1;
  const socket = connect({ port: port!, host: '127.0.0.1' });
  socket.on('error', () => undefined);
  socket.once('connect', () => {
    opened += 1;
    if (opened === count) process.stdout.write('open\n');
    open();
  });
}

for (let i = 0; i < OPENING; i++) open();
setInterval(() => undefined, 1000);
