/**
 * Logs that come and go while a witness runs: by commands of its operator, by lists, by feeds; under
 * several keys, and as often as was agreed.
 */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { formatCheckpoint, signCheckpoint } from '#protocol/note/checkpoint.ts';
import { KEY_TYPES, type SignerKey } from '#protocol/note/key.ts';
import { formatNote, parseNote } from '#protocol/note/note.ts';
import { formatAddCheckpoint } from '#protocol/witness/add-checkpoint.ts';
import { askOperator, operatorSocketPath } from '#service/operator.ts';
import { newKey } from '#test/support/keys.ts';
import { MemoryLog } from '#test/support/memory-log.ts';
import { eventually, until } from '#test/support/wait.ts';
import { Cleanup, capturedLogger, startTestWitness, witnessSetup } from '#test/support/witness.ts';
import { LogRates } from '#witness/logs/rate.ts';
import { askOffline } from '#witness/operator/offline.ts';

const cleanup = new Cleanup();
afterEach(cleanup.run);

let log: MemoryLog;
beforeEach(() => {
  log = new MemoryLog(newKey('log.example/one', KEY_TYPES.ed25519)).growTo(300);
});

/** Commands of the operator to the witness of this database. */
function operatorOf(database: string) {
  const ask = async (method: 'GET' | 'POST', path: string, body?: unknown) => {
    const answer = await askOperator(operatorSocketPath(database), { method, path, body });
    return { status: answer?.status, json: answer?.json as Record<string, unknown> | undefined };
  };
  return {
    add: (body: object) => ask('POST', '/logs/add', body),
    disable: (origin: string) => ask('POST', '/logs/disable', { origin }),
    enable: (origin: string) => ask('POST', '/logs/enable', { origin }),
    removeKey: (origin: string, vkey: string) => ask('POST', '/logs/remove-key', { origin, vkey }),
    show: (origin: string) => ask('GET', `/logs/one?origin=${encodeURIComponent(origin)}`),
    list: () => ask('GET', '/logs'),
  };
}

async function start(config: Parameters<typeof witnessSetup>[2] = {}, logs: MemoryLog[] = []) {
  const setup = witnessSetup(cleanup.folder(), logs, {
    types: [KEY_TYPES.cosignatureEd25519],
    ...config,
  });
  const { logger, lines } = capturedLogger();
  const witness = await startTestWitness(cleanup, setup.config, { logger });
  const said = (message: string) => lines.filter(({ msg }) => msg === message);
  return { witness, said, config: setup.config, operator: operatorOf(setup.config.database) };
}

type Witness = Awaited<ReturnType<typeof start>>['witness'];

/** Sends a request as the log would; `note` is another one than the log's own. */
async function offer(
  witness: Witness,
  from: MemoryLog,
  oldSize: number,
  size: number,
  note?: string,
) {
  const { proof, checkpoint } = await from.request(oldSize, size);
  const body = formatAddCheckpoint({ oldSize, proof, checkpoint: note ?? checkpoint });
  const response = await fetch(`${witness.url}/add-checkpoint`, { method: 'POST', body });
  const text = await response.text();
  const isProblem =
    response.headers.get('content-type')?.startsWith('application/problem') === true;
  const code = isProblem ? (JSON.parse(text) as { code: string }).code : undefined;
  return { status: response.status, code, retryAfter: response.headers.get('retry-after') };
}

/** The checkpoint signed by these keys, under an origin that need not be the name of any. */
async function signedBy(keys: readonly SignerKey[], origin: string, size: number): Promise<string> {
  const root = await log.root(size);
  const signatures = keys.flatMap((signer) => {
    const own = { origin: signer.verifier.name, size, root, extensions: [] };
    return signer.verifier.name === origin ? parseNote(signCheckpoint(own, signer)).signatures : [];
  });
  return formatNote({ text: formatCheckpoint({ origin, size, root, extensions: [] }), signatures });
}

