/** The vectors of sdk/vectors/: that they are what the generator writes, what they cover, and that we pass them. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { decodeUtf8 } from '#protocol/bytes.ts';
import { canonicalize } from '#protocol/json/canonical.ts';
import { RECEIPT_ERRORS, RECEIPT_WARNINGS } from '#protocol/receipt/codes.ts';
import { workedExample } from '#test/support/worked-example.ts';
import { answerLine } from '../../../sdk/js/src/lines/answer.ts';
import {
  type Case,
  fileName,
  formatGroup,
  type Group,
} from '../../../sdk/vectors/generate/case.ts';
import { committedText } from '../../../sdk/vectors/generate/committed.ts';
import { GROUPS } from '../../../sdk/vectors/generate/groups.ts';

const FOLDER = new URL('../../../sdk/vectors/', import.meta.url);
const MAX_ANSWER_BYTES = 64 * 1024 * 1024;
const cases = GROUPS.flatMap((group) => group.cases);

/** With the words of whoever published them. */
const isPublished = ({ file }: Group) => /-(?:cctv|wycheproof)$/.test(file);
const isNegative = ({ answer }: Case) => answer.error !== undefined || answer.valid === false;

describe.each(GROUPS)('$file', (group) => {
  it('is committed as the generator writes it', () => {
    // A difference of a megabyte is none that a person reads.
    expect(committedText(FOLDER, group) === formatGroup(group)).toBe(true);
  });

  it('has no two cases of one name', () => {
    expect(new Set(group.cases.map(({ name }) => name)).size).toBe(group.cases.length);
  });

  it('is passed by the library of the servers', () => {
    const differences = group.cases.flatMap(({ name, why, request, answer }) => {
      const expected = decodeUtf8(canonicalize(answer, MAX_ANSWER_BYTES));
      const got = answerLine(JSON.stringify(request));
      return got === expected ? [] : [{ name, why, expected, got }];
    });
    expect(differences).toEqual([]);
  });
});

describe('the vectors', () => {
  it('name the section of the rule, but for those that others have published', () => {
    const where = /^(?:(?:receipt|log|shards|verifier)\.md, sections? \d|RFC \d+|FIPS \d+)/;
    const own = GROUPS.filter((group) => !isPublished(group)).flatMap((group) => group.cases);
    expect(own.length).toBeGreaterThan(cases.length / 2);
    expect(own.map(({ why }) => why).filter((why) => !where.test(why))).toEqual([]);
  });

  it('are all of the files, and no others', () => {
    const files = readdirSync(FOLDER, { recursive: true, encoding: 'utf8' }).filter((name) =>
      name.includes('.vectors.json'),
    );
    expect(files.sort()).toEqual(GROUPS.map(fileName).sort());
  });

  it('have the worked example of receipt.md, byte for byte', () => {
    const { request } = cases.find(({ name }) => name === 'the worked example')!;
    expect(Buffer.from(request.receipt as string, 'base64').toString()).toBe(
      workedExample('receipt').trimEnd(),
    );
  });

  it('come from nothing but the rules: no code that they judge is imported', () => {
    const folder = fileURLToPath(new URL('generate', FOLDER));
    const sources = readdirSync(folder, { recursive: true, encoding: 'utf8' })
      .filter((name) => name.endsWith('.ts'))
      .map((name) => readFileSync(join(folder, name), 'utf8'));
    const imported = sources.flatMap((text) =>
      [...text.matchAll(/ from '([^']+)';$/gm)].map(([, from]) => from!),
    );
    const foreign = imported.filter((from) => !/^(node:|@noble\/|\.{1,2}\/)/.test(from));
    expect(foreign).toEqual([]);
    expect(imported.filter((from) => from.includes('../shared'))).toEqual([]);
  });

  it('have at least 60 positive and 300 negative cases', () => {
    expect(cases.filter((vector) => !isNegative(vector)).length).toBeGreaterThanOrEqual(60);
    expect(cases.filter(isNegative).length).toBeGreaterThanOrEqual(300);
  });

  it('have every code of receipts in an answer', () => {
    const answers = JSON.stringify(cases.map(({ answer }) => answer));
    const codes = [...Object.keys(RECEIPT_ERRORS), ...Object.keys(RECEIPT_WARNINGS)];
    // A log says it when a receipt is submitted, and it is never part of a verdict.
    const expected = codes.filter((code) => code !== 'W-TS-002');
    expect(expected.filter((code) => !answers.includes(`"${code}"`))).toEqual([]);
    expect(answers).not.toContain('W-TS-002');
  });
});
