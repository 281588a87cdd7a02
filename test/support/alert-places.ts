/** The receivers of alerts that are on this machine: a program, a file, and standard output. */
import { chmodSync, existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Receiver } from './alert-receivers.ts';
import { TIMEOUT_MS, WELL } from './alert-receivers.ts';
import { tempFolder } from './temp.ts';

/** Appends its input and its environment to files, unless a file says otherwise. */
const SCRIPT = `#!/bin/sh
cd "$(dirname "$0")" || exit 1
mode=$(cat mode)
input=$(cat)
case $mode in
  away) echo "not now" >&2; exit 1;;
  hangs) echo $$ > pid; sleep 600 & echo $! > child; wait;;
  refuses*) case $input in *"\${mode#refuses }"*) exit 65;; esac;;
esac
env > environment
printf '%s\\n' "$@" > arguments
printf '%s\\n' "$input" >> told
`;

export async function scriptReceiver() {
  const folder = tempFolder();
  const path = join(folder, 'alert.sh');
  writeFileSync(path, SCRIPT);
  chmodSync(path, 0o755);
  const told = () => linesOf(join(folder, 'told'));
  const settings = { command: [path, 'an argument; with $(words)'], timeout_ms: TIMEOUT_MS };
  return withMode({ folder, settings, told, close: async () => undefined }, (mode) => {
    const text = mode.kind === 'refuses' ? `refuses ${mode.text}` : mode.kind;
    writeFileSync(join(folder, 'mode'), text);
  });
}

export async function fileReceiver() {
  const base = tempFolder();
  const folder = join(base, 'told');
  const path = join(folder, 'alerts.ndjson');
  mkdirSync(folder);
  let isThere = true;
  const told = () => linesOf(path);
  return withMode({ path, settings: { path }, told, close: async () => undefined }, ({ kind }) => {
    if ((kind === 'well') === isThere) return;
    const elsewhere = join(base, 'elsewhere');
    renameSync(isThere ? folder : elsewhere, isThere ? elsewhere : folder);
    isThere = !isThere;
  });
}

/** Standard output of this process, as long as it is not closed. */
export async function stdoutReceiver() {
  const told: string[] = [];
  const write = process.stdout.write;
  let now: Receiver['mode'] = WELL;
  type Callback = (error?: Error) => void;
  process.stdout.write = ((text: string, callback: Callback) => {
    if (now.kind === 'hangs') return false;
    const gone = Object.assign(new Error('gone'), { code: 'EPIPE' });
    if (now.kind === 'well') told.push(text.trimEnd());
    process.nextTick(callback, now.kind === 'well' ? undefined : gone);
    return true;
  }) as typeof write;
  const close = async () => {
    process.stdout.write = write;
  };
  return withMode({ settings: {}, told: () => told, close }, (mode) => {
    now = mode;
  });
}

function linesOf(path: string): string[] {
  return existsSync(path) ? readFileSync(path, 'utf8').split('\n').slice(0, -1) : [];
}

/** `set` is called with each mode, the first included. */
function withMode<T extends object>(receiver: T, set: (mode: Receiver['mode']) => void) {
  let current: Receiver['mode'] = WELL;
  set(current);
  Object.defineProperty(receiver, 'mode', {
    get: () => current,
    set: (mode: Receiver['mode']) => {
      current = mode;
      set(mode);
    },
  });
  return receiver as T & Pick<Receiver, 'mode'>;
}
