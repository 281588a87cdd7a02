/** Clients of models, with receipts: a client in the shape of OpenAI's, over real HTTP. */
import { buffer } from 'node:stream/consumers';
import { afterEach, expect, it } from 'vitest';
import { sha256 } from '#crypto';
import { encodeBase64Url } from '#protocol/base64.ts';
import { until } from '#test/support/wait.ts';
import { Cleanup } from '#test/support/witness.ts';
import { type Exchange, IssuerKey, type Receipt, withReceipts } from '../src/index.ts';

const cleanup = new Cleanup();
afterEach(cleanup.run);

type Fetch = typeof globalThis.fetch;
interface ClientOptions {
  readonly baseURL: string;
  readonly fetch?: Fetch;
}

/** As much of OpenAI's client as matters: it asks by its own `fetch`, and copies itself with another one. */
class Models {
  readonly #options: ClientOptions;
  private readonly fetch: Fetch;

  constructor(options: ClientOptions) {
    this.#options = options;
    this.fetch = options.fetch ?? globalThis.fetch;
  }

  withOptions(options: Partial<ClientOptions>): this {
    return new Models({ ...this.#options, ...options }) as this;
  }

  async ask(path: string, body?: object): Promise<Response> {
    const init = body === undefined ? {} : { method: 'POST', body: JSON.stringify(body) };
    return await this.fetch.call(undefined, `${this.#options.baseURL}${path}`, init);
  }

  readonly chat = {
    completions: { create: (body: object) => this.ask('/chat/completions', body) },
  };
  readonly responses = { create: (body: object) => this.ask('/responses', body) };
  readonly models = { list: () => this.ask('/models') };
}

/** Reads as OpenAI's client does: no further than to the last event. */
async function readAnswer(response: Response): Promise<string> {
  let text = '';
  for await (const part of response.body!) {
    text += Buffer.from(part).toString();
    if (text.endsWith('[DONE]\n\n')) break;
  }
  return text;
}

const EVENTS = ['data: {"delta":"Hel"}\n\n', 'data: {"delta":"lo"}\n\n', 'data: [DONE]\n\n'];

/** A server that streams where it is asked to, and what went over the wire. */
async function startModels() {
  const sent: string[] = [];
  const url = await cleanup.serve(async (request, response) => {
    const body = (await buffer(request)).toString();
    sent.push(body);
    if (body.includes('"fail"')) response.writeHead(429).end('{}');
    else if (!body.includes('"stream":true')) response.end('{"output":"Hello"}');
    else {
      response.setHeader('content-type', 'text/event-stream; charset=utf-8');
      for (const event of EVENTS) response.write(event);
      if (!body.includes('"endless"')) response.end();
    }
  });
  return { url: `${url}/v1`, sent };
}

function listen(client: Models) {
  const made: { receipt: Receipt; exchange: Exchange }[] = [];
  const options = {
    key: IssuerKey.generate(),
    codeRef: 'git:0123',
    onReceipt: (receipt: Receipt, exchange: Exchange) => void made.push({ receipt, exchange }),
    onError: (error: unknown) => expect.unreachable(String(error)),
  };
  return { client: withReceipts(client, options), made };
}

const hashOf = (text: string) => encodeBase64Url(sha256(Buffer.from(text)));

it.each([
  [
    'chat.completions.create',
    (client: Models, body: object) => client.chat.completions.create(body),
  ],
  ['responses.create', (client: Models, body: object) => client.responses.create(body)],
])('%s makes a receipt of what was asked and answered, streamed or not', async (_name, create) => {
  const { url, sent } = await startModels();
  const { client, made } = listen(new Models({ baseURL: url }));
  expect(await (await create(client, { model: 'm' })).text()).toBe('{"output":"Hello"}');
  const answer = await create(client, { model: 'endless', stream: true });
  expect(await readAnswer(answer)).toBe(EVENTS.join(''));
  await until(() => made.length === 2);
  const [whole, streamed] = made.map(({ receipt }) => receipt);
  expect(whole!.input_hash).toBe(hashOf(sent[0]!));
  expect(whole!.output_hash).toBe(hashOf('{"output":"Hello"}'));
  expect(streamed!.input_hash).toBe(hashOf(sent[1]!));
  expect(streamed!.output_hash).toBe(hashOf(EVENTS.join('')));
});

it('nothing else makes a receipt: no other method, no refusal', async () => {
  const { url } = await startModels();
  const { client, made } = listen(new Models({ baseURL: url }));
  await (await client.models.list()).text();
  expect((await client.responses.create({ fail: 'fail' })).status).toBe(429);
  await (await client.responses.create({ model: 'm' })).text();
  await until(() => made.length > 0);
  expect(made.map(({ exchange }) => exchange.url)).toEqual([`${url}/responses`]);
});

it('a fetch that the client has of its own stays in use, and the client as it was', async () => {
  const { url } = await startModels();
  const asked: string[] = [];
  const own: Fetch = (input, init) => {
    asked.push(String(input));
    return fetch(input, init);
  };
  const plain = new Models({ baseURL: url, fetch: own });
  const { client, made } = listen(plain);
  await (await client.responses.create({ model: 'm' })).text();
  await (await plain.responses.create({ model: 'm' })).text();
  await until(() => made.length > 0);
  expect(asked).toEqual([`${url}/responses`, `${url}/responses`]);
  expect(made).toHaveLength(1);
});
