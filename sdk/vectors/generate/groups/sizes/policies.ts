/** Counts and sizes of policies, and a quorum of everybody, docs/spec/log.md section 10. */
import { sha256, utf8 } from '../../bytes.ts';
import { type Case, type JsonMembers, request } from '../../case.ts';
import { LOG, LOG_TYPE, type NoteKey, noteKeyOf, WITNESS_TYPE } from '../../keys.ts';
import { checkpoint, cosigned, proofText } from '../../notes.ts';
import { LOG_LINE, logLine, NONE, witnessLine } from '../../policies.ts';
import { judged, receipt, receiptLeaf, SECOND, T, TS } from '../../receipts.ts';
import { JSON_LIMIT, MALFORMED } from './ask.ts';

/** The keys of a crowd: the seed of number i is the SHA-256 of its name. */
const crowd = (kind: string, type: number, count: number): NoteKey[] =>
  Array.from({ length: count }, (_, i) =>
    noteKeyOf(`${kind}${i}`, type, sha256(utf8(`${kind}${i}`))),
  );

const LOGS = crowd('log', LOG_TYPE, 257);

const WITNESSES = crowd('w', WITNESS_TYPE, 257);

const COUNTS = 'log.md, section 10: a policy has at most 256 logs, 256 witnesses and 256 groups.';

const POLICY_SIZE = 'log.md, section 10: a policy file is at most 1,048,576 bytes of UTF-8.';

const logLines = (count: number) => LOGS.slice(0, count).map(logLine).join('');

const witnessLines = (count: number) =>
  WITNESSES.slice(0, count)
    .map((key) => witnessLine(key.name, key))
    .join('');

const groupLines = (count: number) =>
  Array.from({ length: count }, (_, i) => `group g${i} all ${i < 256 ? `w${i}` : 'g0'}\n`).join('');

function policy(name: string, why: string, content: string, answer: JsonMembers): Case {
  return {
    name: `policy: ${name}`,
    why,
    request: request('policy', { policy: utf8(content) }),
    answer,
  };
}

const logsOf = (count: number) => LOGS.slice(0, count).map((key) => ({ key: key.text }));

const witnessesOf = (count: number) =>
  WITNESSES.slice(0, count).map((key) => ({ name: key.name, key: key.text }));

const groupsOf = (count: number) =>
  Array.from({ length: count }, (_, i) => ({ name: `g${i}`, threshold: 1, members: [`w${i}`] }));

const EMPTY = { logs: [], witnesses: [], groups: [], quorum: 'none' };

const comment = (size: number, unit: string) => {
  const each = utf8(unit).length;
  const missing = size - NONE.length - 2;
  return `#${unit.repeat(Math.floor(missing / each))}${'x'.repeat(missing % each)}\n${NONE}`;
};

export const policyCases: Case[] = [
  policy('256 logs', COUNTS, logLines(256) + NONE, { ...EMPTY, logs: logsOf(256) }),
  policy('257 logs', COUNTS, logLines(257) + NONE, MALFORMED),
  policy('256 witnesses', COUNTS, witnessLines(256) + NONE, {
    ...EMPTY,
    witnesses: witnessesOf(256),
  }),
  policy('257 witnesses', COUNTS, witnessLines(257) + NONE, MALFORMED),
  policy('256 groups', COUNTS, witnessLines(256) + groupLines(256) + NONE, {
    ...EMPTY,
    witnesses: witnessesOf(256),
    groups: groupsOf(256),
  }),
  policy('257 groups', COUNTS, witnessLines(256) + groupLines(257) + NONE, MALFORMED),
  policy('1,048,576 bytes', POLICY_SIZE, comment(JSON_LIMIT, 'x'), EMPTY),
  policy('1,048,577 bytes', POLICY_SIZE, comment(JSON_LIMIT + 1, 'x'), MALFORMED),
  policy(
    '1,048,576 bytes in characters of three',
    POLICY_SIZE,
    comment(JSON_LIMIT, '\u20ac'),
    EMPTY,
  ),
  policy(
    '1,048,577 bytes in characters of three',
    POLICY_SIZE,
    comment(JSON_LIMIT + 1, '\u20ac'),
    MALFORMED,
  ),
  policy(
    '500,000 empty lines',
    'log.md, section 8: an empty line is passed over.',
    '\n'.repeat(500_000) + NONE,
    EMPTY,
  ),
];

/** A receipt with a proof by everybody whom the largest trust policy can list. */
function everybody(
  name: string,
  count: number,
  threshold: number,
  errors: readonly string[],
): Case {
  const members = receipt();
  const tree = { origin: LOG.name, size: 1, root: receiptLeaf(members) };
  const lines = WITNESSES.slice(0, count).map((key, i) => cosigned(key, tree, T + 1000 - i));
  const proven = {
    ...members,
    log_inclusion: {
      proof: proofText({ index: 0, hashes: [], checkpoint: checkpoint(tree, lines) }),
    },
  };
  const names = WITNESSES.slice(0, 256).map((key) => key.name);
  const policy = `${LOG_LINE}${witnessLines(256)}group all-of-them ${threshold} ${names.join(' ')}\nquorum all-of-them\n`;
  const facts = {
    origin: LOG.name,
    index: 0,
    tree_size: 1,
    witnesses: names.slice(0, count),
    // The times go down: the k-th smallest is that of the k-th from the end.
    ...(count >= threshold ? { logged_at: (T + 1000 - (count - threshold)) * SECOND } : {}),
  };
  return judged(
    `verify: ${name}`,
    'log.md, sections 8 and 10: a quorum of 256 witnesses; the quorum time is the k-th smallest of theirs.',
    proven,
    { policy, now: TS + 2000 * SECOND, errors, facts },
  );
}

export const crowdCases: Case[] = [
  everybody('129 of 256 witnesses by all', 256, 129, []),
  everybody('129 of 256 witnesses by 128', 128, 129, ['E-LOG-003 log_inclusion.proof']),
];
