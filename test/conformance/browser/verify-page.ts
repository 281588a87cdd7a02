/** What a page loads to verify by itself: `judgeAll` in its global scope. */
import { type Case, judge } from './judge.ts';

const judgeAll = (cases: readonly Case[]): unknown[] => cases.map(judge);

Object.assign(globalThis, { judgeAll });
