/** Requests and their answers (docs/spec/verifier.md): what the vectors do not say of them. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { encodeBase64 } from '#protocol/base64.ts';
import { encodeUtf8 } from '#protocol/bytes.ts';
import { answerLine } from '../src/lines/answer.ts';

function ask(request: object): unknown {
  return JSON.parse(answerLine(JSON.stringify(request)));
}

it('what is no request gets an answer that says so', () => {
  for (const line of [
    '',
    'x',
    '[]',
    'null',
    '{}',
    '{"op":1}',
    '{"op":"toString"}',
    '{"op":null}',
  ]) {
    expect(answerLine(line)).toBe('{"error":"bad-request"}');
  }
});

it('a name in a request is what its escapes denote, whatever was parsed before', () => {
  // V8 13.6 expects the name that came after the same others before, and compares it with what is still escaped.
  JSON.parse('{"!only in this test":1,"\\\\":1}');
  const params = `{"code_ref":"x","input":"","output":"","policy_ids":[],"ts":1,"nonce":"${encodeBase64(new Uint8Array(16))}","ext":{"!only in this test":1,"\\"":1}}`;
  const seed = encodeBase64(new Uint8Array(32));
  const answer = answerLine(`{"op":"create","seed":"${seed}","params":${params}}`);
  const { receipt } = JSON.parse(answer) as { receipt: string };
  expect(Buffer.from(receipt, 'base64').toString()).toContain('"!only in this test":1,"\\"":1}');
});

describe('verify', () => {
  const receipt = encodeBase64(encodeUtf8('{}'));
  const good = {
    profile: 'tecp-lite',
    now: 0,
    policy: encodeBase64(encodeUtf8('quorum none\n')),
    trusted_keys: ['iojj3XQJ8ZX9UtstPLpdcspnCb8dlBIb83SIAbQPb1w'],
  };

  it('asks for a receipt and a time before it looks at options', () => {
    expect(ask({ profile: 'x', now: 1 })).toEqual({ error: 'bad-request' });
    expect(ask({ profile: 'x', receipt })).toEqual({ error: 'bad-request' });
  });

  it('takes options that somebody can mean', () => {
    expect(ask({ receipt, ...good })).toMatchObject({ profile: 'tecp-lite', valid: false });
  });

  it.each([
    ['profile', ['tecp', '', 1, null, 'toString']],
    ['now', [-1, 2 ** 53, 0.5, '1', null]],
    ['policy', ['?', 'AB==', '', encodeBase64(Uint8Array.of(255)), 1, null]],
    ['trusted_keys', ['x', ['x'], [1], ['AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA'], null, {}]],
  ])('refuses a %s that nobody can mean', (field, values) => {
    for (const value of values) {
      const answer = { error: 'bad-option', field };
      expect(ask({ receipt, ...good, [field]: value })).toEqual(answer);
    }
  });
});

it('whatever a request holds, it gets an answer in canonical JSON', () => {
  const names = [
    'receipt',
    'now',
    'json',
    'entry',
    'key',
    'message',
    'sig',
    'leaf',
    'proof',
    'policy',
  ];
  const more = ['index', 'size', 'root', 'old_size', 'note', 'keys', 'origin', 'seed', 'params'];
  const operations = [
    'verify',
    'create',
    'canonical',
    'leaf-hash',
    'ed25519',
    'ml-dsa-44',
    'ecdsa',
  ];
  const others = ['inclusion', 'consistency', 'note', 'checkpoint', 'policy', 'proof', 'other'];
  const value = fc.oneof(
    fc.uint8Array({ maxLength: 70 }).map(encodeBase64),
    fc.constant(encodeBase64(new Uint8Array(32).fill(7))),
    fc.string(),
    fc.integer(),
    fc.array(fc.string(), { maxLength: 2 }),
    fc.jsonValue({ maxDepth: 2 }),
  );
  const members = fc.dictionary(fc.constantFrom(...names, ...more), value);
  const op = fc.constantFrom(...operations, ...others);
  fc.assert(
    fc.property(op, members, (op, request) => {
      const answer = answerLine(JSON.stringify({ ...request, op }));
      expect(JSON.stringify(JSON.parse(answer))).toBe(answer);
    }),
  );
});
