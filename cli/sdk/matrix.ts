/**
 * Receipts that each SDK made, verified by each: without a proof, with one from a running log, and tampered with.
 * All verifiers must answer with the same bytes, and with the verdict that was expected.
 */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CommandError } from '#cli/lib/errors.ts';
import { runTool } from '#cli/lib/tool.ts';
import { fileContent } from '#protocol/file.ts';
import { programPath, type SdkName } from './languages.ts';
import { TAMPERINGS, type VerdictRequest } from './tamperings.ts';
import { VerifierProcess } from './verifier-process.ts';

export interface MatrixLog {
  readonly url: string;
  /** Text of the trust policy. */
  readonly policy: string;
}

/** One kind of receipt, and what each verifier makes of it. */
export interface MatrixRow {
  readonly what: string;
  /** `valid`, or the codes of the errors. */
  readonly expected: string;
  readonly got: ReadonlyMap<SdkName, string>;
  /** Whether all got what was expected, and answered with the same bytes. */
  readonly ok: boolean;
}

/** Of what a program says of its failure, which may be a long trace. */
const MAX_REASON_CHARS = 500;

type Verifiers = ReadonlyMap<SdkName, VerifierProcess>;

/** For a proof that the witnesses have cosigned, however busy the machine. */
const QUICKSTART_TIMEOUT_MS = 300_000;

/** Asks the verifiers of these SDKs; `log` is where they log their receipts, and `pathOf` where the programs are. */
export async function fillMatrix(
  sdks: readonly SdkName[],
  log: MatrixLog,
  pathOf = programPath,
): Promise<MatrixRow[]> {
  const verifiers = new Map(
    sdks.map((sdk) => [sdk, new VerifierProcess(sdk, [pathOf('verify', sdk), '--lines'])]),
  );
  try {
    const plain = await createdByEach(verifiers);
    const proven = await loggedByEach(sdks, log, pathOf);
    const rows: MatrixRow[] = [];
    for (const sdk of sdks) {
      const bare = { receipt: plain.get(sdk)!, policy: log.policy, now: Date.now() };
      const whole = { receipt: proven.get(sdk)!, policy: log.policy, now: Date.now() };
      rows.push(await judge(verifiers, sdk, 'valid', [bare]));
      rows.push(await judge(verifiers, `${sdk}, with a proof`, 'valid', [whole]));
    }
    for (const { what, expected, tamper } of TAMPERINGS) {
      const requests = sdks.map((sdk) =>
        tamper({ receipt: proven.get(sdk)!, policy: log.policy, now: Date.now() }),
      );
      rows.push(await judge(verifiers, what, expected, requests));
    }
    return rows;
  } finally {
    await Promise.all([...verifiers.values()].map((verifier) => verifier.close()));
  }
}

/** Receipts by `create` of the same key and members, which must be the same bytes. */
async function createdByEach(verifiers: Verifiers): Promise<Map<SdkName, Uint8Array>> {
  const bytes = (length: number, byte: number) => Buffer.alloc(length, byte).toString('base64');
  const params = {
    code_ref: 'git:0123456789abcdef0123456789abcdef01234567',
    input: Buffer.from('input of the matrix').toString('base64'),
    output: Buffer.from('its output').toString('base64'),
    policy_ids: ['no_retention', 'eu_region'],
    ts: Date.now(),
    nonce: bytes(16, 9),
    key_erasure: { scheme: 'hw-hsm', evidence: 'slot 7' },
    environment: { region: 'eu-west-1' },
    chain: { seq: 0 },
    ext: {
      policy_enforced: { no_retention: 'tmpfs', eu_region: true },
      note: 'é \u2028 \u{1F600}',
    },
  };
  const request = { op: 'create', seed: bytes(32, 1), params };
  const answers = new Map<SdkName, string>();
  for (const [sdk, verifier] of verifiers) answers.set(sdk, await verifier.askOne(request));
  const [[first, expected] = []] = answers;
  for (const [sdk, answer] of answers) {
    if (answer === expected && 'receipt' in JSON.parse(answer)) continue;
    throw new CommandError(
      `${first} and ${sdk} create different receipts: ${expected} and ${answer}`,
    );
  }
  return new Map(
    [...answers].map(([sdk, answer]) => [sdk, Buffer.from(JSON.parse(answer).receipt, 'base64')]),
  );
}

/** What the quick start of each SDK leaves: a receipt with a proof. */
async function loggedByEach(
  sdks: readonly SdkName[],
  { url }: MatrixLog,
  pathOf: typeof programPath,
): Promise<Map<SdkName, Uint8Array>> {
  const folder = mkdtempSync(join(tmpdir(), 'tecp-matrix-'));
  try {
    const logged = await Promise.all(
      sdks.map(async (sdk): Promise<[SdkName, Uint8Array]> => {
        const path = join(folder, `${sdk}.tecp.json`);
        const { ok, output } = await runTool(pathOf('quickstart', sdk), [url, path], {
          timeoutMs: QUICKSTART_TIMEOUT_MS,
        });
        if (!ok) throw new CommandError(`The quick start of ${sdk} failed: ${inOneLine(output)}`);
        return [sdk, fileContent(readFileSync(path))];
      }),
    );
    return new Map(logged);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function inOneLine(output: string): string {
  const lines = output.trim().split(/\s*\n\s*/);
  return lines.join('; ').slice(0, MAX_REASON_CHARS);
}

async function judge(
  verifiers: Verifiers,
  what: string,
  expected: string,
  requests: readonly VerdictRequest[],
): Promise<MatrixRow> {
  const lines = requests.map(({ receipt, policy, now }) =>
    JSON.stringify({
      receipt: Buffer.from(receipt).toString('base64'),
      policy: Buffer.from(policy).toString('base64'),
      now,
    }),
  );
  const answers = await Promise.all(
    [...verifiers].map(async ([sdk, verifier]) => [sdk, await verifier.ask(lines)] as const),
  );
  const got = new Map(
    answers.map(([sdk, all]) => [sdk, [...new Set(all.map(verdictOf))].join(' / ')]),
  );
  const isSame = new Set(answers.map(([, all]) => all.join('\n'))).size === 1;
  return {
    what,
    expected,
    got,
    ok: isSame && [...got.values()].every((text) => text === expected),
  };
}

/** `valid`, or the codes in their order; warnings too, as none is expected. */
function verdictOf(answer: string): string {
  const { valid, errors = [], warnings = [] } = JSON.parse(answer);
  const codes = [...errors, ...warnings].map(({ code }) => code).join(', ');
  return valid === true && codes === '' ? 'valid' : codes || answer;
}
