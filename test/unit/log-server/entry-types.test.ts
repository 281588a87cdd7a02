/**
 * A new entry type is a folder and a line: `test/support/guestbook/` goes through a log, an audit and a
 * monitor beside receipts, and nothing of these knows it by name.
 */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { checkLog } from '#client/check-log.ts';
import { HttpTileSource } from '#client/tile-source.ts';
import { encodeUtf8, fromHex } from '#protocol/bytes.ts';
import { recogniseEntry } from '#protocol/entry/check.ts';
import { JSON_MEDIA_TYPE } from '#protocol/entry/entry-type.ts';
import { opaque } from '#protocol/entry/opaque/opaque.ts';
import { ENTRY_TYPES, entryTypes } from '#protocol/entry/registry.ts';
import { tecpReceipt } from '#protocol/entry/tecp-receipt/tecp-receipt.ts';
import { asLeafHash } from '#protocol/merkle/hash.ts';
import { parseTlogProof, verifyTlogProof } from '#protocol/proof/tlog-proof.ts';
import { FakeLog, fakePolicy, publish } from '#test/support/fake-log.ts';
import { guestbook } from '#test/support/guestbook/guestbook.ts';
import { signLine } from '#test/support/guestbook/line.ts';
import { getJson, post, postLines, problemOf, submittedOf } from '#test/support/http.ts';
import { freshReceipt, startTestLog, type TestLog } from '#test/support/log.ts';
import { TestMonitor } from '#test/support/monitor.ts';

const known = [tecpReceipt, guestbook, opaque];
const entry_types = ['guestbook', 'tecp-receipt'];
const types = entryTypes(entry_types, known);

let server: TestLog;
let entries: string;
let nowMs = Date.now();
beforeAll(async () => {
  const dependencies = { now: () => nowMs };
  server = await startTestLog({ known, log: { entry_types }, dependencies });
  entries = `${server.url}/v1/log/entries`;
});
afterAll(async () => {
  await server.close();
  expect(server.fatal).toEqual([]);
});

let written = 0;
const freshLine = (text = `Was here for the ${++written}th time.`) =>
  signLine(text, nowMs, new Uint8Array(32).fill(5));
const pretty = (bytes: Uint8Array) =>
  JSON.stringify(JSON.parse(Buffer.from(bytes).toString()), null, 2);
const changed = (bytes: Uint8Array, from: string, to: string) =>
  encodeUtf8(Buffer.from(bytes).toString().replace(from, to));
const refusal = async (body: Uint8Array | string) => {
  const { status, code, field } = await problemOf(await post(entries, body));
  return field === undefined ? `${status} ${code}` : `${status} ${code} ${field}`;
};

