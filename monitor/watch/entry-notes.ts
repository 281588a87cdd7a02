/**
 * Looks at the entries of a walk for more than their validity: receipts that a profile refuses, and
 * chains of an issuer that do not fit together. Invalid entries are passed over: their signatures
 * accuse nobody.
 */
import { encodeBase64Url } from '#protocol/base64.ts';
import type { EntryType } from '#protocol/entry/entry-type.ts';
import { tecpReceipt } from '#protocol/entry/tecp-receipt/tecp-receipt.ts';
import { leafHash } from '#protocol/merkle/hash.ts';
import { type ParsedReceipt, parseReceipt } from '#protocol/receipt/receipt.ts';
import type { Profile } from '#protocol/receipt/types.ts';
import type { Tally } from '../judge/observations.ts';
import { type LoggedBetween, violationsOf } from '../judge/receipts.ts';
import type { Noted } from '../store/state.ts';
import type { ChainBook } from './chain-book.ts';
import { addTo } from './tally.ts';

export interface EntryNotesOptions {
  readonly entryTypes: readonly EntryType[];
  /** What receipts are held to beyond what their log asks; nothing if absent. */
  readonly profile?: Profile | undefined;
  readonly chains: ChainBook;
  /** Wall clock, Unix milliseconds. */
  readonly now: () => number;
}

/** A receipt with a chain has these bytes; looking for them is all that others cost. */
const CHAIN_MEMBER = Buffer.from('"chain":{');

export class EntryNotes {
  readonly #options: EntryNotesOptions;
  readonly #hasReceipts: boolean;

  constructor(options: EntryNotesOptions) {
    this.#options = options;
    this.#hasReceipts = options.entryTypes.includes(tecpReceipt);
  }

  /** Takes entries that come next; `isInvalid` tells which of them count for nothing. */
  take(
    before: Noted,
    entries: readonly Uint8Array[],
    firstIndex: number,
    between: LoggedBetween,
    isInvalid: (index: number) => boolean,
  ): Noted {
    if (!this.#hasReceipts) return before;
    let noted = before;
    entries.forEach((entry, i) => {
      const index = firstIndex + i;
      if (isInvalid(index) || !this.#isWorthALook(entry)) return;
      noted = this.#note(noted, parseReceipt(entry), index, between);
    });
    return noted;
  }

  #isWorthALook(entry: Uint8Array): boolean {
    const bytes = Buffer.from(entry.buffer, entry.byteOffset, entry.byteLength);
    const isWanted = this.#options.profile !== undefined || bytes.includes(CHAIN_MEMBER);
    return isWanted && tecpReceipt.recognises(entry);
  }

  #note(noted: Noted, parsed: ParsedReceipt, index: number, between: LoggedBetween): Noted {
    const { receipt } = parsed;
    const { profile } = this.#options;
    const refused = profile === undefined ? [] : violationsOf(receipt, profile, between);
    const violations: Tally =
      refused.length === 0
        ? noted.violations
        : addTo(noted.violations, `entry ${index}: ${refused.join(', ')}`);
    const { chain, pubkey } = receipt;
    if (chain === undefined) return { ...noted, violations };
    const link = { ...chain, leaf: encodeBase64Url(leafHash(parsed.entryBytes)), index };
    const found = this.#options.chains.take(pubkey, link, this.#options.now());
    if (found === undefined) return { ...noted, violations };
    if (found === 'full') return { ...noted, violations, unfollowed: noted.unfollowed + 1 };
    return { ...noted, violations, forks: addTo(noted.forks, found) };
  }
}
