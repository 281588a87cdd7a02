/** Depth and size, docs/spec/receipt.md sections 3 and 5. */
import type { Case } from '../../case.ts';
import {
  canonicalBytes,
  canonicalText,
  type Loose,
  type LooseMembers,
  nestedArrays,
  nestedObjects,
  Raw,
} from '../../json.ts';
import { entryBytes, good, judged, receipt, refused } from '../../receipts.ts';
import { badBytes, badMember } from './ask.ts';

const arrays = (levels: number) => new Raw(nestedArrays(levels));

const objects = (levels: number) => new Raw(nestedObjects(levels, '1'));

const DEPTH =
  'receipt.md, section 3, rule 4: objects and arrays nest at most 16 deep, the outermost counted as 1.';

export const depthCases: Case[] = [
  good('16 deep by arrays', `${DEPTH} The receipt and ext are two.`, { ext: { a: arrays(14) } }),
  badMember('17 deep by arrays', `${DEPTH} The receipt and ext are two.`, {
    ext: { a: arrays(15) },
  }),
  good('16 deep by objects', `${DEPTH} The receipt and ext are two.`, { ext: { a: objects(14) } }),
  badMember('17 deep by objects', `${DEPTH} The receipt and ext are two.`, {
    ext: { a: objects(15) },
  }),
  good('16 deep in an unknown member', `${DEPTH} The receipt is one.`, { x: arrays(15) }, [
    'W-SCHEMA-001 x',
  ]),
  badMember('17 deep in an unknown member', `${DEPTH} The receipt is one.`, { x: arrays(16) }),
  badMember('1,000 deep', DEPTH, { x: arrays(1000) }),
  badBytes(
    '5,000 brackets that are never closed',
    `${DEPTH} A parser must not run out of its stack.`,
    '['.repeat(5000),
  ),
  badMember(
    '17 deep and version bad',
    'receipt.md, section 7.3: canonical form comes before the members.',
    {
      version: 1,
      x: arrays(16),
    },
  ),
];

const ENTRY =
  'receipt.md, section 5: entry bytes, the canonical bytes without log_inclusion, are at most 8,192.';

/** A receipt whose entry has this many bytes. */
function ofSize(size: number, changes: LooseMembers = {}, unit = 'x'): LooseMembers {
  const missing = size - entryBytes(receipt({ ...changes, ext: { pad: '' } })).length;
  const each = canonicalBytes(unit).length - 2;
  const pad = unit.repeat(Math.floor(missing / each)) + 'x'.repeat(missing % each);
  const members = receipt({ ...changes, ext: { pad } });
  if (entryBytes(members).length !== size) throw new Error('another size');
  return members;
}

const badSize = (name: string, why: string, members: LooseMembers): Case =>
  refused(name, why, members, 'E-SIZE-001');

/** Without a trust policy. */
const UNCHECKED = { warnings: ['W-LOG-001 log_inclusion.proof'] };

const proofOf = (length: number): Loose => ({ proof: 'p'.repeat(length) });

export const sizeCases: Case[] = [
  judged('an entry of 8,192 bytes', ENTRY, ofSize(8192)),
  badSize('an entry of 8,193 bytes', ENTRY, ofSize(8193)),
  judged(
    'an entry of 8,192 bytes in characters of four bytes',
    `${ENTRY} Bytes count, not characters.`,
    ofSize(8192, {}, '\u{1f600}'),
  ),
  badSize(
    'an entry of 8,193 bytes in characters of four bytes',
    `${ENTRY} Bytes count, not characters.`,
    ofSize(8193, {}, '\u{1f600}'),
  ),
  judged(
    'an entry of 8,192 bytes in characters that are escaped',
    `${ENTRY} Escapes count as they are written.`,
    ofSize(8192, {}, '\u0001'),
  ),
  badSize(
    'an entry of 8,193 bytes in characters that are escaped',
    `${ENTRY} Escapes count as they are written.`,
    ofSize(8193, {}, '\u0001'),
  ),
  judged(
    'an entry of 8,192 bytes with a proof',
    `${ENTRY} The proof does not count.`,
    ofSize(8192, { log_inclusion: proofOf(2000) }),
    UNCHECKED,
  ),
  badSize(
    'an entry of 8,193 bytes with an empty log_inclusion',
    `${ENTRY} The size comes before the members.`,
    ofSize(8193, { log_inclusion: {} }),
  ),
  badSize(
    'an entry of 8,193 bytes without version',
    'receipt.md, section 7.3: the size comes before the members.',
    ofSize(8193, { version: undefined }),
  ),
  badBytes(
    'an entry of 8,193 bytes and a space',
    'receipt.md, section 7.3: canonical form comes before the size of the entry.',
    `${canonicalText(ofSize(8193))} `,
  ),
  badBytes(
    'an array of 9,000 bytes',
    'receipt.md, section 7.3: that it is an object comes before the size of the entry.',
    `["${'x'.repeat(8996)}"]`,
    'E-SCHEMA-002',
  ),
  judged(
    'a receipt of 20,000 bytes with a proof of most of them',
    ENTRY,
    receipt({ log_inclusion: proofOf(19_000) }),
    UNCHECKED,
  ),
];
