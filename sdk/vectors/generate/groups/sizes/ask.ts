/** What several files of large texts share. */
import { LOG } from '../../keys.ts';
import type { Tree } from '../../notes.ts';
import { leafAt } from '../../trees.ts';

export const JSON_LIMIT = 1_048_576;

export const MALFORMED = { error: 'malformed' };

export const TREE: Tree = { origin: LOG.name, size: 1, root: leafAt(0) };
