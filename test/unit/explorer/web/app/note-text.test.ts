/** What a note says of itself, for people: whatever it is. */
import { expect, it } from 'vitest';
import { readNote } from '#explorer/web/app/parts/note-text.ts';

const signed = (root: string) => `log.example/a\n7\n${root}\n\n— log.example/a AAAA\n— w1 BBBB\n`;

it('has the root as all pages have it, and each signer once', () => {
  const root = Buffer.alloc(32, 0xab).toString('base64');
  expect(readNote(`${signed(root)}— w1 CCCC\n`)).toEqual({
    origin: 'log.example/a',
    size: '7',
    root: 'ab'.repeat(32),
    signers: ['log.example/a', 'w1'],
  });
});

it('is shown as it is where it cannot be read', () => {
  expect(readNote(signed('no base64'))?.root).toBe('no base64');
  expect(readNote('anything')).toBeUndefined();
});
