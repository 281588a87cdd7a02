/**
 * What is at the other end of each kind of sink: a real server, program or file of its kind, which
 * keeps what it takes, and goes away, hangs or refuses when a test wants it to.
 */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { SMTPServer, type SMTPServerOptions } from 'smtp-server';
import { CERTIFICATE, KEY } from './smtp-certificate.ts';
import { tempFile } from './temp.ts';

export interface Receiver {
  /** Of the sink, without its type. */
  readonly settings: Record<string, unknown>;
  /** What it has taken, as text, in order. */
  told(): readonly string[];
  /** `well` is how it begins. `refuses`: messages that hold this text, for good. */
  mode: { kind: 'well' | 'away' | 'hangs' } | { kind: 'refuses'; text: string };
  close(): Promise<void>;
}

export const WELL = { kind: 'well' } as const;
const TOKEN = 'ghp_a-token-that-nobody-may-see';
export const PASSWORD = 'a password that nobody may see';
/** For one that answers, however busy the machine is. A test of one that hangs shortens it. */
export const TIMEOUT_MS = 60_000;

async function listen(server: ReturnType<typeof createServer>): Promise<string> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

type Answer = (request: IncomingMessage, body: string, response: ServerResponse) => void;

/** `answer` is for requests when all is well. Requests are counted, whatever becomes of them. */
async function httpReceiver(answer: Answer) {
  const made = { mode: WELL as Receiver['mode'], requests: 0, url: '', close: async () => {} };
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const body = Buffer.concat(chunks).toString();
      made.requests++;
      const { mode } = made;
      if (mode.kind === 'hangs') return;
      if (mode.kind === 'away') response.writeHead(503).end();
      else if (mode.kind === 'refuses' && body.includes(mode.text)) response.writeHead(422).end();
      else answer(request, body, response);
    });
  });
  made.url = await listen(server);
  made.close = async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  };
  return made;
}

export async function webhookReceiver() {
  const told: string[] = [];
  const http = await httpReceiver((_, body, response) => {
    told.push(body);
    response.writeHead(204).end();
  });
  const settings = { url: `${http.url}/hook`, timeout_ms: TIMEOUT_MS };
  return Object.assign(http, { settings, told: () => told });
}

export async function slackReceiver() {
  const told: string[] = [];
  const http = await httpReceiver((request, body, response) => {
    const problem = slackProblem(body);
    if (request.url !== '/services/T0/B0/secret' || problem !== undefined) {
      response.writeHead(400).end(problem ?? 'no_service');
      return;
    }
    told.push(body);
    response.writeHead(200).end('ok');
  });
  const url = tempFile('slack-url', `${http.url}/services/T0/B0/secret\n`);
  const settings = { url_file: url, timeout_ms: TIMEOUT_MS };
  return Object.assign(http, { settings, told: () => told });
}

interface SlackText {
  readonly type: string;
  readonly text: string;
}

/** What Slack would not take: its limits, and blocks that it does not know. */
function slackProblem(body: string): string | undefined {
  const { text, blocks } = JSON.parse(body) as {
    text: string;
    blocks: { type: string; text: SlackText }[];
  };
  if (text.length === 0 || blocks.length > 50) return 'invalid_payload';
  for (const block of blocks) {
    const [limit, type] = block.type === 'header' ? [150, 'plain_text'] : [3000, 'mrkdwn'];
    const { length } = block.text.text;
    if (block.text.type !== type || length === 0 || length > limit) return 'invalid_blocks';
  }
  return undefined;
}

interface FakeIssue {
  number: number;
  title: string;
  body: string;
  state: string;
  labels: string[];
}

