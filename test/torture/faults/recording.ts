/**
 * Everything that a process did to certain files, in order, as strace saw it: each write with its bytes,
 * each length, name and sync.
 */

export interface Step {
  /** When it began, in milliseconds of the wall clock. */
  readonly atMs: number;
  readonly change: Change;
}

export type Change =
  | { readonly do: 'write'; readonly path: string; readonly at: number; readonly bytes: Buffer }
  | { readonly do: 'append'; readonly path: string; readonly bytes: Buffer }
  | { readonly do: 'truncate'; readonly path: string; readonly size: number }
  | { readonly do: 'create'; readonly path: string; readonly empties: boolean }
  | { readonly do: 'rename'; readonly from: string; readonly to: string }
  | { readonly do: 'unlink'; readonly path: string }
  | { readonly do: 'sync'; readonly path: string };

/** What strace has to be told for `readRecording` to understand it. */
export const RECORDING = [
  ...['-ttt', '-y', '-xx', '-s', '100000000', '-e'],
  'trace=write,pwrite64,fsync,fdatasync,ftruncate,rename,unlink,openat',
];

const CALL = /^(\d+) +([\d.]+) (\w+)\((.*)$/;
const RESUMED = /^(\d+) +[\d.]+ <\.\.\. \w+ resumed>(.*)$/;
const UNFINISHED = ' <unfinished ...>';
const RESULT = /^(.*)\) += (-?\d+)/;

interface Begun {
  readonly call: string;
  readonly atMs: number;
  readonly args: string;
  readonly slot: number;
}

/**
 * A call that another thread interrupted stands where it began, but a sync where it had ended: by then what
 * it covers was written, and before that nobody may rely on it.
 */
export function readRecording(text: string): Step[] {
  const slots: (Step | undefined)[] = [];
  const unfinished = new Map<string, Begun>();
  const end = ({ call, atMs, args, slot }: Begun, rest: string): void => {
    const [, all, result] = RESULT.exec(args + rest) ?? [];
    if (all === undefined) throw new Error(`not understood: ${call}(${args.slice(0, 200)}`);
    const change = Number(result) < 0 ? undefined : changeOf(call, all);
    if (change?.do === 'sync') slots.push({ atMs, change });
    else if (change !== undefined) slots[slot] = { atMs, change };
  };
  for (const line of text.split('\n')) {
    const [, thread, seconds, call, rest] = CALL.exec(line) ?? [];
    if (rest !== undefined) {
      const isWhole = !rest.endsWith(UNFINISHED);
      const args = isWhole ? '' : rest.slice(0, -UNFINISHED.length);
      const slot = slots.push(undefined) - 1;
      const begun = { call: call!, atMs: Number(seconds) * 1000, args, slot };
      if (isWhole) end(begun, rest);
      else unfinished.set(thread!, begun);
    }
    const [, resumed, tail] = RESUMED.exec(line) ?? [];
    if (resumed !== undefined) end(unfinished.get(resumed)!, tail!);
  }
  return slots.filter((step) => step !== undefined);
}

/** What a call changed; undefined if that is nothing. */
function changeOf(call: string, args: string): Change | undefined {
  const strings = [...args.matchAll(/(?<=["<])(?:\\x[0-9a-f]{2})*(?=[">])/g)].map(([hex]) =>
    Buffer.from(hex.replaceAll('\\x', ''), 'hex'),
  );
  const names = strings.map((bytes) => bytes.toString());
  const last = Number(args.split(', ').at(-1));
  const [path, second] = names;
  if (path === undefined) throw new Error(`${call} on no file: ${args.slice(0, 200)}`);
  switch (call) {
    case 'pwrite64':
      return { do: 'write', path, at: last, bytes: strings[1]! };
    case 'write':
      return { do: 'append', path, bytes: strings[1]! };
    case 'ftruncate':
      return { do: 'truncate', path, size: last };
    case 'fsync':
    case 'fdatasync':
      return { do: 'sync', path };
    case 'rename':
      return { do: 'rename', from: path, to: second! };
    case 'unlink':
      return { do: 'unlink', path };
    case 'openat': {
      // The folder that it is relative to comes first.
      const empties = args.includes('O_TRUNC');
      const creates = args.includes('O_CREAT');
      return creates ? { do: 'create', path: second!, empties } : undefined;
    }
    default:
      throw new Error(`unknown call ${call}`);
  }
}