describe('the operator', () => {
  it('adds, disables and enables a log, and each counts at once', async () => {
    const { witness, operator } = await start();
    expect((await offer(witness, log, 0, 5)).code).toBe('unknown-log');
    const vkey = log.key.verifier.text;
    expect(await operator.add({ vkey, contact: 'me' })).toMatchObject({ json: { is_new: true } });
    expect((await offer(witness, log, 0, 5)).status).toBe(200);
    await operator.disable(log.origin);
    expect(await offer(witness, log, 5, 9)).toMatchObject({ status: 403, code: 'log-disabled' });
    expect(await operator.add({ vkey })).toMatchObject({
      json: { is_new: false, log: { disabled: 'disabled by the operator' } },
    });
    expect((await offer(witness, log, 5, 9)).code).toBe('log-disabled');
    // What was cosigned stays there for everybody.
    expect(await witness.client.checkpoint(log.origin)).toContain(log.origin);
    await operator.enable(log.origin);
    expect((await offer(witness, log, 5, 9)).status).toBe(200);
  });

  it('sees everything that is known of a log, and is told what is not', async () => {
    const { witness, operator } = await start({}, [log]);
    await offer(witness, log, 0, 5);
    const { json } = await operator.show(log.origin);
    expect(json).toMatchObject({
      origin: log.origin,
      source: 'configuration',
      size: 5,
      vkeys: [log.key.verifier.text],
      former_keys: [],
      owed: [],
      owes_too_long: false,
    });
    expect(json?.note).toContain(log.origin);
    expect((await operator.list()).json).toMatchObject([{ origin: log.origin, size: 5 }]);
    expect(await operator.show('nobody')).toMatchObject({ status: 404 });
    expect(await operator.disable('nobody')).toMatchObject({ status: 409 });
    expect(await operator.add({ vkey: 'nonsense' })).toMatchObject({ status: 400 });
    expect(await operator.add({})).toMatchObject({ status: 400 });
  });

  it('may do the same while the witness does not run', async () => {
    const { witness, config } = await start({}, [log]);
    await offer(witness, log, 0, 5);
    await witness.close();
    const body = { origin: log.origin };
    const answer = await askOffline(config, { method: 'POST', path: '/logs/disable', body });
    expect(answer.status).toBe(200);
    const again = await startTestWitness(cleanup, config);
    expect((await offer(again, log, 5, 9)).code).toBe('log-disabled');
  });
});

describe('a log that changes its key', () => {
  it('is cosigned by either while both are known, and by the old one no longer once it is removed', async () => {
    const next = newKey(log.origin, KEY_TYPES.ed25519);
    const { witness, operator } = await start({}, [log]);
    const old = await signedBy([log.key], log.origin, 5);
    const both = await signedBy([next, log.key], log.origin, 9);
    expect((await offer(witness, log, 0, 5, old)).status).toBe(200);
    expect((await offer(witness, log, 5, 9, await signedBy([next], log.origin, 9))).code).toBe(
      'untrusted',
    );
    await operator.add({ vkey: next.verifier.text });
    expect((await offer(witness, log, 5, 9, both)).status).toBe(200);
    await operator.removeKey(log.origin, log.key.verifier.text);
    expect((await offer(witness, log, 9, 12, await signedBy([log.key], log.origin, 12))).code).toBe(
      'untrusted',
    );
    expect((await offer(witness, log, 9, 12, await signedBy([next], log.origin, 12))).status).toBe(
      200,
    );
    expect((await operator.show(log.origin)).json).toMatchObject({
      vkeys: [next.verifier.text],
      former_keys: [{ vkey: log.key.verifier.text }],
    });
  });

  it('is still itself after a restart, though only a former key signed its last tree', async () => {
    const next = newKey(log.origin, KEY_TYPES.ed25519);
    const { witness, operator, config } = await start({}, [log]);
    await offer(witness, log, 0, 5);
    await operator.add({ vkey: next.verifier.text });
    await operator.removeKey(log.origin, log.key.verifier.text);
    await witness.close();
    const again = await startTestWitness(cleanup, config);
    const note = await signedBy([next], log.origin, 9);
    expect((await offer(again, log, 5, 9, note)).status).toBe(200);
  });
});

