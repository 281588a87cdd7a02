/** Every lie, in the order of the table. */
import type { Lie } from '../lie.ts';
import { CHECKPOINTS } from './checkpoints.ts';
import { COLLUSION } from './collusion.ts';
import { FILES } from './files.ts';
import { FLOODS } from './floods.ts';
import { NETWORK } from './network.ts';
import { SPLIT } from './split.ts';
import { WITHHOLDING } from './withholding.ts';
import { WITNESS } from './witness.ts';

export const LIES: readonly Lie[] = [
  ...SPLIT,
  ...CHECKPOINTS,
  ...FILES,
  ...WITHHOLDING,
  ...WITNESS,
  ...COLLUSION,
  ...FLOODS,
  ...NETWORK,
];
