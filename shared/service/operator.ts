/**
 * What an operator tells a server while it runs: JSON over HTTP on a Unix socket beside its database.
 *
 * The socket is for the user that runs the server (mode 0600), so whoever can reach it may read the
 * database as well, and there is no other authentication. It opens after the database is locked, so
 * a socket that is there already was left by a process that is gone, and is replaced.
 */
import { chmodSync, rmSync } from 'node:fs';
import { createServer, request as httpRequest } from 'node:http';
import { getRequestListener } from '@hono/node-server';
import { type Context, Hono } from 'hono';
import { bodyLimit } from 'hono/body-limit';
import type { z } from 'zod';
import { ConfigError, describeFileError, errorCode } from './errors.ts';
import type { Logger } from './logging.ts';
import { HttpProblem, problemResponse } from './problem.ts';

/** `sun_path` of macOS; Linux allows four more. */
const MAX_PATH_BYTES = 103;
const MAX_BODY_BYTES = 1024 * 1024;
const MAX_ANSWER_BYTES = 64 * 1024 * 1024;
const ANSWER_TIMEOUT_MS = 120_000;

export interface OperatorService {
  close(): Promise<void>;
}

export interface OperatorRequest {
  readonly method: 'GET' | 'POST';
  /** With a query, if any. */
  readonly path: string;
  /** Sent as JSON. */
  readonly body?: unknown;
}

export interface OperatorAnswer {
  readonly status: number;
  /** Of an error, a problem document. */
  readonly json: unknown;
}

/** Where a server with this database listens to its operator. */
export function operatorSocketPath(database: string): string {
  return `${database}.operator`;
}

/** An application for operators: errors are problem documents, bodies at most 1 MiB. */
export function createOperatorApp(logger: Logger): Hono {
  const app = new Hono();
  app.use(bodyLimit({ maxSize: MAX_BODY_BYTES, onError: refuseBody }));
  app.onError((error) => {
    if (error instanceof HttpProblem) return problemResponse(error);
    if (error instanceof ConfigError) {
      return problemResponse(new HttpProblem(409, 'refused', error.message));
    }
    logger.error({ err: error }, 'a command of the operator failed');
    return problemResponse(new HttpProblem(500, 'internal', 'Internal error.'));
  });
  app.notFound(() => problemResponse(new HttpProblem(404, 'not-found', 'No such command.')));
  return app;
}

function refuseBody(): never {
  throw new HttpProblem(413, 'E-SIZE-001', `A body has at most ${MAX_BODY_BYTES} bytes.`);
}

/** The JSON body of a command. Throws a 400 that names the first member that is wrong. */
export async function readCommand<T>(c: Context, schema: z.ZodType<T>): Promise<T> {
  const result = schema.safeParse(await c.req.json().catch(() => undefined));
  if (result.success) return result.data;
  const [issue] = result.error.issues;
  const field = issue?.path.join('.') ?? '';
  throw new HttpProblem(400, 'bad-request', `${field || 'body'}: ${issue?.message}.`, { field });
}

/**
 * Listens on the socket. Where that is not possible, as on a file system without sockets, the server
 * runs without, and the logger says so. To be called by the process that holds the database's lock.
 */
export async function serveOperator(
  path: string,
  app: Hono,
  logger: Logger,
): Promise<OperatorService> {
  const server = createServer(getRequestListener(app.fetch, { hostname: 'localhost' }));
  try {
    if (Buffer.byteLength(path) > MAX_PATH_BYTES) throw new Error('its path is too long');
    rmSync(path, { force: true });
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      listenPrivately(() => server.listen(path, resolve));
    });
    chmodSync(path, 0o600);
  } catch (error) {
    const reason = describeFileError(error);
    logger.warn({ path, reason }, 'no socket for the operator: commands need a restart');
    return { close: async () => undefined };
  }
  return {
    close: () => {
      return new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      });
    },
  };
}

/** A socket is bound within the call; nobody else can connect before its mode is set. */
function listenPrivately(listen: () => void): void {
  const before = process.umask(0o177);
  try {
    listen();
  } finally {
    process.umask(before);
  }
}

/**
 * Sends a command to the server with this socket. Undefined if no server listens there. Throws
 * `ConfigError` if it does not let us, or does not answer.
 */
export async function askOperator(
  path: string,
  { method, path: target, body }: OperatorRequest,
): Promise<OperatorAnswer | undefined> {
  if (Buffer.byteLength(path) > MAX_PATH_BYTES) return undefined;
  try {
    const { status, text } = await exchange(path, method, target, body);
    return { status, json: JSON.parse(text) as unknown };
  } catch (error) {
    const code = errorCode(error) ?? '';
    if (code === 'ENOENT' || code === 'ECONNREFUSED') return undefined;
    throw new ConfigError(`Cannot speak to the server at ${path}: ${describeFileError(error)}.`, {
      cause: error,
    });
  }
}

function exchange(socketPath: string, method: string, path: string, body: unknown) {
  const payload = body === undefined ? undefined : JSON.stringify(body);
  const headers = payload === undefined ? {} : { 'content-type': 'application/json' };
  return new Promise<{ status: number; text: string }>((resolve, reject) => {
    const request = httpRequest({ socketPath, method, path, headers }, (response) => {
      const chunks: Buffer[] = [];
      let length = 0;
      response.on('data', (chunk: Buffer) => {
        length += chunk.length;
        if (length > MAX_ANSWER_BYTES) request.destroy(new Error('its answer is too long'));
        else chunks.push(chunk);
      });
      response.on('error', reject);
      response.on('end', () => {
        resolve({ status: response.statusCode ?? 0, text: Buffer.concat(chunks).toString() });
      });
    });
    request.setTimeout(ANSWER_TIMEOUT_MS, () => {
      request.destroy(new Error(`no answer within ${ANSWER_TIMEOUT_MS / 1000} s`));
    });
    request.on('error', reject);
    request.end(payload);
  });
}
