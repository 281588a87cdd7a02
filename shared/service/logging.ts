/**
 * JSON log lines on standard output, one object a line, for machines to read.
 *
 * Members that could hold a secret are removed wherever a caller might pass one by mistake. People read
 * these lines in a terminal, too: characters that would steer it are escaped.
 */
import { type DestinationStream, type Logger, pino, stdTimeFunctions } from 'pino';
import { printableJson } from '#protocol/printable.ts';

export type { Logger } from 'pino';

export const LOG_LEVELS = ['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];

export interface LoggerOptions {
  /** Which process speaks: `log`, `witness`, `monitor`. */
  name: string;
  /** The least severe level that is written; `info` if absent. */
  level?: LogLevel;
  /** Where lines go; standard output if absent. */
  destination?: DestinationStream;
}

const SECRET_MEMBERS = ['seed', 'secret', 'password', 'token', 'authorization', 'cookie'];

export function createLogger(options: LoggerOptions): Logger {
  const settings = {
    level: options.level ?? 'info',
    base: { name: options.name, pid: process.pid },
    timestamp: stdTimeFunctions.isoTime,
    hooks: { streamWrite: printableJson },
    formatters: { level: (label: string) => ({ level: label }) },
    redact: {
      paths: SECRET_MEMBERS.flatMap((name) => [name, `*.${name}`, `*.*.${name}`]),
      remove: true,
    },
  };
  return options.destination === undefined ? pino(settings) : pino(settings, options.destination);
}
