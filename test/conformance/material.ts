/** A receipt that was logged and cosigned for real: what the cases and properties are made from. */
import { expect } from 'vitest';
import { decodeUtf8 } from '#protocol/bytes.ts';
import { encodeReceipt, withProof } from '#protocol/receipt/create.ts';
import type { Cleanup } from '#test/support/witness.ts';
import { type Material, strictReceipt } from './browser/cases.ts';
import { startWitnessedLog } from './network.ts';

/** Makes a receipt, has it logged and cosigned, and reads the proof back as a user would. */
export async function materialFrom(cleanup: Cleanup): Promise<Material> {
  const { log, policyText } = await startWitnessedLog(cleanup, 2);
  const submit = async (nowMs: number) => {
    const receipt = strictReceipt(nowMs);
    const url = `${log.url}/v1/log/entries?wait=proof`;
    const headers = { 'content-type': 'application/json' };
    const body = decodeUtf8(encodeReceipt(receipt));
    const response = await fetch(url, { method: 'POST', headers, body });
    expect(response.status).toBe(200);
    const { proof } = (await response.json()) as { proof: string };
    return withProof(receipt, proof);
  };
  const nowMs = Date.now();
  for (const agoMs of [3, 2, 1]) await submit(nowMs - agoMs);
  return { proven: await submit(nowMs), policy: policyText };
}
