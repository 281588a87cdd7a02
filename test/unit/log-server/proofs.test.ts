/** Waiting for proofs, asking for proofs, and what else readers ask the JSON API of a log. */
import { afterAll, afterEach, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { decodeBase64, decodeBase64Url } from '#protocol/base64.ts';
import { toHex } from '#protocol/bytes.ts';
import { asHash, leafHash } from '#protocol/merkle/hash.ts';
import { verifyConsistency, verifyInclusion } from '#protocol/merkle/proof.ts';
import { tilePath } from '#protocol/merkle/tiles.ts';
import { openWithPolicy, type Policy, parsePolicy } from '#protocol/policy/policy.ts';
import { parseTlogProof, verifyTlogProof } from '#protocol/proof/tlog-proof.ts';
import { expectLogSound } from '#test/support/check.ts';
import { FakeWitness, policyOf } from '#test/support/fake-witness.ts';
import { getJson, post, postLines, problemOf, submittedOf } from '#test/support/http.ts';
import { freshReceipt, startTestLog, type TestLog } from '#test/support/log.ts';
import { until } from '#test/support/wait.ts';

/** For a proof that comes, and for one that does not. */
const [LONG_WAIT_MS, SHORT_WAIT_MS] = [60_000, 300];

let witnesses: FakeWitness[];
let server: TestLog;
let api: string;
let policy: Policy;

beforeAll(async () => {
  witnesses = [await FakeWitness.start('w1', 11), await FakeWitness.start('w2', 12)];
  server = await startTestLog({
    policy: policyOf(witnesses, 1),
    settings: { limits: { wait_ms: LONG_WAIT_MS } },
    // Only the first checkpoint is kept, however long all of this takes.
    log: { checkpoint: { interval_ms: 20, anchor_interval_ms: 86_400_000 } },
  });
  api = `${server.url}/v1/log`;
  policy = server.logs[0]!.policy;
});
afterEach(() => expectLogSound(server.logs[0]!));
afterAll(async () => {
  await server.close();
  for (const witness of witnesses) await witness.close();
  expect(server.fatal).toEqual([]);
});

const log = () => server.logs[0]!;
const published = () => log().published?.size ?? -1;

/** Runs `work` while no witness cosigns, and waits until they do again. */
async function withoutQuorum(work: () => Promise<void>): Promise<void> {
  for (const witness of witnesses) witness.behaviour = () => ({ status: 500, body: '' });
  server.config.limits.wait_ms = SHORT_WAIT_MS;
  try {
    await work();
  } finally {
    server.config.limits.wait_ms = LONG_WAIT_MS;
    for (const witness of witnesses) witness.behaviour = () => undefined;
    await until(() => published() === log().head.size);
  }
}

describe('a submission that waits for its proof', () => {
  it('is answered with an offline proof that meets the policy', async () => {
    const receipt = freshReceipt();
    const response = await post(`${api}/entries?wait=proof`, receipt);
    const { leaf_index, proof } = await submittedOf(response);
    const parsed = parseTlogProof(proof!);
    expect(parsed.index).toBe(leaf_index);
    const verdict = verifyTlogProof(parsed, leafHash(receipt), policy);
    expect(verdict.quorumMet).toBe(true);
    expect(verdict.quorumTimeSeconds).toBeGreaterThan(1_600_000_000);
  });

  it('gets a valid proof for a duplicate too, at once', async () => {
    const receipt = freshReceipt();
    const first = await submittedOf(await post(`${api}/entries?wait=proof`, receipt));
    const again = await submittedOf(await post(`${api}/entries?wait=proof`, receipt));
    expect(again).toMatchObject({ leaf_index: first.leaf_index, duplicate: true });
    expect(verifyTlogProof(parseTlogProof(again.proof!), leafHash(receipt), policy).quorumMet).toBe(
      true,
    );
  });

  it('is told its index with 503 when the quorum does not come in time, and loses nothing', async () => {
    const receipt = freshReceipt();
    await withoutQuorum(async () => {
      const response = await post(`${api}/entries?wait=proof`, receipt);
      expect(response.headers.get('retry-after')).toBe('1');
      expect(await problemOf(response)).toMatchObject({
        status: 503,
        code: 'proof-pending',
        leaf_index: log().head.size - 1,
        leaf_hash: toHex(leafHash(receipt)),
        duplicate: false,
      });
      const [line] = await postLines(`${api}/entries?wait=proof`, [receipt]);
      expect(line).toMatchObject({ status: 503, code: 'proof-pending', duplicate: true });
    });
    const again = await submittedOf(await post(`${api}/entries?wait=proof`, receipt));
    expect(again).toMatchObject({ duplicate: true, proof: expect.any(String) });
  });
});

describe('GET /v1/log/proof', () => {
  it('answers the tlog-proof of an index, or of a leaf hash', async () => {
    const receipt = freshReceipt();
    const { leaf_index, leaf_hash } = await submittedOf(
      await post(`${api}/entries?wait=proof`, receipt),
    );
    for (const query of [`index=${leaf_index}`, `leaf=${leaf_hash}`]) {
      const response = await fetch(`${api}/proof?${query}`);
      expect(response.headers.get('content-type')).toMatch(/^text\/plain/);
      expect(response.headers.get('cache-control')).toBe('no-store');
      const proof = parseTlogProof(await response.text());
      expect(verifyTlogProof(proof, leafHash(receipt), policy).quorumMet).toBe(true);
    }
  });

  it('answers JSON when asked for it', async () => {
    const receipt = freshReceipt();
    const { leaf_index } = await submittedOf(await post(`${api}/entries?wait=proof`, receipt));
    const url = `${api}/proof?index=${leaf_index}`;
    const json = await getJson(url, { accept: 'application/json' });
    const hashes = (json.hashes as string[]).map((text) => asHash(decodeBase64(text, 32)));
    const root = asHash(decodeBase64(String(json.root_hash), 32));
    expect(json.leaf_hash).toBe(toHex(leafHash(receipt)));
    const size = Number(json.tree_size);
    expect(verifyInclusion(leafHash(receipt), leaf_index, size, hashes, root)).toBe(true);
    expect(openWithPolicy(String(json.checkpoint), policy).checkpoint.size).toBe(size);
  });

  it('answers 503 with the index for what is signed but not published', async () => {
    await withoutQuorum(async () => {
      const submitted = await submittedOf(await post(`${api}/entries`, freshReceipt()));
      const { leaf_index, leaf_hash } = submitted;
      await until(() => log().signedSize > leaf_index);
      for (const query of [`index=${leaf_index}`, `leaf=${leaf_hash}`]) {
        const problem = await problemOf(await fetch(`${api}/proof?${query}`));
        expect(problem).toMatchObject({ status: 503, code: 'proof-pending', leaf_index });
      }
    });
  });

  it('says nothing of what no signed checkpoint covers yet, but to ask again', async () => {
    const idle = await startTestLog({ log: { checkpoint: { interval_ms: 60_000 } } });
    onTestFinished(() => idle.close());
    await until(() => idle.logs[0]!.published !== undefined);
    const url = `${idle.url}/v1/log`;
    const submitted = await submittedOf(await post(`${url}/entries`, freshReceipt()));
    for (const query of [`index=${submitted.leaf_index}`, `leaf=${submitted.leaf_hash}`]) {
      const response = await fetch(`${url}/proof?${query}`);
      expect(response.headers.get('retry-after')).toBe('1');
      const problem = await problemOf(response);
      expect(problem).toMatchObject({ status: 503, code: 'proof-pending' });
      expect(problem).not.toHaveProperty('leaf_index');
      expect(problem.detail).not.toContain('in the log');
    }
  });

  it.each([
    ['', 400, 'leaf'],
    ['index=0&leaf=00', 400, 'leaf'],
    ['index=-1', 400, 'index'],
    ['index=01', 400, 'index'],
    ['index=1e1', 400, 'index'],
    ['index=9007199254740992', 400, 'index'],
    ['leaf=zz', 400, 'leaf'],
    [`leaf=${'A'.repeat(64)}`, 400, 'leaf'],
    [`leaf=${'a'.repeat(62)}`, 400, 'leaf'],
    [`leaf=${'0'.repeat(64)}`, 404, undefined],
    ['index=9007199254740991', 404, undefined],
  ])('refuses ?%s', async (query, status, field) => {
    const problem = await problemOf(await fetch(`${api}/proof?${query}`));
    expect([problem.status, problem.field]).toEqual([status, field]);
    expect(problem.code).toBe(status === 400 ? 'bad-request' : 'not-found');
  });

  it('says that one of two parameters is missing, not that the first of them is', async () => {
    const { detail } = await problemOf(await fetch(`${api}/proof?size=1`));
    expect(detail).toMatch(/leaf=.* index=/);
  });
});

describe('GET /v1/log/consistency', () => {
  it('proves every pair of published sizes', async () => {
    await postLines(
      `${api}/entries?wait=proof`,
      Array.from({ length: 20 }, () => freshReceipt()),
    );
    const signed = (await log().store.signedAfter(-1, 1000)).filter((s) => s.size <= published());
    expect(signed.length).toBeGreaterThan(3);
    for (const a of signed) {
      for (const b of signed.filter(({ size }) => size >= a.size)) {
        const json = await getJson(`${api}/consistency?from=${a.size}&to=${b.size}`);
        const hashes = (json.hashes as string[]).map((text) => asHash(decodeBase64(text, 32)));
        expect(verifyConsistency(a.size, a.root, b.size, b.root, hashes)).toBe(true);
      }
    }
  });

  it('goes to the published size by default, and only a fixed answer may be kept for ever', async () => {
    const open = await fetch(`${api}/consistency?from=1`);
    expect(await open.json()).toMatchObject({ from: 1, to: published() });
    expect(open.headers.get('cache-control')).toBe('public, max-age=1');
    const fixed = await fetch(`${api}/consistency?from=1&to=2`);
    expect(fixed.headers.get('cache-control')).toContain('immutable');
    await fixed.text();
  });

  it.each([
    ['', 'from'],
    ['to=1', 'from'],
    ['from=2&to=1', 'from'],
    ['from=x', 'from'],
    ['from=1&to=1.5', 'to'],
    ['from=0&to=999999', 'to'],
  ])('refuses ?%s', async (query, field) => {
    const problem = await problemOf(await fetch(`${api}/consistency?${query}`));
    expect(problem).toMatchObject({ status: 400, code: 'bad-request', field });
  });

  it.each(['from=1&from=1', 'from=1&from=2', 'from&from=1', 'from=1&%66rom=2'])(
    'refuses a parameter that is given twice: ?%s',
    async (query) => {
      const problem = await problemOf(await fetch(`${api}/consistency?${query}`));
      expect(problem).toMatchObject({ status: 400, code: 'bad-request', field: 'from' });
    },
  );
});

describe('GET /v1/log/entries/<n>', () => {
  it('answers the logged bytes, for ever', async () => {
    const receipt = freshReceipt();
    const { leaf_index, leaf_hash } = await submittedOf(
      await post(`${api}/entries?wait=proof`, receipt),
    );
    const response = await fetch(`${api}/entries/${leaf_index}`);
    expect(response.headers.get('content-type')).toBe('application/json');
    expect(response.headers.get('cache-control')).toContain('immutable');
    expect(response.headers.get('etag')).toBe(`"${leaf_hash}"`);
    expect(Buffer.from(await response.arrayBuffer())).toEqual(Buffer.from(receipt));
  });

  it('has tiles to the size signed last: a witness may show that before it is published', async () => {
    await withoutQuorum(async () => {
      await submittedOf(await post(`${api}/entries`, freshReceipt()));
      const size = log().head.size;
      await until(() => log().signedSize === size);
      expect(published()).toBeLessThan(size);
      const tile = (width: number) => fetch(`${server.url}/${tilePath(0, 0, width)}`);
      expect((await tile(size)).status).toBe(200);
      expect((await tile(size + 1)).status).toBe(404);
    });
  });

  it('shows nothing beyond the published size', async () => {
    await withoutQuorum(async () => {
      const { leaf_index } = await submittedOf(await post(`${api}/entries`, freshReceipt()));
      const problem = await problemOf(await fetch(`${api}/entries/${leaf_index}`));
      expect(problem).toMatchObject({ status: 404, code: 'not-found' });
    });
  });

  it('refuses what is not an index', async () => {
    for (const index of ['x', '-1', '00', '1.0']) {
      const problem = await problemOf(await fetch(`${api}/entries/${index}`));
      expect(problem).toMatchObject({ status: 400, field: 'index' });
    }
  });
});

describe('what a log says about itself', () => {
  it('sth is the checkpoint as JSON, with the witnesses that cosigned', async () => {
    const sth = await getJson(`${api}/sth`);
    const opened = openWithPolicy(String(sth.checkpoint), policy);
    expect(sth).toMatchObject({
      origin: log().origin,
      tree_size: opened.checkpoint.size,
      quorum_time: opened.quorumTimeSeconds,
    });
    const named = sth.cosignatures as { witness: string; key: string; time: number }[];
    expect(named.map(({ witness }) => witness)).toEqual(expect.arrayContaining(['w1-ed', 'w1-pq']));
    expect(named.find(({ witness }) => witness === 'w1-ed')?.key).toBe(
      witnesses[0]!.keys.ed.verifier.text,
    );
  });

  it('the key set holds the key that signs checkpoints', async () => {
    const { keys } = (await getJson(`${server.url}/.well-known/tecp-log-jwks`)) as {
      keys: Record<string, string>[];
    };
    const { publicKey, id, text } = server.key.verifier;
    expect(keys).toHaveLength(1);
    expect(keys[0]).toMatchObject({ kty: 'OKP', crv: 'Ed25519', kid: id, vkey: text });
    expect(toHex(decodeBase64Url(keys[0]!.x!))).toBe(toHex(publicKey));
  });

  it('the policy is the file that it publishes under', async () => {
    const text = await (await fetch(`${api}/policy`)).text();
    expect(text).toBe(log().policyText);
    expect(parsePolicy(text).quorum).toBe('quorum');
  });

  it('metrics count it under its origin, and readiness says why it cannot publish', async () => {
    const metrics = await (await fetch(`${server.url}/metrics`)).text();
    expect(metrics).toContain(`tecp_log_tree_size{origin="${log().origin}"} ${log().head.size}`);
    expect((await fetch(`${server.url}/readyz`)).status).toBe(200);
    await withoutQuorum(async () => {
      await post(`${api}/entries`, freshReceipt());
      await until(() => log().trouble !== undefined);
      const response = await fetch(`${server.url}/readyz`);
      const { reasons } = (await response.json()) as { reasons: Record<string, string> };
      expect(response.status).toBe(503);
      expect(reasons[log().origin]).toContain('no quorum');
    });
  });
});
