/** Texts of trust policies (docs/spec/log.md section 8) over the keys of `keys.ts`. */
import { LOG, type NoteKey, W1, W2, W3 } from './keys.ts';

export const logLine = (key: NoteKey) => `log ${key.text}\n`;

export const witnessLine = (name: string, key: NoteKey) => `witness ${name} ${key.text}\n`;

export const LOG_LINE = logLine(LOG);
export const W1_LINE = witnessLine('w1', W1);
export const W2_LINE = witnessLine('w2', W2);
export const W3_LINE = witnessLine('w3', W3);
export const NONE = 'quorum none\n';

/** The log, or these, and all three witnesses. */
export const policyOf = (quorum: string, logs = LOG_LINE) =>
  `${logs}${W1_LINE}${W2_LINE}${W3_LINE}${quorum}`;
