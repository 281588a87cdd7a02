/** Whether files are the input and the output that a receipt is about, with a code if they are not. */
import { hashInput, inputName } from '#cli/lib/files.ts';
import { sha256 } from '#crypto';
import { encodeBase64Url } from '#protocol/base64.ts';
import type { Receipt } from '#protocol/receipt/types.ts';
import type { Finding } from './judge.ts';

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

export function mismatches({ input, output }: HashChecks, receipt: Receipt): Finding[] {
  const findings: Finding[] = [];
  if (input?.matches === false) {
    const hint = ' (the receipt is about empty input: nothing was read from standard input)';
    const message = `${inputName(input.file)} is not the input that the receipt is about`;
    const isEmpty = receipt.input_hash === EMPTY_HASH;
    findings.push({
      code: 'E-HASH-001',
      message: message + (isEmpty ? hint : ''),
      field: 'input_hash',
    });
  }
  if (output?.matches === false) {
    const hint = ' (the receipt is about empty output: nothing was written)';
    const message = `${inputName(output.file)} is not the output that the receipt is about`;
    const isEmpty = receipt.output_hash === EMPTY_HASH;
    findings.push({
      code: 'E-HASH-002',
      message: message + (isEmpty ? hint : ''),
      field: 'output_hash',
    });
  }
  return findings;
}
