/**
 * A sink for alerts: issues of a GitHub repository. One issue for each alert, comments for what is told
 * of it later, closed when it is over. An alert that is raised again opens its issue again.
 *
 * Nothing is remembered here: an issue is found by a mark in its body, a comment by the delivery it
 * tells of, so a message that comes twice is written once, also over a crash. The mark is keyed with
 * the token, so that nobody else can make the issue first.
 */
import { createHmac } from 'node:crypto';
import { LRUCache } from 'lru-cache';
import { z } from 'zod';
import { type HttpAnswer, RemoteError } from '#client/http.ts';
import { httpUrl } from '#service/server-config.ts';
import { isAboutAlert, type Notice } from '../notice.ts';
import { headlineOf, linesOf } from '../notice-text.ts';
import { exchange, readSecret, type SinkLimits, type SinkRequest } from './http.ts';
import { away, type Message, type Outcome, refused, type Sink, sinkKind, TAKEN } from './sink.ts';

/** GitHub takes 256 and 65,536 characters. */
const MAX_TITLE_CHARS = 200;
const MAX_BODY_CHARS = 60_000;
/** An issue is looked for among the newest of its repository. */
const PAGE_ISSUES = 100;
const MAX_PAGES = 10;
const MAX_PAGE_BYTES = 16 * 1024 * 1024;
const MAX_KNOWN = 1000;
/** By how much the clock of GitHub may be behind ours. */
const MAX_SKEW_MS = 3_600_000;
const HOUR_MS = 3_600_000;

const issueSchema = z.object({
  number: z.int(),
  state: z.enum(['open', 'closed']),
  body: z.string().nullish(),
});
type Issue = z.infer<typeof issueSchema>;

export const github = sinkKind({
  settings: (filePath) =>
    z.strictObject({
      repository: z.string().regex(/^[\w.-]{1,100}\/[\w.-]{1,100}$/, 'expected owner/name'),
      /** File with a token that may read and write its issues; only its owner may read it. */
      token_file: filePath,
      labels: z.array(z.string().min(1).max(50)).max(10).default([]),
      api_url: httpUrl().prefault('https://api.github.com'),
      timeout_ms: z.int().min(50).max(120_000).default(30_000),
    }),
  open: (settings) => {
    const { repository, api_url: apiUrl, labels, timeout_ms: timeoutMs } = settings;
    const token = readSecret(settings.token_file);
    return new GithubIssues({ url: `${apiUrl}/repos/${repository}`, token, labels, timeoutMs });
  },
});

interface GithubOptions {
  /** Of the repository, in the API. */
  readonly url: string;
  readonly token: string;
  readonly labels: readonly string[];
  /** For each request. */
  readonly timeoutMs: number;
}

class GithubIssues implements Sink {
  readonly #options: GithubOptions;
  /** Numbers of issues by their marks; only saves the search. */
  readonly #numbers = new LRUCache<string, number>({ max: MAX_KNOWN });

  constructor(options: GithubOptions) {
    this.#options = options;
  }

  async send(message: Message, signal: AbortSignal): Promise<Outcome> {
    const limits = { timeoutMs: this.#options.timeoutMs, signal };
    try {
      await this.#tell(message, limits);
      return TAKEN;
    } catch (error) {
      if (!(error instanceof RemoteError)) throw error;
      return outcomeOf(error);
    }
  }

  async #tell({ id, notice }: Message, limits: SinkLimits): Promise<void> {
    const mark = this.#mark('alert', threadOf(notice));
    const text = `${bodyOf(notice)}\n\n`;
    const delivery = this.#mark('delivery', [id, notice]);
    const title = headlineOf(notice).slice(0, MAX_TITLE_CHARS);
    const known = await this.#find(mark, limits);
    const body = `${text}${mark}\n${delivery}`;
    const issue = known ?? (await this.#create(title, body, limits));
    this.#numbers.set(mark, issue.number);
    if (notice.event === 'heartbeat') {
      // One issue that says when it was alive last, without a comment for each.
      if (issue.body !== body) await this.#change(issue, { title, body }, limits);
      return;
    }
    if (!(issue.body ?? '').includes(delivery)) {
      await this.#comment(issue, `${text}${delivery}`, delivery, notice.at ?? 0, limits);
    }
    const isOver = notice.event === 'resolved' || notice.event === 'test';
    const state = isOver ? 'closed' : 'open';
    if (issue.state !== state) await this.#change(issue, { state, title }, limits);
  }

  #mark(kind: string, about: unknown): string {
    const key = createHmac('sha256', this.#options.token).update(JSON.stringify(about));
    return `<!-- tecp-${kind}: ${key.digest('hex').slice(0, 32)} -->`;
  }

  /** The oldest with this mark, as somebody could have copied the mark since. */
  async #find(mark: string, limits: SinkLimits): Promise<Issue | undefined> {
    const number = this.#numbers.get(mark);
    if (number !== undefined) return await this.#get(`/issues/${number}`, issueSchema, limits);
    let found: Issue | undefined;
    for (let page = 1; page <= MAX_PAGES; page++) {
      const path = `/issues?state=all&sort=created&direction=desc&per_page=${PAGE_ISSUES}&page=${page}`;
      const issues = await this.#get(path, z.array(issueSchema), limits);
      found = issues.findLast(({ body }) => body?.includes(mark)) ?? found;
      if (issues.length < PAGE_ISSUES) break;
    }
    return found;
  }

