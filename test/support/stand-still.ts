/** A process that stands still for a while, and goes on even when whoever stopped it is gone: nobody else ends it then. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';

/** `$0` is the process. The end of the standard input is that of whoever waits, too. */
const HOLD = 'kill -STOP "$0" && echo && { read -r _; kill -CONT "$0"; }';

/** Resolves once it stands still, with what lets it go on. */
export async function standStill(pid: number): Promise<() => Promise<void>> {
  // Out of the reach of a Ctrl-C, which it has to outlive.
  const holder = spawn('sh', ['-c', HOLD, String(pid)], {
    stdio: ['pipe', 'pipe', 'inherit'],
    detached: true,
  });
  const ended = once(holder, 'exit');
  const isHeld = await Promise.race([once(holder.stdout, 'data'), ended.then(() => false)]);
  if (isHeld === false) throw new Error(`process ${pid} does not stand still`);
  return async () => {
    holder.stdin.end();
    await ended;
  };
}
