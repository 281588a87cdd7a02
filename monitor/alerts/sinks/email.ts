/**
 * A sink for alerts: e-mail to one address, over SMTP with TLS and a certificate that is checked. Two
 * addresses are two sinks, each with a queue of its own, or one mailing list.
 *
 * The mails about one alert are a thread. A repeated delivery has the same Message-ID.
 */
import { createHash } from 'node:crypto';
import { createTransport } from 'nodemailer';
import { z } from 'zod';
import { readBoundedFile } from '#service/bounded-file.ts';
import { isAboutAlert, type Notice } from '../notice.ts';
import { headlineOf, linesOf } from '../notice-text.ts';
import { readSecret } from './http.ts';
import { away, type Message, type Outcome, refused, sinkKind, TAKEN } from './sink.ts';

const MAX_CA_BYTES = 1024 * 1024;
const address = () => z.email('expected one address').max(254);

export const email = sinkKind({
  settings: (filePath) =>
    z.strictObject({
      host: z.string().min(1).max(253),
      port: z.int().min(1).max(65_535).default(587),
      /** `starttls` on port 587 or 25, `implicit` on 465; `none` only where nobody can listen. */
      tls: z.enum(['starttls', 'implicit', 'none']).default('starttls'),
      /** Certificates to trust instead of the system's, as PEM. */
      ca_file: filePath.optional(),
      user: z.string().min(1).optional(),
      /** File with the password; only its owner may read it. */
      password_file: filePath.optional(),
      from: address(),
      to: address(),
      timeout_ms: z.int().min(50).max(120_000).default(30_000),
    }),
  open: (settings) => {
    const { host, port, tls, user, from, to, timeout_ms: timeoutMs } = settings;
    const { ca_file: caFile, password_file: passwordFile } = settings;
    const ca = caFile && readBoundedFile(caFile, 'the certificates', MAX_CA_BYTES).toString();
    const pass = passwordFile && readSecret(passwordFile);
    const transport = createTransport({
      host,
      port,
      secure: tls === 'implicit',
      requireTLS: tls === 'starttls',
      ignoreTLS: tls === 'none',
      tls: ca === undefined ? {} : { ca },
      ...(user === undefined ? {} : { auth: { user, pass: pass ?? '' } }),
      connectionTimeout: timeoutMs,
      greetingTimeout: timeoutMs,
      socketTimeout: timeoutMs,
      dnsTimeout: timeoutMs,
      disableFileAccess: true,
      disableUrlAccess: true,
    });
    return {
      send: async (message, signal) => {
        const timeout = AbortSignal.timeout(timeoutMs);
        const mail = { from, to, ...mailOf(message, from) };
        try {
          await transport.sendMail({ ...mail, signal: AbortSignal.any([signal, timeout]) });
          return TAKEN;
        } catch (error) {
          signal.throwIfAborted();
          return timeout.aborted ? away('timeout') : outcomeOf(error as MailError);
        }
      },
    };
  },
});

/** What the library says of a failure. Its message may quote the server, and so us. */
interface MailError extends Error {
  readonly code?: string;
  readonly originalCode?: string;
  readonly responseCode?: number;
  readonly permanent?: boolean;
}

/** A sender, recipient or text that the server will never take; all else may pass. */
function outcomeOf({ code, originalCode, responseCode, permanent }: MailError): Outcome {
  const detail = originalCode ?? responseCode;
  const reason = [code ?? 'failed', ...(detail === undefined ? [] : [detail])].join(' ');
  const isAboutIt = code === 'EENVELOPE' || code === 'EMESSAGE';
  return isAboutIt && permanent === true ? refused(reason) : away(reason);
}

function mailOf({ id, body, notice }: Message, from: string) {
  const domain = from.slice(from.lastIndexOf('@') + 1);
  const idOf = (...parts: readonly unknown[]) => {
    const hash = createHash('sha256').update(JSON.stringify(parts)).digest('hex');
    return `<tecp.${hash.slice(0, 32)}@${domain}>`;
  };
  const thread = threadOf(notice);
  const isUrgent = isAboutAlert(notice) && notice.alert.severity === 'critical';
  return {
    subject: headlineOf(notice),
    text: `${linesOf(notice).join('\n\n')}\n`,
    messageId: idOf(id, body),
    ...(thread && { references: idOf(...thread) }),
    priority: isUrgent && notice.event !== 'resolved' ? ('high' as const) : ('normal' as const),
    headers: { 'auto-submitted': 'auto-generated', 'x-tecp-delivery': String(id) },
  };
}

function threadOf(notice: Notice): unknown[] | undefined {
  if (!isAboutAlert(notice)) return undefined;
  const { kind, origin, subject, raised_at: raisedAt } = notice.alert;
  return [kind, origin, subject, raisedAt];
}