  async #create(title: string, body: string, limits: SinkLimits): Promise<Issue> {
    const { labels } = this.#options;
    const request = { method: 'POST', body: JSON.stringify({ title, body, labels }) } as const;
    const answer = await this.#ask('/issues', request, limits);
    return parsed(answer, issueSchema, this.#options.url);
  }

  async #comment(
    { number }: Issue,
    body: string,
    delivery: string,
    atMs: number,
    limits: SinkLimits,
  ): Promise<void> {
    const since = new Date(Math.max(0, atMs - MAX_SKEW_MS)).toISOString();
    const path = `/issues/${number}/comments`;
    const comments = z.array(z.object({ body: z.string().nullish() }));
    const query = `?since=${encodeURIComponent(since)}&per_page=100`;
    const there = await this.#get(`${path}${query}`, comments, limits);
    if (there.some((comment) => comment.body?.includes(delivery))) return;
    await this.#ask(path, { method: 'POST', body: JSON.stringify({ body }) }, limits);
  }

  async #change({ number }: Issue, to: object, limits: SinkLimits): Promise<void> {
    const request = { method: 'PATCH', body: JSON.stringify(to) } as const;
    await this.#ask(`/issues/${number}`, request, limits);
  }

  async #get<T>(path: string, schema: z.ZodType<T>, limits: SinkLimits): Promise<T> {
    const answer = await this.#ask(path, { method: 'GET' }, limits);
    return parsed(answer, schema, this.#options.url);
  }

  async #ask(path: string, request: SinkRequest, limits: SinkLimits): Promise<HttpAnswer> {
    const { url, token } = this.#options;
    const headers = {
      accept: 'application/vnd.github+json',
      authorization: `Bearer ${token}`,
      'content-type': 'application/json',
      'user-agent': 'tecp-monitor',
      'x-github-api-version': '2022-11-28',
    };
    try {
      return await exchange(`${url}${path}`, { ...request, headers }, limits, MAX_PAGE_BYTES);
    } catch (error) {
      // An issue that was deleted or moved is made again.
      if (error instanceof RemoteError && error.status !== undefined) this.#numbers.clear();
      throw error;
    }
  }
}

function parsed<T>(answer: HttpAnswer, schema: z.ZodType<T>, url: string): T {
  try {
    return schema.parse(JSON.parse(new TextDecoder().decode(answer.body)));
  } catch {
    throw new RemoteError('bad-content', url, 'not what the API of GitHub answers');
  }
}

/** Only what GitHub says of the text itself is about the message; it asks for patience with 403, too. */
function outcomeOf({ kind, status, retryAfterSeconds }: RemoteError): Outcome {
  const reason = status === undefined ? kind : `status ${status}`;
  if (status === 400 || status === 413 || status === 422) return refused(reason);
  const retryAfterMs = Math.min(HOUR_MS, (retryAfterSeconds ?? 0) * 1000);
  return away(reason, retryAfterMs);
}

/** What is one issue. */
function threadOf(notice: Notice): unknown[] {
  if (!isAboutAlert(notice)) return [notice.event];
  const { kind, origin, subject } = notice.alert;
  return [kind, origin, subject];
}

/** Text from outside stands in a block of code: it neither links, nor calls anybody, nor is markup. */
function bodyOf(notice: Notice): string {
  const text = linesOf(notice).join('\n').slice(0, MAX_BODY_CHARS);
  const longest = Math.max(2, ...(text.match(/`+/g) ?? []).map(({ length }) => length));
  const fence = '`'.repeat(longest + 1);
  return `**${notice.event}**\n\n${fence}text\n${text}\n${fence}`;
}
