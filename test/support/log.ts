/** A log server in this process, on a port of the system's choice, with a database of its own. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pino } from 'pino';
import { randomBytes } from '#crypto';
import type { LogServerConfig } from '#log-server/config.ts';
import { logServerConfigSchema } from '#log-server/config.ts';
import { initLog } from '#log-server/init.ts';
import { type LogServer, type LogServerDependencies, startLogServer } from '#log-server/server.ts';
import { locateStore } from '#log-server/store/open-store.ts';
import { encodeBase64Url } from '#protocol/base64.ts';
import type { EntryType } from '#protocol/entry/entry-type.ts';
import { canonicalize } from '#protocol/json/canonical.ts';
import { KEY_TYPES, makeSignerKey, type SignerKey } from '#protocol/note/key.ts';
import { createReceipt } from '#protocol/receipt/create.ts';
import { parseConfig } from '#service/config.ts';
import { writeSignerKey } from '#service/keys.ts';
import { tempFolder } from './temp.ts';
import { until } from './wait.ts';

export interface TestLogOptions {
  /** Lines of the policy after the log's own; `quorum none` if absent. */
  readonly policy?: string;
  readonly folder?: string;
  readonly key?: SignerKey;
  readonly settings?: Readonly<Record<string, unknown>>;
  readonly log?: Readonly<Record<string, unknown>>;
  readonly dependencies?: LogServerDependencies;
  /** Entry types that the configuration may name; those of the program if absent. */
  readonly known?: readonly EntryType[];
  /** Whether to wait until it takes entries; true if absent. */
  readonly confirmed?: boolean;
}

export interface TestLog extends LogServer {
  readonly key: SignerKey;
  readonly folder: string;
  readonly config: LogServerConfig;
  /** Errors that the server said it cannot go on after. */
  readonly fatal: unknown[];
}

export const silent = pino({ level: 'silent' });

/** Deterministic, so that a test that fails fails again. */
export function logKey(origin = 'log.example/test', seed = 1): SignerKey {
  return makeSignerKey(origin, KEY_TYPES.ed25519, new Uint8Array(32).fill(seed));
}

export async function startTestLog(options: TestLogOptions = {}): Promise<TestLog> {
  const folder = options.folder ?? tempFolder();
  const key = options.key ?? logKey();
  const policy = `log ${key.verifier.text}\n${options.policy ?? 'quorum none\n'}`;
  writeFileSync(join(folder, 'policy.txt'), policy);
  if (options.folder === undefined) writeSignerKey(join(folder, 'log.key'), key);
  const { limits, ...settings } = options.settings ?? {};
  const document = {
    listen: { port: 0 },
    workers: 1,
    ...settings,
    // A proof comes, however busy the machine; a test of one that does not shortens this.
    limits: { wait_ms: 60_000, ...(limits as object | undefined) },
    logs: [
      {
        key: 'log.key',
        database: 'log.db',
        policy: 'policy.txt',
        checkpoint: { interval_ms: 20 },
        ...options.log,
      },
    ],
  };
  const text = JSON.stringify(document);
  const config = parseConfig(text, join(folder, 'log.yaml'), (filePath) =>
    logServerConfigSchema(filePath, options.known),
  );
  if (!(await locateStore(config.logs[0]!).exists())) await initLog(config);
  const fatal: unknown[] = [];
  const server = await startLogServer(config, {
    logger: silent,
    fatal: (error) => fatal.push(error),
    ...options.dependencies,
  });
  if (options.confirmed ?? true) {
    await until(() => fatal.length > 0 || server.logs.every((log) => log.takesEntries));
  }
  return { ...server, key, folder, config, fatal };
}

const issuerSeed = new Uint8Array(32).fill(7);

/** Canonical bytes of a fresh, valid receipt. */
export function freshReceipt(fields: Readonly<Record<string, unknown>> = {}): Uint8Array {
  const receipt = createReceipt(
    {
      code_ref: 'git:0123456789abcdef0123456789abcdef01234567',
      ts: Date.now(),
      nonce: encodeBase64Url(randomBytes(16)),
      input_hash: encodeBase64Url(randomBytes(32)),
      output_hash: encodeBase64Url(randomBytes(32)),
      policy_ids: ['no_retention'],
      ...fields,
    },
    issuerSeed,
  );
  return canonicalize(receipt);
}
