/** The vectors of sdk/vectors by the crypto of browsers and of Node alone; test/unit/sdk has that of the servers. */
import { globSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { build } from 'esbuild';
import { describe, expect, it } from 'vitest';
import { decodeUtf8 } from '#protocol/bytes.ts';
import { canonicalize, type JsonObject } from '#protocol/json/canonical.ts';
import { tempFolder } from '#test/support/temp.ts';

type AnswerLine = (request: string) => string;
type Vector = Readonly<Record<'name' | 'request' | 'answer', JsonObject>>;

const ROOT = join(import.meta.dirname, '../../..');
const MAX_ANSWER_BYTES = 64 * 1024 * 1024;

const files = globSync('sdk/vectors/{,optional/}*.vectors.json', { cwd: ROOT }).sort();

/** The request handler with another crypto provider than the one that runs here. */
async function handlerBy(provider: string): Promise<AnswerLine> {
  const { outputFiles } = await build({
    absWorkingDir: ROOT,
    entryPoints: ['sdk/js/src/lines/answer.ts'],
    bundle: true,
    write: false,
    format: 'esm',
    platform: 'node',
    alias: { '#crypto': `./shared/protocol/crypto/${provider}.ts` },
  });
  const file = join(tempFolder(), 'handler.mjs');
  writeFileSync(file, outputFiles[0]!.contents);
  return (await import(pathToFileURL(file).href)).answerLine;
}

describe.each(['noble', 'openssl'])('by %s', (provider) => {
  const handler = handlerBy(provider);

  it.each(files)('every answer of %s is the one that the vectors have', async (file) => {
    const answerLine = await handler;
    const { cases }: { cases: Vector[] } = JSON.parse(readFileSync(join(ROOT, file), 'utf8'));
    const differences = cases.flatMap(({ name, request, answer }) => {
      const expected = decodeUtf8(canonicalize(answer, MAX_ANSWER_BYTES));
      const got = answerLine(JSON.stringify(request));
      return got === expected ? [] : [{ name, expected, got }];
    });
    expect(differences).toEqual([]);
  });
});
