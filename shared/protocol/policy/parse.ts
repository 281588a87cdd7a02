/**
 * The parser of policy files (C2SP tlog-policy, "Policy file syntax and structure").
 *
 * Every rule of the format is checked while reading; the result needs no second look. Errors are
 * `ProtocolError('bad-policy')` and name the line.
 */
import { checkText } from '../arguments.ts';
import { isLongerThan, toHex } from '../bytes.ts';
import { ProtocolError } from '../errors.ts';
import {
  COSIGNER_TYPE_NAMES,
  isCosignerType,
  isLogType,
  LOG_TYPE_NAMES,
} from '../note/algorithms.ts';
import { parseVerifierKey, type VerifierKey } from '../note/key.ts';
import {
  badPolicy,
  MAX_POLICY_BYTES,
  MAX_POLICY_DEPTH,
  MAX_POLICY_GROUPS,
  MAX_POLICY_LOGS,
  MAX_POLICY_WITNESSES,
  NO_QUORUM,
  type Policy,
  type PolicyGroup,
  type PolicyLog,
  type PolicyWitness,
} from './model.ts';
import { urlPrefixOf } from './url.ts';

/** Parses a policy file. Throws `bad-policy`, or `too-large` beyond the cap on its length. */
export function parsePolicy(text: string): Policy {
  checkText(text, 'policy');
  if (isLongerThan(text, MAX_POLICY_BYTES)) {
    throw new ProtocolError('too-large', `policy above ${MAX_POLICY_BYTES} bytes`);
  }
  if (!text.isWellFormed()) throw new ProtocolError('bad-policy', 'not valid Unicode');
  if (!text.endsWith('\n')) throw new ProtocolError('bad-policy', 'the last line has no newline');
  const reader = new PolicyReader();
  text
    .slice(0, -1)
    .split('\n')
    .forEach((line, i) => {
      reader.read(line, i + 1);
    });
  return reader.finish();
}

/** Owns what has been read so far; lives for one `parsePolicy` call. */
class PolicyReader {
  readonly #logs: PolicyLog[] = [];
  readonly #witnesses: PolicyWitness[] = [];
  readonly #groups: PolicyGroup[] = [];
  #quorum: string | undefined;
  /** Depth of each defined name: 0 for a witness, else one more than its deepest member. */
  readonly #depths = new Map<string, number>();
  /** Names that are a member of some group already. */
  readonly #members = new Set<string>();
  /** Underlying public keys seen, and key name with key ID: neither may come twice. */
  readonly #keys = new Set<string>();
  #lineNumber = 0;

  read(line: string, lineNumber: number): void {
    this.#lineNumber = lineNumber;
    if (/[^\P{ASCII}\x20-\x7e\t]/u.test(line)) throw this.#bad('control character (CRLF perhaps)');
    const items = line.split(/[ \t]+/).filter((item) => item !== '');
    const [keyword, ...rest] = items;
    if (keyword === undefined || keyword.startsWith('#')) return;
    if (keyword === 'log') this.#readLog(rest);
    else if (keyword === 'witness') this.#readWitness(rest);
    else if (keyword === 'group') this.#readGroup(rest);
    else if (keyword === 'quorum') this.#readQuorum(rest);
    else throw this.#bad('expected log, witness, group or quorum');
  }

  finish(): Policy {
    if (this.#quorum === undefined) throw new ProtocolError('bad-policy', 'no quorum line');
    return {
      logs: this.#logs,
      witnesses: this.#witnesses,
      groups: this.#groups,
      quorum: this.#quorum,
    };
  }

  #bad(message: string): ProtocolError {
    return badPolicy(this.#lineNumber, message);
  }

  #readLog([text, url, ...excess]: string[]): void {
    if (text === undefined || excess.length > 0) throw this.#bad('expected log <vkey> [<url>]');
    if (this.#logs.length === MAX_POLICY_LOGS) throw this.#bad('too many logs');
    const key = this.#readKey(text);
    if (!isLogType(key.type)) throw this.#bad(`a log key has type ${LOG_TYPE_NAMES}`);
    this.#logs.push({ key, ...this.#readUrl(url) });
  }

  #readWitness([name, text, url, ...excess]: string[]): void {
    if (name === undefined || text === undefined || excess.length > 0) {
      throw this.#bad('expected witness <name> <vkey> [<url>]');
    }
    if (this.#witnesses.length === MAX_POLICY_WITNESSES) throw this.#bad('too many witnesses');
    const key = this.#readKey(text);
    if (!isCosignerType(key.type)) {
      throw this.#bad(`a witness key has type ${COSIGNER_TYPE_NAMES}`);
    }
    this.#define(name, 0);
    this.#witnesses.push({ name, key, ...this.#readUrl(url) });
  }

  #readGroup([name, rule, ...members]: string[]): void {
    if (name === undefined || rule === undefined || members.length === 0) {
      throw this.#bad('expected group <name> <all|any|k> <name>...');
    }
    if (this.#groups.length === MAX_POLICY_GROUPS) throw this.#bad('too many groups');
    const threshold = this.#readThreshold(rule, members.length);
    const depth = 1 + Math.max(...members.map((member) => this.#claimMember(member)));
    if (depth > MAX_POLICY_DEPTH) throw this.#bad(`groups nest deeper than ${MAX_POLICY_DEPTH}`);
    this.#define(name, depth);
    this.#groups.push({ name, threshold, members });
  }

  #readQuorum([name, ...excess]: string[]): void {
    if (name === undefined || excess.length > 0) throw this.#bad('expected quorum <name|none>');
    if (this.#quorum !== undefined) throw this.#bad('a second quorum line');
    if (name !== NO_QUORUM && !this.#depths.has(name)) throw this.#bad(`"${name}" is not defined`);
    this.#quorum = name;
  }

  #readThreshold(rule: string, count: number): number {
    if (rule === 'all') return count;
    if (rule === 'any') return 1;
    const k = /^[1-9][0-9]{0,5}$/.test(rule) ? Number(rule) : 0;
    if (k < 1 || k > count) throw this.#bad(`expected all, any or 1 to ${count}, got "${rule}"`);
    return k;
  }

  /** Depth of a member, which from now on no other group may list. */
  #claimMember(name: string): number {
    if (name === NO_QUORUM) throw this.#bad('"none" cannot be a member');
    const depth = this.#depths.get(name);
    if (depth === undefined) throw this.#bad(`"${name}" is not defined`);
    if (this.#members.has(name)) throw this.#bad(`"${name}" is a member already`);
    this.#members.add(name);
    return depth;
  }

  #define(name: string, depth: number): void {
    if (name === NO_QUORUM) throw this.#bad('"none" is predefined');
    if (this.#depths.has(name)) throw this.#bad(`"${name}" is defined already`);
    this.#depths.set(name, depth);
  }

  #readKey(text: string): VerifierKey {
    let key: VerifierKey;
    try {
      key = parseVerifierKey(text);
    } catch (error) {
      if (error instanceof ProtocolError) throw this.#bad(`verifier key: ${error.message}`);
      throw error;
    }
    for (const identity of [toHex(key.publicKey), `${key.name}+${key.id}`]) {
      if (this.#keys.has(identity)) throw this.#bad('a second verifier key of the same key');
      this.#keys.add(identity);
    }
    return key;
  }

  #readUrl(url: string | undefined): { url?: string } {
    if (url === undefined) return {};
    const prefix = urlPrefixOf(url);
    if (prefix === undefined) throw this.#bad('expected an http(s) URL');
    return { url: prefix };
  }
}