describe('two trees of one size by two keys of one log', () => {
  it('are no evidence, and are not cosigned beside one another', async () => {
    const next = newKey(log.origin, KEY_TYPES.ed25519);
    const tiles = await serveLog({ log, size: 9 });
    const logs = [{ vkeys: [log.key.verifier.text, next.verifier.text], url: tiles }];
    const check = { interval_ms: 100, timeout_ms: 500, patience_ms: 1000 };
    const { witness, operator } = await start({ config: { logs, cross_check: check } });
    expect((await offer(witness, log, 0, 9)).status).toBe(200);
    const other = log.fork(3, 9);
    const root = await other.root(9);
    const signer = new MemoryLog(next);
    const checkpoint = signCheckpoint({ origin: log.origin, size: 9, root, extensions: [] }, next);
    expect((await offer(witness, signer, 0, 0, checkpoint)).status).toBe(409);
    const owes = async () => (await operator.show(log.origin)).json;
    await until(async () => (await owes())?.owes_too_long === true);
    expect((await owes())?.frozen_by).toBeUndefined();
    expect((await offer(witness, log, 9, 12)).code).toBe('comparison-owed');
    // The operator decides: what only the removed key has signed is not the log's any more.
    await operator.removeKey(log.origin, next.verifier.text);
    expect((await offer(witness, log, 9, 12)).status).toBe(200);
  });
});

it('the log of the Go checksum database is cosigned as it signs', async () => {
  const { witness, operator } = await start();
  const vkey = 'sum.golang.org+033de0ae+Ac4zctda0e5eza+HJyk9SxEdh+s3Ux18htTTAD8OuAn8';
  await operator.add({ vkey, origin: 'go.sum database tree' });
  const checkpoint = `go.sum database tree
6353345
d5kp6/RTbWj/e9AMga1hdcHZHcLdFKA2fjHfKJ8FfR4=

— sum.golang.org Az3grhfKc0hf9eAH1x5p0VjY99pEe8l9JKKLGyf9F0m4JTrJjcsr9rUDh6kvNIl7vdzWqULpk3+azvpfJo9aOMZaYQE=
`;
  const body = formatAddCheckpoint({ oldSize: 0, proof: [], checkpoint });
  const response = await fetch(`${witness.url}/add-checkpoint`, { method: 'POST', body });
  expect(response.status).toBe(200);
  expect(await response.text()).toMatch(/^\u2014 witness.example\/one /);
  expect(await witness.client.checkpoint('go.sum database tree')).toContain('sum.golang.org');
});

it('pages of other sites may read what a witness cosigned, and may not have it cosign', async () => {
  const { witness } = await start({}, [log]);
  const ask = async (path: string, method: string) => {
    const headers = { origin: 'https://other.example', 'access-control-request-method': method };
    const answer = await fetch(`${witness.url}/${path}`, { method: 'OPTIONS', headers });
    return answer.headers.get('access-control-allow-origin');
  };
  expect(await ask(`${'0'.repeat(64)}/checkpoint`, 'GET')).toBe('*');
  expect(await ask('evidence', 'GET')).toBe('*');
  expect(await ask('add-checkpoint', 'POST')).toBeNull();
});

describe('the rate of a log', () => {
  it('is what was agreed, with 429 above it, and refusals and repeats use up none of it', async () => {
    const { witness, operator } = await start();
    await operator.add({ vkey: log.key.verifier.text, qpd: 24 });
    for (let size = 1; size <= 4; size++) {
      expect((await offer(witness, log, size - 1, size)).status).toBe(200);
      expect((await offer(witness, log, 0, 200)).status).toBe(409);
    }
    // Anybody can send again what was cosigned; that has an allowance of its own.
    let again = 0;
    while ((await offer(witness, log, 4, 4)).status === 200) again++;
    expect(again).toBeGreaterThan(0);
    for (let size = 5; size <= 8; size++) {
      expect((await offer(witness, log, size - 1, size)).status).toBe(200);
    }
    const refused = await offer(witness, log, 8, 9);
    expect(refused).toMatchObject({ status: 429, code: 'rate-limited' });
    expect(Number(refused.retryAfter)).toBeGreaterThan(3000);
    expect(Number(refused.retryAfter)).toBeLessThanOrEqual(3600);
  });

  it('comes back with time, and is of each log', () => {
    let nowMs = 0;
    const rates = new LogRates(() => nowMs);
    const rated = { origin: 'a', queriesPerDay: 24 } as Parameters<LogRates['take']>[0];
    const take = () => rates.take(rated, true);
    while (take() === undefined);
    expect(take()).toBe(3600);
    expect(rates.take({ ...rated, origin: 'b' }, true)).toBeUndefined();
    nowMs += 3_600_000;
    expect([take(), take()]).toEqual([undefined, 3600]);
    expect(rates.take({ ...rated, queriesPerDay: undefined }, true)).toBeUndefined();
  });
});

