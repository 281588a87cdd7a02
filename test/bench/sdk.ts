/**
 * What creating and verifying a receipt costs each SDK, beside the bare operation of the library that it uses, and
 * how large receipts are. Each SDK measures itself (`tecp-bench-<sdk>`): medians of processor time of interleaved
 * rounds, with the same material.
 *
 *     ./tecp bench sdk
 */
import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { buildSdks } from '#cli/sdk/build.ts';
import { programPath, SDK_NAMES, type SdkName } from '#cli/sdk/languages.ts';
import { tempFolder } from '#test/support/temp.ts';
import { type Row, report } from './support/report.ts';
import { sdkMaterial } from './support/sdk-material.ts';

/** What creating and verifying may cost, as a multiple of the bare operation. */
const TARGETS: Readonly<Record<SdkName, number>> = { js: 1.5, py: 2, go: 1.3, rs: 1.3 };
/** Rounds take some seconds. */
const BENCH_TIMEOUT_MS = 300_000;
const MAX_RECEIPT_BYTES = 600;
const MAX_PROVEN_BYTES = 8192;

/** What the program of an SDK prints; times in microseconds. */
interface Measured {
  readonly library: string;
  readonly sign_us: number;
  readonly verify_us: number;
  readonly create_us: number;
  readonly verify_receipt_us: number;
  readonly verify_proof_us: number;
}

const material = sdkMaterial(randomBytes(4).readUInt32LE());
const input = join(tempFolder(), 'material.json');
const base64 = (bytes: Uint8Array) => Buffer.from(bytes).toString('base64');
writeFileSync(
  input,
  JSON.stringify({
    seed: base64(material.seed),
    receipt: base64(material.receipt),
    proven: base64(material.proven),
    policy: base64(Buffer.from(material.policy)),
    now: material.nowMs,
  }),
);

const notes: string[] = [];
const rows: Row[] = [];
for (const { sdk, toolchain, failure } of await buildSdks(SDK_NAMES, () => undefined)) {
  if (failure !== undefined) throw new Error(failure);
  if ('missing' in toolchain) notes.push(`${sdk} was not measured: ${toolchain.missing}.`);
  else rows.push(...rowsOf(sdk, toolchain.label));
}
rows.push(
  sizeRow('receipt without a proof', material.receipt, MAX_RECEIPT_BYTES),
  sizeRow('with one of a log of 10^9 entries, 3 witnesses', material.proven, MAX_PROVEN_BYTES),
  sizeRow('  that sign with ML-DSA-44, too', material.provenMlDsa),
);
report(rows, notes);

function rowsOf(sdk: SdkName, label: string): Row[] {
  const printed = execFileSync(programPath('bench', sdk), [input], {
    encoding: 'utf8',
    timeout: BENCH_TIMEOUT_MS,
  });
  const measured = JSON.parse(printed) as Measured;
  const { library, sign_us: sign, verify_us: verify } = measured;
  const us = (time: number) => `${time.toFixed(1)} us`;
  const atMost = TARGETS[sdk];
  const row = (what: string, time: number, bare: number, of: string): Row => ({
    what: `${sdk}: ${what}`,
    figure: us(time),
    ratio: time / bare,
    of: `x a ${of}`,
  });
  return [
    { what: `${sdk}: ${library}, ${label}`, figure: `${us(sign)} sign, ${us(verify)} verify` },
    { ...row('create', measured.create_us, sign, 'signature'), atMost },
    { ...row('verify', measured.verify_receipt_us, verify, 'verification'), atMost },
    row('verify with the proof: 5 signatures', measured.verify_proof_us, verify, 'verification'),
  ];
}

function sizeRow(what: string, { length }: Uint8Array, limit?: number): Row {
  const figure = `${length} bytes`;
  if (limit === undefined) return { what, figure };
  return { what, figure, ratio: length / limit, of: `of ${limit} bytes`, atMost: 1 };
}
