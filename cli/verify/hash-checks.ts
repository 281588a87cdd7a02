/** Whether files are the input and the output that a receipt is about, with a code if they are not. */
import { hashInput, inputName } from '#cli/lib/files.ts';
import { sha256 } from '#crypto';
import { encodeBase64Url } from '#protocol/base64.ts';
import type { Receipt } from '#protocol/receipt/types.ts';
import type { Finding } from '#protocol/verdict/judge.ts';

export interface HashCheck {
  readonly file: string;
  readonly matches: boolean;
  /** b64u SHA-256 of the file. */
  readonly hash: string;
}

export interface HashChecks {
  readonly input?: HashCheck;
  readonly output?: HashCheck;
}

/** The files to compare with, where there are any. */
export interface HashFiles {
  readonly input?: string;
  readonly output?: string;
}

/** b64u SHA-256 of nothing: what a command without input gets. */
const EMPTY_HASH = encodeBase64Url(sha256(new Uint8Array()));

export async function checkHashes(
  receipt: Receipt,
  { input, output }: HashFiles,
): Promise<HashChecks> {
  const check = async (file: string, expected: string): Promise<HashCheck> => {
    const hash = encodeBase64Url(await hashInput(file));
    return { file, matches: hash === expected, hash };
  };
  return {
    ...(input === undefined ? {} : { input: await check(input, receipt.input_hash) }),
    ...(output === undefined ? {} : { output: await check(output, receipt.output_hash) }),
  };
}

/** What is said of each file that is not the one; `hint` is for a receipt that is about nothing. */
const MISMATCHES = [
  {
    name: 'input',
    field: 'input_hash',
    code: 'E-HASH-001',
    hint: 'the receipt is about empty input: nothing was read from standard input',
  },
  {
    name: 'output',
    field: 'output_hash',
    code: 'E-HASH-002',
    hint: 'the receipt is about empty output: nothing was written',
  },
] as const;

export function mismatches(checks: HashChecks, receipt: Receipt): Finding[] {
  return MISMATCHES.flatMap(({ name, field, code, hint }) => {
    const check = checks[name];
    if (check === undefined || check.matches) return [];
    const message = `${inputName(check.file)} is not the ${name} that the receipt is about`;
    const why = receipt[field] === EMPTY_HASH ? ` (${hint})` : '';
    return [{ code, message: message + why, field }];
  });
}
