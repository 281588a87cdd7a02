/**
 * A sink for alerts: a program that is started for each message, without a shell. It finds the message
 * in its environment (`TECP_...`) and as JSON on its standard input.
 *
 * Exit code 0 takes the message, 65 refuses it for good (EX_DATAERR), any other asks to be tried
 * again. It runs in a process group of its own, which is killed as a whole when its time is over.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { isAbsolute } from 'node:path';
import { z } from 'zod';
import { printable } from '#protocol/printable.ts';
import { ALERT_KINDS } from '../../judge/alert-kinds.ts';
import { isAboutAlert } from '../notice.ts';
import { headlineOf, textOf } from '../notice-text.ts';
import { away, type Message, type Outcome, refused, sinkKind, TAKEN } from './sink.ts';

/** EX_DATAERR of sysexits.h. */
const EXIT_REFUSED = 65;
/** Of what it says on standard error. */
const MAX_REASON_CHARS = 200;
/** All else of our environment is nobody's business. */
const INHERITED = ['PATH', 'HOME', 'LANG', 'TZ', 'TMPDIR'];

export const script = sinkKind({
  settings: () =>
    z.strictObject({
      /** The program's absolute path, and its arguments. */
      command: z
        .array(z.string().max(4096))
        .min(1)
        .max(32)
        .refine(([path]) => isAbsolute(path!), 'expected an absolute path and arguments'),
      timeout_ms: z.int().min(50).max(600_000).default(30_000),
    }),
  open: ({ command, timeout_ms: timeoutMs }) => ({
    send: (message, signal) => run(command, message, timeoutMs, signal),
  }),
});

function run(
  command: readonly string[],
  message: Message,
  timeoutMs: number,
  signal: AbortSignal,
): Promise<Outcome> {
  signal.throwIfAborted();
  const [path, ...args] = command as [string, ...string[]];
  const child = spawn(path, args, {
    cwd: '/',
    env: environmentOf(message),
    detached: true,
    stdio: ['pipe', 'ignore', 'pipe'],
  });
  // One that does not read its input is right to do so.
  child.stdin.on('error', () => undefined).end(`${message.body}\n`);
  let said = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    if (said.length < MAX_REASON_CHARS) said += text;
  });
  return new Promise((resolve, reject) => {
    const end = (finish: () => void) => {
      clearTimeout(timer);
      signal.removeEventListener('abort', onAbort);
      // Whoever it left behind may hold these open for ever.
      child.stdin.destroy();
      child.stderr.destroy();
      finish();
    };
    const onAbort = () => {
      killGroup(child);
      end(() => reject(signal.reason));
    };
    const timer = setTimeout(() => {
      killGroup(child);
      end(() => resolve(away(`killed after ${timeoutMs} ms`)));
    }, timeoutMs);
    signal.addEventListener('abort', onAbort, { once: true });
    child.once('error', (error: NodeJS.ErrnoException) => {
      end(() => resolve(away(`cannot start: ${error.code}`)));
    });
    child.once('exit', (code, by) => end(() => resolve(outcomeOf(code, by, said))));
  });
}

function killGroup({ pid }: ChildProcess): void {
  if (pid === undefined) return;
  try {
    process.kill(-pid, 'SIGKILL');
  } catch {
    // It has just ended.
  }
}

function outcomeOf(code: number | null, by: NodeJS.Signals | null, said: string): Outcome {
  if (code === 0) return TAKEN;
  const words = printable(said.trim()).slice(0, MAX_REASON_CHARS);
  const reason = `${code === null ? by : `exit code ${code}`}${words === '' ? '' : `: ${words}`}`;
  return code === EXIT_REFUSED ? refused(reason) : away(reason);
}

function environmentOf({ id, notice }: Message): Record<string, string> {
  const ours = {
    TECP_DELIVERY: String(id),
    TECP_EVENT: notice.event,
    TECP_HEADLINE: headlineOf(notice),
    TECP_TEXT: textOf(notice),
    TECP_MONITOR: notice.monitor ?? '',
    ...(isAboutAlert(notice) ? alertVariables(notice.alert) : {}),
  };
  const inherited = INHERITED.flatMap((name) => {
    const value = process.env[name];
    return value === undefined ? [] : [[name, value]];
  });
  return { ...(Object.fromEntries(inherited) as Record<string, string>), ...ours };
}

function alertVariables(alert: Extract<Message['notice'], { alert: object }>['alert']) {
  const { meaning, step } = ALERT_KINDS[alert.kind];
  return {
    TECP_ALERT_ID: String(alert.id),
    TECP_ALERT_KIND: alert.kind,
    TECP_ALERT_SEVERITY: alert.severity,
    TECP_ALERT_TITLE: alert.title,
    TECP_ALERT_MEANING: meaning,
    TECP_ALERT_STEP: step,
    TECP_ALERT_ORIGIN: printable(alert.origin ?? ''),
    TECP_ALERT_SUBJECT: printable(alert.subject ?? ''),
    TECP_ALERT_DETAIL: printable(alert.detail),
    TECP_ALERT_EVIDENCE: alert.evidence.join(' '),
    TECP_ALERT_RAISED_AT: String(alert.raised_at),
    TECP_ALERT_RESOLVED_AT: String(alert.resolved_at ?? ''),
  };
}
