/** The API of an explorer on a port of its own, over an index that a test fills, and logs that sign for real. */
import { join } from 'node:path';
import { addExplorerApi, indexProblem } from '#explorer/api/add-api.ts';
import { API_DOCUMENT, PROBLEM_MEMBERS } from '#explorer/api/definitions.ts';
import type { ApiOptions, LogStanding, ServedLog } from '#explorer/api/options.ts';
import type { IndexReader, IndexWriter, SeenCheckpoint } from '#explorer/index/search-index.ts';
import { openSqliteReader } from '#explorer/index/sqlite/reader.ts';
import { openSqliteWriter } from '#explorer/index/sqlite/writer.ts';
import { encodeUtf8 } from '#protocol/bytes.ts';
import { ENTRY_TYPES } from '#protocol/entry/registry.ts';
import { signCheckpoint } from '#protocol/note/checkpoint.ts';
import type { SignerKey } from '#protocol/note/key.ts';
import { createApp, type ServiceApp } from '#service/app.ts';
import { createHttpService, type HttpService } from '#service/http.ts';
import { Metrics } from '#service/metrics.ts';
import { serveDocument } from '#service/openapi.ts';
import { RateLimiter } from '#service/rate-limit.ts';
import { IndexedLog } from './indexed-log.ts';
import { logKey, silent } from './log.ts';
import { tempFolder } from './temp.ts';

/** What a log shows is a signed note. */
export class ExploredLog extends IndexedLog implements ServedLog {
  readonly key: SignerKey;
  readonly url = 'https://log.example/';
  readonly entryTypes = ENTRY_TYPES;
  readonly judged = true;

  constructor(origin: string) {
    super(origin);
    this.key = logKey(origin);
  }

  get policyText(): string {
    return `log ${this.key.verifier.text}\nquorum none\n`;
  }

  override checkpoint(seenMs = 0): SeenCheckpoint {
    const checkpoint = super.checkpoint(seenMs);
    const { size, root } = checkpoint;
    const note = signCheckpoint({ origin: this.origin, size, root, extensions: [] }, this.key);
    return { ...checkpoint, note };
  }
}

export class TestExplorer {
  readonly standings = new Map<string, LogStanding>();
  readonly #options: ApiOptions;
  readonly #writer: IndexWriter;
  readonly #service: HttpService;
  readonly #api: { close(): void };
  readonly url: string;

  private constructor(parts: {
    options: ApiOptions;
    writer: IndexWriter;
    service: HttpService;
    api: { close(): void };
    url: string;
    standings: Map<string, LogStanding>;
  }) {
    this.#options = parts.options;
    this.#writer = parts.writer;
    this.#service = parts.service;
    this.#api = parts.api;
    this.url = parts.url;
    this.standings = parts.standings;
  }

  /** `wrap` may put something between the API and the index. */
  static async start(
    logs: readonly ExploredLog[],
    changed: Partial<ApiOptions> = {},
    wrap: (index: IndexReader) => IndexReader = (index) => index,
  ): Promise<TestExplorer> {
    const path = join(tempFolder(), 'index.db');
    const writer = openSqliteWriter(path, { types: ENTRY_TYPES, judged: true });
    for (const { origin } of logs) await writer.progress(origin);
    const standings = new Map<string, LogStanding>();
    const options: ApiOptions = {
      index: wrap(openSqliteReader(path, { types: ENTRY_TYPES })),
      logs,
      standing: (origin) => standings.get(origin) ?? { state: 'current' },
      monitor: undefined,
      limiter: new RateLimiter({ ratePerSecond: 10_000, burst: 100_000 }),
      trustProxy: false,
      logger: silent,
      now: () => 1_790_000_000_000,
      ...changed,
    };
    const app = newApp();
    const api = addExplorerApi(app, options);
    serveDocument(app, API_DOCUMENT);
    const service = createHttpService({
      app,
      logger: silent,
      listen: { host: '127.0.0.1', port: 0 },
      limits: {},
      trustProxy: false,
    });
    const { url } = await service.start();
    return new TestExplorer({ options, writer, service, api, url, standings });
  }

  /** Has these entries appended to the log, and shown. */
  async add(log: ExploredLog, entries: readonly Uint8Array[], seenMs = 0): Promise<void> {
    await this.#writer.append(log.origin, [log.grow(entries)]);
    await this.#writer.confirm(log.origin, log.checkpoint(seenMs));
  }

  async freeze(log: ExploredLog, id: string, document = '{}'): Promise<void> {
    const evidence = { id, document: encodeUtf8(document), foundMs: 0 };
    await this.#writer.freeze(log.origin, [evidence]);
  }

  get(path: string, headers: Record<string, string> = {}): Promise<Response> {
    return fetch(`${this.url}${path}`, { headers });
  }

  /** The JSON of a 200 answer. */
  async json<T>(path: string): Promise<T> {
    const response = await this.get(path);
    if (response.status !== 200) throw new Error(`${response.status}: ${await response.text()}`);
    return (await response.json()) as T;
  }

  endStreams(): void {
    this.#api.close();
  }

  async close(): Promise<void> {
    this.#api.close();
    await this.#service.close();
    await this.#options.index.close();
    await this.#writer.close();
  }
}

/** An application as that of an explorer, without its routes. */
export function newApp(): ServiceApp {
  return createApp({
    logger: silent,
    metrics: new Metrics(),
    trustProxy: false,
    toProblem: indexProblem,
    problemMembers: PROBLEM_MEMBERS,
  });
}