/** A tiled log over HTTP that pushes to nobody. */
async function serveLog(view: { log: MemoryLog; size: number }): Promise<string> {
  return await cleanup.serve(async (request, response) => {
    const path = (request.url ?? '').slice(1);
    const { log: current, size } = view;
    const body = path === 'checkpoint' ? await current.checkpoint(size) : current.tile(path);
    response.writeHead(body === undefined ? 404 : 200).end(body);
  });
}

describe('a log that does not push', () => {
  it('is followed by its feed, and its cosignature is there to be fetched', async () => {
    const view = { log, size: 100 };
    const feed = await serveLog(view);
    const logs = [{ vkey: log.key.verifier.text, feed }];
    const { witness } = await start({ config: { logs, feeds: { interval_ms: 100 } } });
    const sizeShown = async () => (await witness.client.checkpoint(log.origin))?.split('\n')[1];
    await eventually(async () => expect(await sizeShown()).toBe('100'));
    view.size = 300;
    await eventually(async () => expect(await sizeShown()).toBe('300'));
    const metrics = await (await fetch(`${witness.url}/metrics`)).text();
    expect(metrics).toMatch(/tecp_witness_feed_total\{result="cosigned"\} \d/);
  });

  it('is frozen by its feed if that contradicts what was cosigned, as by any request', async () => {
    const view = { log, size: 100 };
    const feed = await serveLog(view);
    const logs = [{ vkey: log.key.verifier.text, feed }];
    const { operator } = await start({ config: { logs, feeds: { interval_ms: 100 } } });
    await until(async () => (await operator.show(log.origin)).json?.size === 100);
    view.log = log.fork(50, 100);
    await until(async () => (await operator.show(log.origin)).json?.frozen_by !== undefined);
  });

  it('begins and ends with a command, and is left alone more and more while it is away', async () => {
    let asked = 0;
    const feed = await cleanup.serve((_, response) => {
      asked++;
      response.writeHead(503).end();
    });
    const { operator, said } = await start({ config: { feeds: { interval_ms: 100 } } });
    await operator.add({ vkey: log.key.verifier.text, feed });
    await until(() => asked >= 3);
    expect(said('the feed cannot be followed')).toHaveLength(1);
    await operator.disable(log.origin);
    const view = { log, size: 100 };
    await operator.add({ vkey: log.key.verifier.text, feed: await serveLog(view) });
    await operator.enable(log.origin);
    await until(async () => (await operator.show(log.origin)).json?.size === 100);
  });
});

describe('a public list', () => {
  it('adds logs, changes and removes none, and each thing is said once', async () => {
    const next = newKey(log.origin, KEY_TYPES.ed25519);
    const listed = new MemoryLog(newKey('log.example/two', KEY_TYPES.ed25519)).growTo(10);
    let body = 'logs/v1\n';
    let pulled = 0;
    const url = await cleanup.serve((_, response) => {
      pulled++;
      response.end(body);
    });
    const lists = { log_lists: [{ url: `${url}/list.1`, interval_ms: 1000 }] };
    const logs = [{ vkey: log.key.verifier.text }];
    const { witness, operator, said } = await start({ config: { logs, ...lists } });
    await until(() => said('the list could not be taken over').length === 1);
    body = `logs/v0\nvkey ${next.verifier.text}\nqpd 24\ncontact thief\n`;
    body += `vkey ${listed.key.verifier.text}\nqpd 24\ncontact two\n`;
    await until(() => said('the list added a log').length === 1);
    expect((await operator.show(listed.origin)).json).toMatchObject({
      source: `list ${url}/list.1`,
      qpd: 24,
      contact: 'two',
    });
    expect((await offer(witness, listed, 0, 5)).status).toBe(200);
    const other = 'the list names another key for a known log; it is not added';
    const before = pulled;
    await until(() => pulled >= before + 2);
    expect(said(other)).toHaveLength(1);
    expect((await operator.show(log.origin)).json).toMatchObject({
      vkeys: [log.key.verifier.text],
    });
    body = 'logs/v0\n';
    await until(
      () =>
        said('a log is no longer listed; it is followed until the operator disables it').length ===
        1,
    );
    expect((await offer(witness, listed, 5, 9)).status).toBe(200);
  });
});
