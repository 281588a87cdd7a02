/** Alerts about what is in a log. */
import { lastingWarning, proven, warning } from './kind.ts';

export const ENTRY_KINDS = {
  'invalid-entry': proven({
    title: 'The log holds invalid entries',
    meaning:
      'Entries that no honest log takes are in the signed tree, and cannot be removed from it. Its ' +
      'admission is broken or was bypassed; other entries are as good as before.',
    step: 'Look which entries they are, and tell the operator of the log.',
  }),
  'unknown-entry': proven({
    title: 'The log holds entries of an unknown type',
    meaning:
      'Entries in the signed tree are of no type that this monitor expects of the log, so nobody has ' +
      'judged them. The log takes more than it did, or the monitor was not told what it carries.',
    step: 'Look what they are, and whether entry_types in the monitor configuration is complete.',
  }),
  'entry-suspected': warning({
    title: 'The log serves an entry that is invalid',
    meaning:
      'An entry as the log serves it is invalid, but it is not shown to be in the signed tree yet. ' +
      'If it is, an alert of its own will say so.',
    step: 'Wait for the monitor to finish; nothing is proven yet.',
  }),
  'receipt-violation': lastingWarning({
    title: 'Receipts fall short of the profile',
    meaning:
      'Receipts that the log rightly took are refused by the profile that this monitor holds them to. ' +
      'Whoever verifies by that profile will not accept them.',
    step: 'Look which receipts they are, and ask their issuers.',
  }),
  'issuer-fork': lastingWarning({
    title: 'An issuer contradicts its own chain',
    meaning:
      'An issuer signed two receipts with one number, or one that names another predecessor than there ' +
      'is. It runs twice with one key, lost its memory, or hides what it did. The log is not to blame.',
    step: 'Ask whoever holds the key of that issuer; both entries are named.',
  }),
  'issuer-gap': warning({
    title: 'Receipts of an issuer are missing',
    meaning:
      'The receipts of an issuer are numbered, and some numbers have not been logged for long. They were ' +
      'lost, kept back, or logged elsewhere.',
    step: 'Ask the issuer for the receipts with these numbers.',
  }),
} as const;
