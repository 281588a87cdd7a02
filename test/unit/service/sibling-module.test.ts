/** Modules that threads begin in, as written and as compiled. */
import { expect, it } from 'vitest';
import { siblingModule } from '#service/sibling-module.ts';

it.each([
  ['as written', 'file:///tecp/store/client.ts', 'file:///tecp/store/thread.ts'],
  ['as compiled', 'file:///tecp/store/client.js', 'file:///tecp/store/thread.js'],
  ['in a folder with a dot', 'file:///a.b/client.js', 'file:///a.b/thread.js'],
])('a module is found beside another, %s', (_, from, expected) => {
  expect(siblingModule('thread', from).href).toBe(expected);
});
