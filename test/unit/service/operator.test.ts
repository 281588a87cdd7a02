/** Commands to a running server, over a real socket. */
import { statSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import type { Hono } from 'hono';
import { expect, it, onTestFinished } from 'vitest';
import { z } from 'zod';
import { ConfigError } from '#service/errors.ts';
import { createLogger } from '#service/logging.ts';
import {
  askOperator,
  createOperatorApp,
  operatorSocketPath,
  readCommand,
  serveOperator,
} from '#service/operator.ts';
import { HttpProblem } from '#service/problem.ts';
import { tempFolder } from '../../support/temp.ts';

const logger = createLogger({ name: 'test', level: 'silent' });

function socketPath(): string {
  return operatorSocketPath(join(tempFolder(), 'state.db'));
}

function greeter(): Hono {
  const app = createOperatorApp(logger);
  app.post('/greet', async (c) => {
    const { name } = await readCommand(c, z.strictObject({ name: z.string() }));
    if (name === 'nobody') throw new HttpProblem(409, 'no-such', 'There is nobody.');
    return c.json({ greeting: `hello ${name}` });
  });
  return app;
}

async function served(path: string): Promise<void> {
  const service = await serveOperator(path, greeter(), logger);
  onTestFinished(() => service.close());
}

it('a command is answered as JSON, and a refusal is a problem with its code', async () => {
  const path = socketPath();
  await served(path);
  const greet = (name: unknown) =>
    askOperator(path, { method: 'POST', path: '/greet', body: { name } });
  expect(await greet('you')).toEqual({ status: 200, json: { greeting: 'hello you' } });
  expect(await greet('nobody')).toMatchObject({ status: 409, json: { code: 'no-such' } });
  expect(await greet(7)).toMatchObject({ status: 400, json: { code: 'bad-request' } });
  expect(await askOperator(path, { method: 'GET', path: '/greet' })).toMatchObject({ status: 404 });
});

it('the socket is for the user of the server alone', async () => {
  const path = socketPath();
  await served(path);
  expect(statSync(path).mode & 0o777).toBe(0o600);
});

it('where no server listens there is no answer, also where one has left its socket', async () => {
  const path = socketPath();
  expect(await askOperator(path, { method: 'GET', path: '/' })).toBeUndefined();
  const service = await serveOperator(path, greeter(), logger);
  await service.close();
  expect(await askOperator(path, { method: 'GET', path: '/' })).toBeUndefined();
});

it('what a process that is gone has left in its place is replaced', async () => {
  const path = socketPath();
  writeFileSync(path, '');
  await served(path);
  expect(await askOperator(path, { method: 'GET', path: '/' })).toMatchObject({ status: 404 });
});

it('a server starts without its socket where the path is too long', async () => {
  const path = operatorSocketPath(join(tempFolder(), 'a'.repeat(120)));
  await served(path);
  expect(await askOperator(path, { method: 'GET', path: '/' })).toBeUndefined();
});

it('a server that does not speak HTTP is a ConfigError', async () => {
  const path = socketPath();
  const server = createServer((socket) => socket.end('what?\r\n\r\n'));
  await new Promise<void>((resolve) => server.listen(path, resolve));
  onTestFinished(() => void server.close());
  await expect(askOperator(path, { method: 'GET', path: '/' })).rejects.toThrow(ConfigError);
});
