/** The visitor's own policies count before the explorer's, are kept, have limits, and every verdict says which it was. */
import { describe, expect, it } from 'vitest';
import {
  MAX_OWN_POLICIES,
  MAX_OWN_POLICY_BYTES,
  OwnPolicies,
} from '#explorer/web/verify/trust/own-policies.ts';
import { memoryStorage } from '#explorer/web/verify/trust/text-storage.ts';
import { HonestExplorer, HonestLog, NOW_MS, someEntries } from './honest-explorer.ts';

const log = new HonestLog('log.example/a').grow(...someEntries(9));
const other = new HonestLog('log.example/b').grow(...someEntries(5));
const explorer = new HonestExplorer(log, other);
const ASKED = { index: 2, log: log.origin, askedMs: NOW_MS };

async function verdictBy(...policies: readonly (readonly [name: string, text: string])[]) {
  const visitor = await explorer.visitor();
  for (const [name, text] of policies) visitor.policies.add(name, text);
  const { checkpoint, findings, isVerified } = await visitor.entry(await explorer.entry(2), ASKED);
  return { words: checkpoint!.verdict.words, codes: findings.map(({ code }) => code), isVerified };
}

describe('the policy that counts', () => {
  it('is the one that the explorer offers while there is no other, and that is said', async () => {
    const { words, isVerified } = await verdictBy();
    expect(words).toContain('by the policy that this explorer offers');
    expect(isVerified).toBe(true);
  });

  it("is the visitor's own that lists the log, and that is said", async () => {
    const { words, isVerified } = await verdictBy(['mine.txt', log.policy], ['b', other.policy]);
    expect(words).toContain('by your policy "mine.txt"');
    expect(isVerified).toBe(true);
  });

  it('trusts nobody about a log that no policy of the visitor lists', async () => {
    const { words, codes, isVerified } = await verdictBy(['b.txt', other.policy]);
    expect(words).toBe('Not verified, as your policy "b.txt" does not list this log.');
    expect(codes).toEqual(['checkpoint-untrusted']);
    expect(isVerified).toBe(false);
  });

  it('is the newest of several', async () => {
    const strict = log.policy.replace('group two 2 w1', 'group two 3 w1');
    const visitor = await explorer.visitor();
    visitor.policies.add('two', log.policy);
    visitor.policies.add('three', strict);
    const answer = await explorer.search({ log: log.origin });
    const checkpoints = { [log.origin]: await log.note(9, [0, 1]) };
    const asked = { filters: { log: log.origin }, limit: 100, askedMs: NOW_MS };
    const judge = async () =>
      (await visitor.search({ ...answer, checkpoints }, asked)).findings.map(({ code }) => code);
    expect(await judge()).toEqual(['checkpoint-quorum']);
    visitor.policies.add('two', log.policy);
    expect(await judge()).toEqual([]);
    expect(visitor.policies.all.map(({ name }) => name)).toEqual(['two', 'three']);
  });

  it('may ask for no witness, which is said', async () => {
    const { words } = await verdictBy(['alone', `log ${log.key.verifier.text}\nquorum none`]);
    expect(words).toBe('Signed by the log; no witness is asked for, by your policy "alone".');
  });
});

describe("the visitor's policies", () => {
  const open = (storage = memoryStorage()) => new OwnPolicies(storage, () => NOW_MS);

  it('are kept between visits, until they are removed', () => {
    const storage = memoryStorage();
    const { id } = open(storage).add('a', log.policy);
    expect(open(storage).all).toEqual([
      { id, name: 'a', text: log.policy, policy: expect.anything(), addedMs: NOW_MS },
    ]);
    open(storage).remove(id);
    expect(open(storage).all).toEqual([]);
  });

  it('are refused unless they are policies, within the limits', () => {
    const policies = open();
    expect(() => policies.add('a', 'nothing')).toThrow(
      expect.objectContaining({ code: 'bad-policy' }),
    );
    const long = `# ${'x'.repeat(MAX_OWN_POLICY_BYTES)}\n${log.policy}`;
    expect(() => policies.add('a', long)).toThrow(expect.objectContaining({ code: 'too-large' }));
    for (let i = 0; i < MAX_OWN_POLICIES; i++) policies.add(`${i}`, `# ${i}\n${log.policy}`);
    expect(() => policies.add('more', log.policy)).toThrow(RangeError);
    policies.add('again', `# 3\n${log.policy}`);
    expect(policies.all).toHaveLength(MAX_OWN_POLICIES);
  });

  it('have names that cannot steer the page', () => {
    expect(open().add(`\u202e${'x'.repeat(200)}`, log.policy).name).toMatch(/^\\u\{202e\}x{99}$/);
  });

  it('that cannot be kept are not taken', () => {
    const full = {
      ...memoryStorage(),
      write: () => {
        throw new Error('full');
      },
    };
    const policies = open(full);
    expect(() => policies.add('a', log.policy)).toThrow('full');
    expect(policies.all).toEqual([]);
  });

  it.each(['nothing', '[]x', '[{"name":"a"}]', '[{"name":"a","text":"x","added_ms":1}]', '7'])(
    'that were damaged (%s) make nobody trusted, rather than the explorer',
    async (item) => {
      const storage = memoryStorage();
      open(storage).add('a', log.policy);
      storage.write('tecp-explorer.policies', item);
      const visitor = await explorer.visitor({ storage });
      const { isVerified, checkpoint } = await visitor.entry(await explorer.entry(2), ASKED);
      expect(isVerified).toBe(false);
      expect(checkpoint?.verdict.words).toContain('your policies cannot be read');
      visitor.policies.add('a', log.policy);
      expect((await visitor.entry(await explorer.entry(2), ASKED)).isVerified).toBe(true);
    },
  );
});
