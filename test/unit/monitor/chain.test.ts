/** Chains of receipts: honest ones in any order accuse nobody, and no fork goes unnoticed. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type ChainLink, type ChainState, extendChain, lastingGaps } from '#monitor/judge/chain.ts';

/** A chain from `first`, whose leaf hashes say which branch a receipt is of. */
function chain(length: number, first = 0, branch = 'a', base = branch): ChainLink[] {
  return Array.from({ length }, (_, i) => {
    const seq = first + i;
    const prev = seq === 0 ? undefined : `${i === 0 ? base : branch}${seq - 1}`;
    return { seq, prev, leaf: `${branch}${seq}`, index: seq };
  });
}

function run(links: readonly ChainLink[]) {
  let state: ChainState | undefined;
  const forks: string[] = [];
  for (const link of links) {
    const extended = extendChain(state, link, 1000);
    state = extended.state;
    if (extended.fork !== undefined) forks.push(extended.fork);
  }
  return { state: state!, forks };
}

describe('an honest chain', () => {
  it('has no forks in whatever order it is logged, and no gaps once it is whole', () => {
    const orders = fc.shuffledSubarray(chain(40), { minLength: 40 });
    fc.assert(
      fc.property(orders, (links) => {
        const { state, forks } = run(links);
        expect(forks).toEqual([]);
        expect(state.gaps.every(({ isMerged }) => isMerged)).toBe(true);
        expect(state.gaps.length).toBeLessThanOrEqual(8);
        expect(state.recent.length).toBeLessThanOrEqual(16);
      }),
    );
  });

  it('has no forks and no gaps where few are out of order', () => {
    const links = chain(30);
    const { state, forks } = run([3, 1, 2, 0, 5, 4, 8, 7, 6].map((i) => links[i]!));
    expect([forks, state.gaps]).toEqual([[], []]);
  });

  it('may begin anywhere, as earlier receipts may be in another log', () => {
    const { state, forks } = run(chain(5, 100));
    expect([forks, state.gaps]).toEqual([[], []]);
  });

  it('may be logged twice', () => {
    const links = chain(3);
    expect(run([...links, links[1]!]).forks).toEqual([]);
  });
});

describe('a gap', () => {
  it('is told of when it has lasted, and not when it is filled', () => {
    const links = chain(6);
    const { state } = run([links[0]!, links[1]!, links[5]!]);
    expect(lastingGaps('issuer', state, 60, 1059)).toEqual([]);
    expect(lastingGaps('issuer', state, 60, 1060)).toEqual(['issuer: numbers 2 to 4 are missing']);
    const half = extendChain(state, links[3]!, 2000).state;
    expect(lastingGaps('issuer', half, 60, 1060)).toEqual([
      'issuer: number 2 is missing',
      'issuer: number 4 is missing',
    ]);
  });

  it('more than are kept are one, and nobody is accused of what fills them', () => {
    const odd = chain(60).filter(({ seq }) => seq % 2 === 0);
    const { state, forks } = run(odd);
    expect([forks, state.gaps.length, state.gaps[0]!.isMerged]).toEqual([[], 8, true]);
    expect(extendChain(state, chain(60)[7]!, 1000).fork).toBeUndefined();
  });
});

describe('a fork', () => {
  it('is found in whatever order it is logged, as long as no gaps had to be merged', () => {
    const both = [...chain(6), ...chain(3, 3, 'b', 'a')];
    fc.assert(
      fc.property(fc.shuffledSubarray(both, { minLength: both.length }), (links) => {
        expect(run(links).forks.length).toBeGreaterThan(0);
      }),
    );
  });

  it.each([
    [
      'the same number again',
      [...chain(4), { ...chain(4)[3]!, leaf: 'b3', index: 9 }],
      'entry 3 and of entry 9',
    ],
    [
      'a number again that is long past',
      [...chain(40), { ...chain(4)[1]!, leaf: 'b1', index: 50 }],
      'an earlier entry and of entry 50',
    ],
    [
      'another predecessor',
      [...chain(3), { seq: 3, prev: 'x', leaf: 'a3', index: 3 }],
      'does not name number 2',
    ],
    [
      'another successor in a gap',
      [chain(3)[0]!, chain(3)[2]!, { seq: 1, prev: 'a0', leaf: 'b1', index: 7 }],
      'does not name number 1',
    ],
    [
      'another predecessor in a gap',
      [chain(3)[0]!, chain(3)[2]!, { seq: 1, prev: 'b0', leaf: 'a1', index: 7 }],
      'does not name number 0',
    ],
    [
      'another beginning',
      [chain(3)[1]!, { seq: 0, leaf: 'b0', index: 7 }],
      'does not name number 0',
    ],
  ])('%s', (_, links, words) => {
    const { forks } = run(links);
    expect(forks).toHaveLength(1);
    expect(forks[0]).toContain(words);
  });
});
