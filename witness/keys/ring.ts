/**
 * The keys of a witness while it runs: which sign, and how an operator adds one or retires one. What a
 * command changes is durable before it counts.
 */
import type { VerifierKey } from '#protocol/note/key.ts';
import { ConfigError } from '#service/errors.ts';
import type { Logger } from '#service/logging.ts';
import { Cosigner } from '../cosigner.ts';
import type { Signer } from '../signer.ts';
import type { KeyTable, KnownKey } from './key-table.ts';
import { type KeySource, openSigner } from './sources.ts';

export interface KeyRingOptions {
  readonly table: KeyTable;
  /** Keys of the configuration, some of which may have been retired. */
  readonly configured: readonly Signer[];
  readonly logger: Logger;
  /** Wall clock in Unix milliseconds. */
  readonly now: () => number;
}

export class KeyRing {
  readonly cosigner: Cosigner;
  readonly #options: KeyRingOptions;
  /** Owned here: every key that can sign, retired or not, by its text. */
  readonly #signers = new Map<string, Signer>();

  /** Throws `ConfigError` if no key is left to sign, or a key that was added cannot be read. */
  constructor(options: KeyRingOptions) {
    const { table, configured, logger } = options;
    this.#options = options;
    for (const signer of configured) this.#signers.set(signer.verifier.text, signer);
    for (const { key, source, retiredAtMs } of table.all()) {
      if (retiredAtMs === undefined && source !== undefined && !this.#signers.has(key.text)) {
        this.#signers.set(key.text, openSigner(source));
      } else if (retiredAtMs !== undefined && this.#signers.has(key.text)) {
        logger.warn({ key: key.id }, 'this key is retired and does not sign; take it out of keys');
      }
    }
    const { active, retired } = this.#standing();
    this.cosigner = new Cosigner(active, retired);
  }

  list(): KnownKey[] {
    return this.#options.table.all();
  }

  /**
   * A new key signs from now on, after a restart, too. It has to sign something first. Throws
   * `ConfigError` for one that cannot, is another witness's, or was retired.
   */
  async add(source: KeySource): Promise<VerifierKey> {
    const signer = openSigner(source);
    const { verifier } = signer;
    const known = this.list().find(({ key }) => key.text === verifier.text);
    if (known?.retiredAtMs !== undefined) {
      throw new ConfigError(`The key ${verifier.id} was retired, and never signs again.`);
    }
    if (known !== undefined) throw new ConfigError(`The key ${verifier.id} signs already.`);
    await tryToSign(signer);
    // Throws, before anything is stored, for what is no key of this witness.
    new Cosigner([...this.cosigner.signers, signer]);
    const { table, now, logger } = this.#options;
    table.add(verifier, source, now());
    this.#signers.set(verifier.text, signer);
    this.#apply();
    logger.warn({ key: verifier.id, vkey: verifier.text }, 'a key was added: it signs from now on');
    return verifier;
  }

  /** Retires the key of this ID for ever. Throws `ConfigError` if it is unknown, or the last one. */
  retire(id: string): KnownKey {
    const { table, now, logger } = this.#options;
    const known = retirable(this.list(), id);
    if (known.retiredAtMs !== undefined) return known;
    table.retire(known.key, now());
    this.#apply();
    logger.warn({ key: id }, 'a key was retired: it never signs again');
    return this.list().find(({ key }) => key.text === known.key.text)!;
  }

  #apply(): void {
    const { active, retired } = this.#standing();
    this.cosigner.setKeys(active, retired);
  }

  #standing() {
    const known = this.list();
    const retired = known.flatMap(({ key, retiredAtMs }) =>
      retiredAtMs === undefined ? [] : [{ key, retiredAtMs }],
    );
    const gone = new Set(retired.map(({ key }) => key.text));
    const active = [...this.#signers.values()].filter(({ verifier }) => !gone.has(verifier.text));
    return { active, retired };
  }
}

/** The key of this ID, which may be retired. Throws `ConfigError` if it is unknown, or the last one. */
export function retirable(known: readonly KnownKey[], id: string): KnownKey {
  const found = known.find(({ key }) => key.id === id);
  if (found === undefined) throw new ConfigError(`The witness has no key ${id}.`);
  const others = known.filter(({ key, retiredAtMs }) => retiredAtMs === undefined && key.id !== id);
  if (found.retiredAtMs === undefined && others.length === 0) {
    throw new ConfigError(
      `The key ${id} is the last one that signs; add another one before it is retired.`,
    );
  }
  return found;
}

async function tryToSign(signer: Signer): Promise<void> {
  try {
    await signer.sign(new TextEncoder().encode('May this key sign for the witness?\n'));
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new ConfigError(`The key ${signer.verifier.id} cannot sign: ${reason}.`);
  }
}
