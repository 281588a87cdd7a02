import type { Case } from '../../case.ts';
import { nestedArrays as arrays, nestedObjects as objects } from '../../json.ts';
import { malformed, VALUES, written } from './ask.ts';

const ORDER =
  'receipt.md, section 3, rule 6: members are sorted by the UTF-16 code units of their names, at every depth.';

const ONCE =
  'receipt.md, section 3, rule 5: no member occurs twice in an object, however its name is written.';

export const memberCases: Case[] = [
  written('members in another order', ORDER, '{"b":1,"a":2}', '{"a":2,"b":1}'),
  written(
    'members in another order at depth',
    ORDER,
    '[{"b":[{"d":1,"c":2}],"a":{"z":1,"y":2}}]',
    '[{"a":{"y":2,"z":1},"b":[{"c":2,"d":1}]}]',
  ),
  written('items of arrays keep their order', ORDER, '[3,1,2,"b","a"]'),
  written(
    'capitals, digits, underscores and small letters',
    ORDER,
    '{"b":1,"_":2,"B":3,"1":4,"a":5,"A":6," ":7,"~":8,"":9}',
    '{"":9," ":7,"1":4,"A":6,"B":3,"_":2,"a":5,"b":1,"~":8}',
  ),
  written(
    'names that are numbers',
    ORDER,
    '{"2":1,"10":2,"1":3,"01":4,"-1":5,"1.5":6}',
    '{"-1":5,"01":4,"1":3,"1.5":6,"10":2,"2":1}',
  ),
  written(
    'a name that begins like another',
    ORDER,
    '{"aa":1,"a":2,"ab":3,"a\\u0000":4}',
    '{"a":2,"a\\u0000":4,"aa":1,"ab":3}',
  ),
  written(
    'a pair of surrogates before U+E000 and U+FFFF',
    `${ORDER} By bytes of UTF-8 they would come after.`,
    '{"\uffff":1,"\ue000":2,"\u{10000}":3,"\u{10ffff}":4,"\ud7ff":5}',
    '{"\ud7ff":5,"\u{10000}":3,"\u{10ffff}":4,"\ue000":2,"\uffff":1}',
  ),
  written(
    'a pair of surrogates within names',
    ORDER,
    '{"a\uff5e":1,"a\u{1f600}":2,"a":3}',
    '{"a":3,"a\u{1f600}":2,"a\uff5e":1}',
  ),
  written(
    'a pair of surrogates and its first half in common',
    ORDER,
    '{"\u{1f601}":1,"\u{1f600}z":2,"\u{1f600}":3}',
    '{"\u{1f600}":3,"\u{1f600}z":2,"\u{1f601}":1}',
  ),
  written(
    'the example of RFC 8785',
    ORDER,
    '{"\\u20ac":"Euro Sign","\\r":"Carriage Return","\\ufb33":"Hebrew Letter Dalet With Dagesh","1":"One","\\ud83d\\ude00":"Emoji: Grinning Face","\\u0080":"Control","\\u00f6":"Latin Small Letter O With Diaeresis"}',
    '{"\\r":"Carriage Return","1":"One","\u0080":"Control","\u00f6":"Latin Small Letter O With Diaeresis","\u20ac":"Euro Sign","\u{1f600}":"Emoji: Grinning Face","\ufb33":"Hebrew Letter Dalet With Dagesh"}',
  ),
  written(
    'names that sort by what they are, not by how they are escaped',
    ORDER,
    '{"\\u0062":1,"a":2}',
    '{"a":2,"b":1}',
  ),
  written(
    'a name that needs an escape sorts by its character',
    `${ORDER} A backslash would come after Z.`,
    '{"Z":1,"\\n":2,"\\\\":3,"]":4}',
    '{"\\n":2,"Z":1,"\\\\":3,"]":4}',
  ),
  written(
    'names that are equal once normalised',
    'receipt.md, section 3, rule 3: no normalisation takes place.',
    '{"\u00e9":1,"e\u0301":2}',
    '{"e\u0301":2,"\u00e9":1}',
  ),
  written('names that are equal without case', ONCE, '{"a":1,"A":2}', '{"A":2,"a":1}'),
  written('the same name in two objects', ONCE, '[{"a":1},{"a":1}]'),
  written('the same name at two depths', ONCE, '{"a":{"a":{"a":1}}}'),
  written(
    'names of prototypes',
    VALUES,
    '{"toString":1,"constructor":{"prototype":2},"__proto__":{"a":3},"hasOwnProperty":4}',
    '{"__proto__":{"a":3},"constructor":{"prototype":2},"hasOwnProperty":4,"toString":1}',
  ),
  written('__proto__ of null', VALUES, '{"__proto__":null}'),
  written('__proto__ of a number', VALUES, '{"__proto__":1}'),
  ...[
    ['a member twice', '{"a":1,"a":1}'],
    ['a member twice, with two values', '{"a":1,"a":2}'],
    ['a member twice, not side by side', '{"a":1,"b":2,"a":3}'],
    ['a member twice at depth', '[{"x":{"a":1,"a":1}}]'],
    ['a member twice, once escaped', '{"a":1,"\\u0061":2}'],
    ['a member twice, escaped in two ways', '{"\\n":1,"\\u000a":2}'],
    ['a member twice, a pair of surrogates raw and escaped', '{"\u{1f600}":1,"\\ud83d\\ude00":2}'],
    ['the empty name twice', '{"":1,"":2}'],
    ['__proto__ twice', '{"__proto__":1,"__proto__":2}'],
    ['__proto__ twice, with objects', '{"__proto__":{},"__proto__":{}}'],
    ['constructor twice', '{"constructor":1,"constructor":2}'],
    ['a member twice, with null', '{"a":null,"a":null}'],
    ['a member twice, with objects', '{"a":{"b":1},"a":{"c":1}}'],
    ['a number as a name twice', '{"1":1,"1":2}'],
  ].map(([name, text]) => malformed(name!, ONCE, text!)),
];

const DEPTH =
  'receipt.md, section 3, rule 4: objects and arrays nest at most 16 deep, the outermost counted as 1.';

export const depthCases: Case[] = [
  written('16 arrays', DEPTH, arrays(16)),
  malformed('17 arrays', DEPTH, arrays(17)),
  written('16 objects', DEPTH, objects(16)),
  malformed('17 objects', DEPTH, objects(17)),
  written('15 arrays around an object', DEPTH, `${'['.repeat(15)}{"a":1}${']'.repeat(15)}`),
  malformed('16 arrays around an object', DEPTH, `${'['.repeat(16)}{}${']'.repeat(16)}`),
  written('16 arrays around a number', DEPTH, `${'['.repeat(16)}1${']'.repeat(16)}`),
  written('16 deep in several places', DEPTH, `[${arrays(15)},${arrays(15)},{"a":${arrays(14)}}]`),
  malformed('17 deep in the last place', DEPTH, `[1,[2],${arrays(16)}]`),
  malformed('1,000 arrays', DEPTH, arrays(1000)),
  malformed(
    '10,000 brackets that are never closed',
    `${DEPTH} A parser must not run out of its stack.`,
    '['.repeat(10_000),
  ),
  malformed('5,000 objects', `${DEPTH} A parser must not run out of its stack.`, objects(5000)),
];
