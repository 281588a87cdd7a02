/**
 * The visitor's own policies (C2SP tlog-policy), kept by their browser: as soon as there is one, these say who is
 * trusted, and what the explorer offers counts for nothing.
 */
import { sha256 } from '#crypto';
import { encodeUtf8, isLongerThan, toHex } from '#protocol/bytes.ts';
import { ProtocolError } from '#protocol/errors.ts';
import { type Policy, parsePolicy } from '#protocol/policy/policy.ts';
import { printable } from '#protocol/printable.ts';
import { integer, list, object, ShapeError, text } from '../shapes/shape.ts';
import type { TextStorage } from './text-storage.ts';

export interface OwnPolicy {
  /** Lowercase hex SHA-256 of the text. */
  readonly id: string;
  /** By which the visitor knows it, such as the name of a file: one line, safe to show. */
  readonly name: string;
  readonly text: string;
  readonly policy: Policy;
  readonly addedMs: number;
}

export const MAX_OWN_POLICIES = 16;
/** Of one policy, in bytes of UTF-8: of all of them together, a browser's storage has room for that. */
export const MAX_OWN_POLICY_BYTES = 128 * 1024;
const MAX_NAME = 100;
const ITEM = 'tecp-explorer.policies';

const readItem = list(
  object({ name: text(6 * MAX_NAME), text: text(MAX_OWN_POLICY_BYTES), added_ms: integer }),
  MAX_OWN_POLICIES,
);

export class OwnPolicies {
  readonly #storage: TextStorage;
  readonly #nowMs: () => number;
  // The newest first.
  #policies: readonly OwnPolicy[];
  #isDamaged = false;

  constructor(storage: TextStorage, nowMs: () => number) {
    this.#storage = storage;
    this.#nowMs = nowMs;
    this.#policies = this.#load();
  }

  /** The newest first. */
  get all(): readonly OwnPolicy[] {
    return this.#policies;
  }

  /** Whether what the browser has kept cannot be read: nobody is trusted then, until policies are set anew. */
  get isDamaged(): boolean {
    return this.#isDamaged;
  }

  /**
   * Adds a policy, or makes one that is there the newest. Throws `bad-policy` or `too-large`, RangeError beyond the
   * limits, and what the storage throws; nothing is changed then.
   */
  add(name: string, policyText: string): OwnPolicy {
    const whole = policyText.endsWith('\n') ? policyText : `${policyText}\n`;
    const added = ownPolicy(name, whole, this.#nowMs());
    const others = this.#policies.filter(({ id }) => id !== added.id);
    if (others.length === MAX_OWN_POLICIES) {
      throw new RangeError(`expected at most ${MAX_OWN_POLICIES} policies: remove one first`);
    }
    this.#keep([added, ...others]);
    return added;
  }

  remove(id: string): void {
    this.#keep(this.#policies.filter((policy) => policy.id !== id));
  }

  #keep(policies: readonly OwnPolicy[]): void {
    const item = policies.map(({ name, text, addedMs }) => ({ name, text, added_ms: addedMs }));
    this.#storage.write(ITEM, JSON.stringify(item));
    this.#policies = policies;
    this.#isDamaged = false;
  }

  #load(): readonly OwnPolicy[] {
    const item = this.#storage.read(ITEM);
    if (item === undefined) return [];
    try {
      return readItem(JSON.parse(item), '').map((kept) =>
        ownPolicy(kept.name, kept.text, kept.added_ms),
      );
    } catch (error) {
      if (!isUnreadable(error)) throw error;
      this.#isDamaged = true;
      return [];
    }
  }
}

function isUnreadable(error: unknown): boolean {
  return [SyntaxError, ShapeError, ProtocolError].some((kind) => error instanceof kind);
}

function ownPolicy(name: string, policyText: string, addedMs: number): OwnPolicy {
  if (isLongerThan(policyText, MAX_OWN_POLICY_BYTES)) {
    throw new ProtocolError('too-large', `policy above ${MAX_OWN_POLICY_BYTES} bytes`);
  }
  const policy = parsePolicy(policyText);
  const id = toHex(sha256(encodeUtf8(policyText)));
  return { id, name: printable(name.slice(0, MAX_NAME)), text: policyText, policy, addedMs };
}