/** Issues of one repository, over the routes of the REST API that a sink uses. */
export async function githubReceiver() {
  const issues: FakeIssue[] = [];
  const comments: { issue: number; body: string }[] = [];
  const told: string[] = [];
  const http = await httpReceiver((request, body, response) => {
    const json = (status: number, value: unknown) => {
      response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(value));
    };
    if (request.headers.authorization !== `Bearer ${TOKEN}`) return json(401, {});
    const { pathname, searchParams } = new URL(request.url!, 'http://localhost');
    const [, repository, number, more] =
      /^\/repos\/([^/]+\/[^/]+)\/issues(?:\/(\d+)(\/comments)?)?$/.exec(pathname) ?? [];
    if (repository !== 'an-owner/alerts') return json(404, {});
    const sent = body === '' ? {} : (JSON.parse(body) as Partial<FakeIssue>);
    if ((sent.title?.length ?? 0) > 256 || (sent.body?.length ?? 0) > 65_536) return json(422, {});
    const issue = issues.find((one) => one.number === Number(number));
    if (number !== undefined && issue === undefined) return json(404, {});
    const route = `${request.method} ${more ?? (number === undefined ? '' : 'one')}`;
    if (route === 'GET ') {
      const size = Number(searchParams.get('per_page'));
      const page = Number(searchParams.get('page'));
      return json(200, issues.toReversed().slice((page - 1) * size, page * size));
    }
    if (route === 'POST ') {
      const made = { labels: [], title: '', body: '', ...sent, number: issues.length + 1 };
      issues.push({ ...made, state: 'open' });
      told.push(made.body);
      return json(201, issues.at(-1));
    }
    if (route === 'GET one') return json(200, issue);
    if (route === 'PATCH one') return json(200, Object.assign(issue!, sent));
    const ofIssue = comments.filter((one) => one.issue === issue!.number);
    if (route === 'GET /comments') return json(200, ofIssue);
    comments.push({ issue: issue!.number, body: sent.body! });
    told.push(sent.body!);
    return json(201, comments.at(-1));
  });
  const settings = {
    repository: 'an-owner/alerts',
    token_file: tempFile('token', `${TOKEN}\n`),
    api_url: http.url,
    timeout_ms: TIMEOUT_MS,
  };
  return Object.assign(http, { settings, issues, comments, told: () => told });
}

/** A server for mail: STARTTLS, then a password, then one message. */
export async function emailReceiver(options: SMTPServerOptions = {}, address = '127.0.0.1') {
  const told: string[] = [];
  const made = {
    mode: WELL as Receiver['mode'],
    sessions: [] as { secure: boolean; user: unknown; to: string[] }[],
  };
  const server = new SMTPServer({
    key: KEY,
    cert: CERTIFICATE,
    authMethods: ['PLAIN', 'LOGIN'],
    disableReverseLookup: true,
    authOptional: options.disabledCommands?.includes('AUTH') ?? false,
    ...options,
    onConnect: (_, callback) => {
      if (made.mode.kind === 'hangs') return;
      const busy = Object.assign(new Error('busy'), { responseCode: 421 });
      callback(made.mode.kind === 'away' ? busy : null);
    },
    onAuth: ({ username, password }, _, callback) => {
      if (username === 'monitor' && password === PASSWORD) callback(null, { user: username });
      else callback(new Error('wrong password'));
    },
    onData: (stream, session, callback) => {
      const chunks: Buffer[] = [];
      stream.on('data', (chunk: Buffer) => chunks.push(chunk));
      stream.on('end', () => {
        const text = readMail(Buffer.concat(chunks).toString());
        const { mode } = made;
        if (mode.kind === 'refuses' && text.includes(mode.text)) {
          callback(Object.assign(new Error('no such text here'), { responseCode: 554 }));
          return;
        }
        const to = session.envelope.rcptTo.map(({ address }) => address);
        made.sessions.push({ secure: session.secure, user: session.user, to });
        told.push(text);
        callback(null);
      });
    },
  });
  server.on('error', () => undefined);
  await new Promise<void>((resolve) => void server.listen(0, address, resolve));
  const settings = {
    host: 'localhost',
    port: (server.server.address() as AddressInfo).port,
    ca_file: tempFile('ca.pem', CERTIFICATE),
    user: 'monitor',
    password_file: tempFile('password', `${PASSWORD}\n`),
    from: 'monitor@example.org',
    to: 'night@example.org',
    timeout_ms: TIMEOUT_MS,
  };
  const close = () => new Promise<void>((resolve) => server.close(() => resolve()));
  return Object.assign(made, { settings, told: () => told, close });
}

/** Header and text of a mail in quoted-printable or seven bits. */
function readMail(raw: string): string {
  const bytes = raw
    .replaceAll('=\r\n', '')
    .replace(/=([0-9A-F]{2})/g, (_, hex) => String.fromCharCode(Number.parseInt(hex, 16)));
  return Buffer.from(bytes, 'latin1').toString().replaceAll('\r\n', '\n');
}
