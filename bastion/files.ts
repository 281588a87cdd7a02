/**
 * The files that a running bastion reads again: who may connect, and the certificate it shows. A file
 * that cannot be used keeps what was read before, and is complained of.
 */
import { unwatchFile, watchFile } from 'node:fs';
import { createSecureContext } from 'node:tls';
import { readBoundedFile } from '#service/bounded-file.ts';
import { ConfigError } from '#service/errors.ts';
import type { TlsFiles } from '#service/http.ts';
import type { Logger } from '#service/logging.ts';
import type { BastionConfig } from './config.ts';

const MAX_BACKENDS = 10_000;
const MAX_PEM_BYTES = 1 << 20;
const MAX_LINE_BYTES = 256;
const LOOK_MS = 1000;

/** Key hashes in lowercase hex. */
export type Allowed = ReadonlySet<string>;

export interface BastionFiles {
  readonly allowed: Allowed;
  readonly tls: TlsFiles;
}

/** Throws `ConfigError` for what cannot be used. */
export function readFiles({ tls, backends }: BastionConfig): BastionFiles {
  const cert = readBoundedFile(tls.certificate, 'the certificate', MAX_PEM_BYTES).toString();
  const key = readBoundedFile(tls.key, 'the key of the certificate', MAX_PEM_BYTES).toString();
  try {
    createSecureContext({ cert, key });
  } catch {
    // OpenSSL's own words are no help, and the key is a secret.
    throw new ConfigError(
      `The files ${tls.certificate} and ${tls.key} are not a certificate and its key in PEM.`,
    );
  }
  return { allowed: readAllowed(backends.allowed), tls: { cert, key } };
}

/** One hash on each line; empty ones and those that begin with # do not count. */
function readAllowed(path: string): Allowed {
  const what = 'the list of backends';
  const text = readBoundedFile(path, what, MAX_BACKENDS * MAX_LINE_BYTES).toString();
  const allowed = new Set<string>();
  text.split('\n').forEach((line, i) => {
    const entry = line.trim().toLowerCase();
    if (entry === '' || entry.startsWith('#')) return;
    if (!/^[0-9a-f]{64}$/.test(entry)) {
      throw new ConfigError(`${path}, line ${i + 1}: expected a SHA-256 in hex.`);
    }
    allowed.add(entry);
  });
  if (allowed.size <= MAX_BACKENDS) return allowed;
  throw new ConfigError(`${path} lists more than ${MAX_BACKENDS} backends.`);
}

/** Reads the files when one of them changes, and when told to, and hands on what could be used. */
export class FileWatch {
  readonly #config: BastionConfig;
  readonly #logger: Logger;
  readonly #take: (files: BastionFiles) => void;

  constructor(config: BastionConfig, logger: Logger, take: (files: BastionFiles) => void) {
    this.#config = config;
    this.#logger = logger;
    this.#take = take;
    for (const path of this.#paths) watchFile(path, { interval: LOOK_MS }, this.reload);
  }

  readonly reload = (): void => {
    try {
      const files = readFiles(this.#config);
      this.#take(files);
      this.#logger.info({ backends: files.allowed.size }, 'read the files again');
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      this.#logger.error({ reason }, 'the files cannot be used; what was read before stays');
    }
  };

  stop(): void {
    for (const path of this.#paths) unwatchFile(path, this.reload);
  }

  get #paths(): readonly string[] {
    const { tls, backends } = this.#config;
    return [tls.certificate, tls.key, backends.allowed];
  }
}
