/** Trust policies, most of them good ones, over the keys of `keys.ts`. */
import { damageBytes, damageLines, nastyText } from './bytes.ts';
import { isSlow, LOG_KEYS, STRANGERS, WITNESS_KEYS } from './keys.ts';
import type { Random } from './random.ts';

const NAMES = [
  'w1',
  'w2',
  'w3',
  'log',
  'quorum',
  'any',
  'all',
  'é',
  '\u{1F600}',
  'none.',
  '#x',
  '7',
  'w1+x',
];
const URLS = [
  'https://w.example',
  'https://w.example/',
  'http://127.0.0.1:8400/prefix//',
  'https://[',
  'https://é/\u3000',
  'HTTPS://w.example',
  'https:///x',
  'https://?x',
  'https://#',
  'ftp://w.example',
  'https://',
  'http://x//',
  'https://w.example/#y',
];

/** A policy that parses, by which much of what `checkpoints.ts` makes is trusted. */
export function goodPolicy(random: Random): string {
  const logs = random.chance(0.8)
    ? [LOG_KEYS[0]!, ...random.some(LOG_KEYS.slice(1), 0.25)]
    : random.some(LOG_KEYS);
  const witnesses = random.chance(0.5) ? WITNESS_KEYS.slice(0, 3) : random.some(WITNESS_KEYS, 0.6);
  const listed = random.shuffled(witnesses).filter((key) => !isSlow(key) || random.chance(0.7));
  const names = listed.map((_, i) =>
    random.chance(0.8) ? `w${i + 1}` : `${random.pick(NAMES)}${i}`,
  );
  const groups = groupsOver(random, names);
  const defined = [...names, ...groups.map(({ name }) => name)];
  const quorum = random.weighed([
    [6, defined.at(-1) ?? 'none'],
    [2, defined.length > 0 ? random.pick(defined) : 'none'],
    [2, 'none'],
  ]);
  return [
    ...logs.map(({ verifier }) => line(random, 'log', verifier.text, ...url(random))),
    ...listed.map(({ verifier }, i) =>
      line(random, 'witness', names[i]!, verifier.text, ...url(random)),
    ),
    ...groups.map(({ name, rule, members }) => line(random, 'group', name, rule, ...members)),
    ...(random.chance(0.1) ? ['# a comment\n', '\n'] : []),
    line(random, 'quorum', quorum),
  ].join('');
}

interface Group {
  readonly name: string;
  readonly rule: string;
  readonly members: readonly string[];
}

/** Each name at most once a member, so that the groups make a tree. */
function groupsOver(random: Random, names: readonly string[]): Group[] {
  let free = [...names];
  const groups: Group[] = [];
  const count =
    free.length === 0
      ? 0
      : random.weighed([
          [2, 0],
          [5, 1],
          [2, 2],
          [1, 4],
        ]);
  for (let i = 0; i < count; i++) {
    const chosen = random.chance(0.6) ? free : random.some(free, 0.7);
    const members = chosen.length === 0 ? [random.pick(free)] : chosen;
    const rule = random.pick(['all', 'any', String(random.between(1, members.length))]);
    const name = `g${i}`;
    groups.push({ name, rule, members });
    free = [...free.filter((other) => !members.includes(other)), name];
  }
  // Now and then as deep as may be, or one deeper.
  if (groups.length > 0 && random.chance(0.03)) {
    const depth = random.between(29, 34);
    for (let i = 0; i < depth; i++) {
      groups.push({ name: `d${i}`, rule: 'any', members: [groups.at(-1)!.name] });
    }
  }
  return groups;
}

function url(random: Random): string[] {
  return random.weighed<string[]>([
    [8, []],
    [1, [random.pick(URLS.slice(0, 5))]],
  ]);
}

function line(random: Random, ...items: readonly string[]): string {
  if (!random.chance(0.03)) return `${items.join(' ')}\n`;
  const gap = () => random.pick([' ', '\t', '  ', ' \t ']);
  return `${random.pick(['', gap()])}${items.join(gap())}${random.pick(['', gap()])}\n`;
}

/** A policy with something wrong, or something odd that is right. */
export function oddPolicy(random: Random): Uint8Array {
  const text = goodPolicy(random);
  const lines = text.split('\n').slice(0, -1);
  const at = random.below(lines.length + 1);
  const key = () => random.pick([...LOG_KEYS, ...WITNESS_KEYS, ...STRANGERS]).verifier.text;
  const insert = (...items: readonly string[]) => {
    lines.splice(at, 0, items.join(' '));
    return Buffer.from(`${lines.join('\n')}\n`);
  };
  switch (random.below(11)) {
    case 0:
      return damageBytes(random, Buffer.from(text));
    case 1:
      return Buffer.from(damageLines(random, text));
    case 2:
      return insert('log', key(), random.pick(URLS));
    case 3:
      return insert('witness', random.pick(NAMES), key(), random.pick(URLS));
    case 4:
      return insert(
        'group',
        random.pick(NAMES),
        random.pick(['all', '0', '01', '2', '+1', '1000000', 'ALL']),
        random.pick(['w1', 'w2', 'none', 'g0']),
        ...random.some(['w1', 'w2', 'w3']),
      );
    case 5:
      return insert('quorum', random.pick(['none', 'w1', 'g0', 'nobody']));
    case 6:
      return insert(nastyText(random));
    case 7:
      return insert(`#${nastyText(random)}`);
    case 8:
      return insert('witness', nastyText(random) || 'x', key());
    case 9:
      return Buffer.from(text.replace(/\n$/, ''));
    default:
      return Buffer.from(
        text.replace(/[+][A-Za-z0-9+/=]{44}\s/, (found) =>
          found.replace(/..(?=\s)/, random.pick(['==', 'A=', 'AA', '/w', ''])),
        ),
      );
  }
}

/** Mostly good. */
export function anyPolicy(random: Random, oddness = 0.1): Uint8Array {
  return random.chance(oddness) ? oddPolicy(random) : Buffer.from(goodPolicy(random));
}
