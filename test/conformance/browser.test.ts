/**
 * A browser gives the verdicts that Node gives: `shared/protocol`, bundled as it is, judges receipts,
 * proofs and evidence in headless Chromium, offline and with nothing loaded but the bundle.
 */
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { encodeBase64 } from '#protocol/base64.ts';
import { encodeUtf8, fromHex } from '#protocol/bytes.ts';
import { Cleanup } from '#test/support/witness.ts';
import { readVectors } from '#test/unit/protocol/crypto/vectors.ts';
import { type Bundle, bundleForBrowser } from './browser/bundle.ts';
import { type NamedCase, receiptCases } from './browser/cases.ts';
import { evidenceCases } from './browser/evidence-cases.ts';
import { judge, type SignatureKind } from './browser/judge.ts';
import { hasChromium, openPage, startChromium } from './chromium.ts';
import { materialFrom } from './material.ts';

const VERIFY_PAGE = 'test/conformance/browser/verify-page.ts';
const ROOT = join(import.meta.dirname, '../..');
/** The crypto providers for Node. */
const NODE_ONLY = ['node.ts', 'openssl.ts', 'sodium.ts'].map((file) => join('crypto', file));

function modulesIn(folder: string): string[] {
  return readdirSync(join(ROOT, folder), { recursive: true, encoding: 'utf8' })
    .filter((path) => path.endsWith('.ts') && !NODE_ONLY.includes(path))
    .map((path) => join(folder, path));
}

/** The codes of a verdict on a receipt; in one word, what became of evidence. */
function codesOf(answer: unknown): string[] {
  const { errors, proven, thrown } = answer as {
    errors?: { code: string }[];
    proven?: boolean;
    thrown?: string;
  };
  if (errors !== undefined) return errors.map(({ code }) => code);
  return [thrown ?? (proven ? 'proven' : 'unproven')];
}

type Cctv = [key: string, signature: string, message: string, flags: string];
type Wycheproof = [id: number, key: string, message: string, signature: string];

/** CCTV's and Wycheproof's cases for Ed25519, Wycheproof's for ML-DSA-44 and ECDSA. */
function signatureVectors(): NamedCase[] {
  const named = (
    name: string,
    kind: SignatureKind,
    parts: readonly [key: Uint8Array, message: Uint8Array, signature: Uint8Array],
  ): NamedCase => {
    const [key, message, signature] = parts.map(encodeBase64) as [string, string, string];
    return { name, expected: [], question: { kind, key, message, signature } };
  };
  const wycheproof = (file: string, kind: SignatureKind) =>
    readVectors<Wycheproof>(file).cases.map(([id, key, message, signature]) =>
      named(`${file} ${id}`, kind, [fromHex(key), fromHex(message), fromHex(signature)]),
    );
  return [
    ...readVectors<Cctv>('ed25519-cctv').cases.map(([key, signature, message], i) =>
      named(`cctv ${i}`, 'ed25519', [fromHex(key), encodeUtf8(message), fromHex(signature)]),
    ),
    ...wycheproof('ed25519-wycheproof', 'ed25519'),
    ...wycheproof('ml-dsa-44-wycheproof', 'ml-dsa-44'),
    ...wycheproof('ecdsa-wycheproof', 'ecdsa'),
  ];
}

describe('the bundle for browsers', () => {
  it('takes every module of shared/protocol and shared/client without a Node built-in', async () => {
    const modules = [...modulesIn('shared/protocol'), ...modulesIn('shared/client')];
    const { sources, imports } = await bundleForBrowser(modules);
    expect(imports).toEqual([]);
    expect(sources).toEqual(expect.arrayContaining(modules));
    for (const file of NODE_ONLY) expect(sources).not.toContain(join('shared/protocol', file));
  });

  it('does not come about for a module that needs Node', async () => {
    const bundled = bundleForBrowser(['shared/protocol/crypto/node.ts']);
    await expect(bundled).rejects.toThrow('Could not resolve "node:crypto"');
  });
});

interface ServedPage {
  readonly page: Page;
  /** URLs that the page asked for. */
  readonly requests: readonly string[];
  readonly errors: readonly string[];
}

const HTML = '<!doctype html><title>verify</title><script src="/verify.js"></script>';

/** Opens a page that may load one script, of its own origin, and then goes offline. */
async function openVerifier(cleanup: Cleanup, { code }: Bundle): Promise<ServedPage> {
  const url = await cleanup.serve((request, response) => {
    const isScript = request.url === '/verify.js';
    response.setHeader('content-type', isScript ? 'text/javascript' : 'text/html');
    response.setHeader('content-security-policy', "default-src 'none'; script-src 'self'");
    response.end(isScript ? code : HTML);
  });
  const page = await openPage(await startChromium(cleanup));
  const requests: string[] = [];
  const errors: string[] = [];
  page.on('request', (request) => requests.push(request.url().slice(url.length)));
  page.on('pageerror', (error) => errors.push(error.message));
  page.on('console', (message) => errors.push(message.text()));
  await page.goto(url);
  await page.context().setOffline(true);
  return { page, requests, errors };
}

/** What the page answers, by name. */
async function judgeInPage({ page }: ServedPage, cases: readonly NamedCase[]) {
  const questions = JSON.stringify(cases.map(({ question }) => question));
  const answers = await page.evaluate(`judgeAll(${questions})`);
  return byName(cases, answers as unknown[]);
}

function byName(cases: readonly NamedCase[], answers: readonly unknown[]) {
  return Object.fromEntries(cases.map(({ name }, i) => [name, answers[i]]));
}

describe.skipIf(!hasChromium)('Chromium', () => {
  const cleanup = new Cleanup();
  let served: ServedPage;
  let cases: readonly NamedCase[];

  beforeAll(async () => {
    cases = [...receiptCases(await materialFrom(cleanup)), ...evidenceCases()];
    served = await openVerifier(cleanup, await bundleForBrowser([VERIFY_PAGE]));
  });
  afterAll(cleanup.run);

  it('says VALID of a logged receipt, and says what Node says of every good and bad variant', async () => {
    const inNode = byName(
      cases,
      cases.map(({ question }) => judge(question)),
    );
    expect(cases.map(({ name }) => [name, codesOf(inNode[name])])).toEqual(
      cases.map(({ name, expected }) => [name, expected]),
    );
    expect(await judgeInPage(served, cases)).toEqual(inNode);
    expect(Object.keys(inNode)).toHaveLength(cases.length);
  });

  it('gives the verdicts on the published edge cases of both signature schemes', async () => {
    const vectors = signatureVectors();
    const answers = await judgeInPage(served, vectors);
    const inNode = vectors.map(({ question }) => judge(question));
    expect(answers).toEqual(byName(vectors, inNode));
    expect(inNode.filter((valid) => valid === true).length).toBeGreaterThan(43);
  });

  it('needed no network, no other script, and complained of nothing', () => {
    expect(served.requests).toEqual(['/', '/verify.js']);
    expect(served.errors).toEqual([]);
  });
});