describe('two JSON types in one log', () => {
  it('are submitted to one route, in any spelling, and proven alike', async () => {
    const { policy } = server.logs[0]!;
    for (const entry of [freshLine(), freshReceipt(), freshLine()]) {
      const response = await post(`${entries}?wait=proof`, pretty(entry));
      const { leaf_index, leaf_hash, proof } = await submittedOf(response);
      const leaf = asLeafHash(fromHex(leaf_hash, 32));
      expect(verifyTlogProof(parseTlogProof(proof!), leaf, policy).quorumMet).toBe(true);
      const logged = await fetch(`${entries}/${leaf_index}`);
      expect(logged.headers.get('content-type')).toBe(JSON_MEDIA_TYPE);
      expect(Buffer.from(await logged.arrayBuffer())).toEqual(Buffer.from(entry));
    }
  });

  it('may stand in one batch, and what is wrong with one line is said by its own type', async () => {
    const lines = [freshLine(), freshReceipt(), changed(freshLine(), 'Was', 'Is'), '{}'];
    const results = await postLines(entries, lines);
    expect(results.map(({ code, status }) => code ?? status)).toEqual([
      200,
      200,
      'G-FORGED',
      'E-SCHEMA-002',
    ]);
  });

  it('refuse with the codes of the type that a submission claims, and of the log if it claims none', async () => {
    expect(await refusal(changed(freshLine(), 'Was', 'Is'))).toBe('400 G-FORGED sig');
    expect(await refusal(changed(freshLine(), '"written"', '"wroten"'))).toBe('400 G-FORM wroten');
    expect(await refusal(changed(freshLine(), '"1"', '"1" x'))).toBe('400 G-SPELLING');
    expect(await refusal(freshLine('x'.repeat(3000)))).toBe('413 E-SIZE-001');
    expect(await refusal(changed(freshReceipt(), 'git:0', 'git:1'))).toBe('400 E-SIG-002 sig');
    expect(await refusal('{"version":"TECP-9"}')).toBe('400 E-SCHEMA-004 version');
    for (const nobodys of ['{}', '[]', '', 'x', '{"guestbook":"2"}', '{"version":1}']) {
      expect(await refusal(nobodys)).toBe('400 E-SCHEMA-002');
    }
    const metrics = await (await fetch(`${server.url}/metrics`)).text();
    expect(metrics).toMatch(/tecp_log_refused_total\{[^}]*code="G-FORGED"\} 2/);
  });

  it('cannot take what a reader would judge as the other', async () => {
    const disguised = freshLine('x","version":"TECP-0.1');
    expect(await refusal(changed(disguised, '\\"', '"'))).toMatch(/^400 /);
    const { bytes } = guestbook.parseSubmission(freshLine(), nowMs);
    expect(tecpReceipt.recognises(bytes)).toBe(false);
    expect(guestbook.recognises(freshReceipt())).toBe(false);
  });

  it('have their own limits of age, and a late retry still finds its index', async () => {
    const line = freshLine();
    const late = freshLine();
    const first = await submittedOf(await post(entries, line));
    nowMs += 2 * 3600_000;
    const again = await submittedOf(await post(entries, line));
    expect(again).toEqual({ ...first, duplicate: true });
    expect(await refusal(late)).toBe('400 G-OLD written');
    nowMs = Date.now();
  });

  it('are both in the API document, with their shapes and their codes', async () => {
    const document = JSON.stringify(await getJson(`${server.url}/openapi.json`));
    expect(document).toContain('"GuestbookLine":');
    expect(document).toContain('"Receipt":');
    expect(document).toContain('"G-OLD"');
    expect(document).toContain('"E-SIG-002"');
  });

  it('are audited, each by its own rules, and told apart in lists', async () => {
    await submittedOf(await post(`${entries}?wait=proof`, freshLine('Lovely.')));
    const source = new HttpTileSource(server.url);
    const { policy } = server.logs[0]!;
    const report = await checkLog(source, { policy, entryTypes: types });
    expect(report.problems).toEqual([]);
    expect(report.entriesChecked).toBeGreaterThan(5);
    const receiptsOnly = await checkLog(source, { policy, entryTypes: ENTRY_TYPES.slice(0, 1) });
    expect(receiptsOnly.problems[0]).toMatchObject({ kind: 'entry', code: 'E-SCHEMA-002' });
    const described = (entry: Uint8Array) => recogniseEntry(entry, types)!.describe(entry);
    expect(described(freshLine('Lovely.'))).toEqual({ title: 'Lovely.' });
    expect(described(freshReceipt()).title).toMatch(/^git:/);
  });
});

describe('a monitor', () => {
  it('follows a log of both', async () => {
    await submittedOf(await post(`${entries}?wait=proof`, freshLine()));
    await submittedOf(await post(`${entries}?wait=proof`, freshReceipt()));
    const policy = `log ${server.key.verifier.text} ${server.url}\nquorum none\n`;
    const monitor = await TestMonitor.start({ policy, settings: { entry_types }, known });
    try {
      await monitor.verified(server.logs[0]!.published!.size);
      expect((await monitor.json('/v1/status')).logs[0].invalid_entries).toBe(0);
    } finally {
      await monitor.close();
    }
  });

  it('tells of an entry that its type refuses, with the code of the type', async () => {
    const log = await new FakeLog().start();
    log.tree.append([freshReceipt(), changed(freshLine(), 'Was', 'Is')]);
    publish(log, []);
    const policy = fakePolicy([log], []);
    const monitor = await TestMonitor.start({ policy, settings: { entry_types }, known });
    try {
      expect((await monitor.raised('invalid-entry')).detail).toContain('entry 1: G-FORGED');
    } finally {
      await monitor.close();
      await log.close();
    }
  });
});
