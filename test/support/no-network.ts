/** For `--import`: a process that loads this cannot reach anything, and dies if it tries. */
import { Socket } from 'node:net';

Socket.prototype.connect = function connect(): never {
  process.stderr.write('this process has no network\n');
  process.exit(99);
};
