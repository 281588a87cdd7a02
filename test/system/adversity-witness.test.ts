/**
 * One of three witnesses hangs, lies or talks nonsense. The log, a real process, says so loudly and
 * publishes with the quorum of the others; nothing that the bad one said is ever passed on.
 */
import { expect, it, onTestFinished } from 'vitest';
import { LogClient } from '#client/log-client.ts';
import { leafHash } from '#protocol/merkle/hash.ts';
import { signCheckpoint } from '#protocol/note/checkpoint.ts';
import { parseTlogProof, verifyTlogProof } from '#protocol/proof/tlog-proof.ts';
import { type Behaviour, FakeWitness } from '#test/support/fake-witness.ts';
import { freshReceipt, logKey } from '#test/support/log.ts';
import { TestNetwork } from '#test/support/network.ts';
import { PATIENT, until } from '#test/support/wait.ts';

/** Each with what the log says about it. */
function misbehaviours(fake: FakeWitness): [name: string, behaviour: Behaviour, said: string][] {
  const answer = (status: number, body: string) => () => ({ status, body });
  const other = (origin: string, size: number) =>
    signCheckpoint({ origin, size, root: leafHash(Buffer.from('no')), extensions: [] }, logKey());
  const always = fake.lines(other('log.example/test', 7));
  return [
    ['answers an error', answer(500, 'out of order'), 'unexpected status 500'],
    ['answers nothing', answer(200, ''), 'has no newline'],
    ['answers garbage', answer(200, '\u0000\u0001 <html>nonsense</html>'), 'has no newline'],
    ['answers without end', answer(200, 'x'.repeat(1 << 20)), 'answer exceeds'],
    ['cosigns something else', answer(200, always), 'does not verify'],
    ['signs with one key only', onlyEd25519(fake), 'no cosignature by its key'],
    ['claims to be ahead', answer(409, '999999999\n'), 'claims to have cosigned size 999999999'],
    ['answers a size that is none', answer(409, '-1\n'), 'expected a decimal integer'],
    ['names another size each time', otherSizes(), 'another size each time'],
    ['hangs', () => 'hang', 'no answer within'],
  ];
}

function onlyEd25519(fake: FakeWitness): Behaviour {
  return ({ checkpoint }) => ({ status: 200, body: fake.lines(checkpoint, ['ed']) });
}

function otherSizes(): Behaviour {
  let asked = 0;
  return () => ({ status: 409, body: `${asked++ % 2}\n` });
}

it('the quorum of the others goes on, whatever a witness does', async () => {
  const network = await TestNetwork.create();
  const fake = await FakeWitness.start('bad', 66);
  onTestFinished(() => fake.close());
  network.replace(network.witnesses[2]!, fake);
  network.log.edit((config) => {
    config.logs[0].witness_timeout_ms = 1000;
  });
  await network.startAll();
  const { policy } = network;
  const client = new LogClient(network.log.url, PATIENT);

  /** Submits one entry; the names of the witnesses on its proof, which has a quorum. */
  const submitOne = async (): Promise<string[]> => {
    const entry = freshReceipt();
    const { proof } = await client.submit(entry, { waitForProof: true });
    const judged = verifyTlogProof(parseTlogProof(proof!), leafHash(entry), policy);
    expect(judged.quorumMet).toBe(true);
    return judged.cosignatures.map(({ witness }) => witness);
  };
  const allThree = async () => (await submitOne()).length === 6;

  await until(allThree, { what: 'cosigned by all three' });
  for (const [name, behaviour, said] of misbehaviours(fake)) {
    network.log.process.lines.length = 0;
    fake.behaviour = behaviour;
    for (let i = 0; i < 3; i++) {
      const names = await submitOne();
      expect(names.toSorted(), name).toEqual(
        ['witness-1-ed', 'witness-1-pq', 'witness-2-ed', 'witness-2-pq'].toSorted(),
      );
    }
    await until(
      async () => {
        return network.log.process.lines.some((line) => line.includes(said));
      },
      { what: `the log says that it ${name}` },
    );
    expect(network.log.process.isRunning, name).toBe(true);
    fake.behaviour = () => undefined;
    await until(allThree, { what: `cosigned by all three after it ${name}` });
  }
  expect(network.unexplained(await network.alerts())).toEqual([]);
  for (const member of [network.monitor, ...network.witnesses.slice(0, 2)]) {
    expect(await member.getJson('/evidence'), member.name).toEqual([]);
  }
});
