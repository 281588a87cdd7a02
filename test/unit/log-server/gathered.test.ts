/** Reads that go to PostgreSQL together, without a server: what is one statement, and whom a failure concerns. */
import { describe, expect, it } from 'vitest';
import { Gathered } from '#log-server/store/postgres/gathered.ts';
import { StoreError } from '#log-server/store/store.ts';

const failure = new StoreError('failed', 'the connection has ended');

/** Doubles numbers, and fails for a statement that holds 13. */
function doubling() {
  const statements: number[][] = [];
  const gathered = new Gathered(async (keys: readonly number[]) => {
    statements.push([...keys]);
    if (keys.includes(13)) throw failure;
    return keys.map((key) => 2 * key);
  });
  return { gathered, statements };
}

const turn = () => new Promise((resolve) => setImmediate(resolve));

describe('reads that are gathered', () => {
  it('are one statement for all that is asked in one turn, and each gets its own value', async () => {
    const { gathered, statements } = doubling();
    const asked = [gathered.get(3), Promise.resolve().then(() => gathered.get(1)), gathered.get(3)];
    expect(await Promise.all(asked)).toEqual([6, 2, 6]);
    expect(statements).toEqual([[3, 3, 1]]);
  });

  it('never wait for a statement that was sent before, nor share it', async () => {
    const { gathered, statements } = doubling();
    const first = gathered.get(1);
    await turn();
    expect(statements).toEqual([[1]]);
    const second = gathered.get(1);
    await turn();
    expect(statements).toEqual([[1], [1]]);
    expect(await Promise.all([first, second])).toEqual([2, 2]);
  });

  it('fail with the statement that they were in, by its error, and no others do', async () => {
    const { gathered } = doubling();
    const failing = Promise.allSettled([1, 13, 2].map((key) => gathered.get(key)));
    await turn();
    const others = [4, 5].map((key) => gathered.get(key));
    const rejected = { status: 'rejected', reason: failure };
    expect(await failing).toEqual([rejected, rejected, rejected]);
    expect(await Promise.all(others)).toEqual([8, 10]);
  });

  it('are as many statements as it takes where they are many', async () => {
    const { gathered, statements } = doubling();
    const keys = Array.from({ length: 600 }, (_, i) => i + 100);
    expect(await Promise.all(keys.map((key) => gathered.get(key)))).toEqual(
      keys.map((key) => 2 * key),
    );
    expect(statements.map(({ length }) => length)).toEqual([256, 256, 88]);
  });
});
