/**
 * The keys of a witness while it runs: which sign, and how an operator adds one or retires one. What a
 * command changes is durable before it counts.
 */
import { ConfigError } from '#service/errors.ts';
import type { Logger } from '#service/logging.ts';
import { Cosigner, MAX_ACTIVE_KEYS } from '../cosigner.ts';
import type { Signer } from '../signer.ts';
import type { KeyTable, KnownKey } from './key-table.ts';
import { type KeySource, openSigner } from './sources.ts';

interface KeyParts {
  readonly table: KeyTable;
  readonly logger: Logger;
  /** Wall clock in Unix milliseconds. */
  readonly now: () => number;
}

export interface KeyRingOptions extends KeyParts {
  /** Keys of the configuration, some of which may have been retired. */
  readonly configured: readonly Signer[];
}

export class KeyRing {
  readonly cosigner: Cosigner;
  readonly #options: KeyRingOptions;
  /** Owned by `#standing`: every key that was opened, retired or not, by its text. */
  readonly #signers = new Map<string, Signer>();

  /** Throws `ConfigError` if no key is left to sign, or a key that was added cannot be read. */
  constructor(options: KeyRingOptions) {
    this.#options = options;
    const { configured, logger } = options;
    for (const signer of configured) this.#signers.set(signer.verifier.text, signer);
    const { active, retired } = this.#standing();
    for (const { key } of retired.filter(({ key }) => this.#signers.has(key.text))) {
      logger.warn({ key: key.id }, 'this key is retired and does not sign; take it out of keys');
    }
    this.cosigner = new Cosigner(active, retired);
  }

  /** From now on those sign that the table says. */
  refresh(): void {
    const { active, retired } = this.#standing();
    this.cosigner.setKeys(active, retired);
  }

  #standing() {
    const known = this.#options.table.all();
    const retired = known.flatMap(({ key, retiredAtMs }) =>
      retiredAtMs === undefined ? [] : [{ key, retiredAtMs }],
    );
    for (const { key, source, retiredAtMs } of known) {
      if (retiredAtMs !== undefined || source === undefined || this.#signers.has(key.text))
        continue;
      this.#signers.set(key.text, openSigner(source));
    }
    const gone = new Set(retired.map(({ key }) => key.text));
    const active = [...this.#signers.values()].filter(({ verifier }) => !gone.has(verifier.text));
    return { active, retired };
  }
}

/**
 * A new key signs from now on, after a restart, too. It has to sign something first. Throws
 * `ConfigError` for one that cannot, is another witness's, signs already or was retired.
 */
export async function addKey(source: KeySource, parts: KeyParts): Promise<KnownKey> {
  const { table, logger, now } = parts;
  const signer = openSigner(source);
  const { verifier } = signer;
  await tryToSign(signer);
  const known = table.all();
  const same = known.find(({ key }) => key.text === verifier.text);
  if (same?.retiredAtMs !== undefined) {
    throw new ConfigError(`The key ${verifier.id} was retired, and never signs again.`);
  }
  if (same !== undefined) throw new ConfigError(`The key ${verifier.id} signs already.`);
  const name = known[0]?.key.name;
  if (name !== undefined && name !== verifier.name) {
    throw new ConfigError(`The keys of a witness share one name, ${name}, not ${verifier.name}.`);
  }
  if (known.filter(isActive).length >= MAX_ACTIVE_KEYS) {
    throw new ConfigError(
      `A witness signs with ${MAX_ACTIVE_KEYS} keys at most; retire one first.`,
    );
  }
  table.add(verifier, source, now());
  logger.warn({ key: verifier.id, vkey: verifier.text }, 'a key was added: it signs from now on');
  return find(table, verifier.id);
}

/** Retires the key of this ID for ever. Throws `ConfigError` if it is unknown, or the last one. */
export function retireKey(id: string, { table, logger, now }: KeyParts): KnownKey {
  const found = find(table, id);
  if (!isActive(found)) return found;
  if (table.all().filter(isActive).length === 1) {
    throw new ConfigError(
      `The key ${id} is the last one that signs; add another one before it is retired.`,
    );
  }
  table.retire(found.key, now());
  logger.warn({ key: id }, 'a key was retired: it never signs again');
  return find(table, id);
}

function find(table: KeyTable, id: string): KnownKey {
  const found = table.all().find(({ key }) => key.id === id);
  if (found === undefined) throw new ConfigError(`The witness has no key ${id}.`);
  return found;
}

function isActive({ retiredAtMs }: KnownKey): boolean {
  return retiredAtMs === undefined;
}

async function tryToSign(signer: Signer): Promise<void> {
  try {
    await signer.sign(new TextEncoder().encode('May this key sign for the witness?\n'));
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new ConfigError(`The key ${signer.verifier.id} cannot sign: ${reason}.`);
  }
}
