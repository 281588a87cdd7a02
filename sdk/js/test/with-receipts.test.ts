/** Clients of models, with receipts: OpenAI's own client, over real HTTP. */
import { buffer } from 'node:stream/consumers';
import OpenAI from 'openai';
import { afterEach, expect, it } from 'vitest';
import { sha256 } from '#crypto';
import { encodeBase64Url } from '#protocol/base64.ts';
import { until } from '#test/support/wait.ts';
import { Cleanup } from '#test/support/witness.ts';
import { type Exchange, IssuerKey, type Receipt, withReceipts } from '../src/index.ts';

const cleanup = new Cleanup();
afterEach(cleanup.run);

const EVENTS = [
  'data: {"object":"chunk","n":1}\n\n',
  'data: {"object":"chunk","n":2}\n\n',
  'data: [DONE]\n\n',
];
const ANSWER = '{"object":"answer"}';

/** A server that streams where it is asked to, and what went over the wire. */
async function startModels() {
  const sent: string[] = [];
  const url = await cleanup.serve(async (request, response) => {
    const body = (await buffer(request)).toString();
    sent.push(body);
    if (body.includes('"refused"')) response.writeHead(429).end('{}');
    else if (!body.includes('"stream":true')) {
      response.writeHead(200, { 'content-type': 'application/json' }).end(ANSWER);
    } else {
      response.setHeader('content-type', 'text/event-stream; charset=utf-8');
      for (const event of EVENTS) response.write(event);
      response.end();
    }
  });
  const options = { baseURL: `${url}/v1`, apiKey: 'none', maxRetries: 0 };
  return { options, url: `${url}/v1`, sent };
}

function listen(client: OpenAI) {
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
const messages = [{ role: 'user', content: 'grüße' } as const];

it.each([
  [
    'chat.completions.create',
    (client: OpenAI) => client.chat.completions.create({ model: 'm', messages }),
    (client: OpenAI) => client.chat.completions.create({ model: 'm', messages, stream: true }),
  ],
  [
    'responses.create',
    (client: OpenAI) => client.responses.create({ model: 'm', input: 'grüße' }),
    (client: OpenAI) => client.responses.create({ model: 'm', input: 'grüße', stream: true }),
  ],
])('%s makes a receipt of what was asked and answered, streamed or not', async (_, ask, stream) => {
  const { options, sent } = await startModels();
  const { client, made } = listen(new OpenAI(options));
  expect(await ask(client)).toMatchObject({ object: 'answer' });
  const events: unknown[] = [];
  for await (const event of await stream(client)) events.push(event);
  expect(events).toMatchObject([{ n: 1 }, { n: 2 }]);
  await until(() => made.length === 2);
  const [whole, streamed] = made.map(({ receipt }) => receipt);
  expect(sent[0]).toContain('grüße');
  expect(whole!.input_hash).toBe(hashOf(sent[0]!));
  expect(whole!.output_hash).toBe(hashOf(ANSWER));
  expect(streamed!.input_hash).toBe(hashOf(sent[1]!));
  expect(streamed!.output_hash).toBe(hashOf(EVENTS.join('')));
});

it('nothing else makes a receipt: no other method, no refusal', async () => {
  const { options, url } = await startModels();
  const { client, made } = listen(new OpenAI(options));
  await client.models.list();
  const refused = client.responses.create({ model: 'refused', input: '' });
  await expect(refused).rejects.toMatchObject({ status: 429 });
  await client.responses.create({ model: 'm', input: '' });
  await until(() => made.length > 0);
  expect(made.map(({ exchange }) => exchange.url)).toEqual([`${url}/responses`]);
});

it('a fetch that the client has of its own stays in use, and the client as it was', async () => {
  const { options, url } = await startModels();
  const asked: string[] = [];
  const own: typeof fetch = (input, init) => {
    asked.push(String(input));
    return fetch(input, init);
  };
  const plain = new OpenAI({ ...options, fetch: own });
  const { client, made } = listen(plain);
  await client.responses.create({ model: 'm', input: '' });
  await plain.responses.create({ model: 'm', input: '' });
  await until(() => made.length > 0);
  expect(asked).toEqual([`${url}/responses`, `${url}/responses`]);
  expect(made).toHaveLength(1);
});
