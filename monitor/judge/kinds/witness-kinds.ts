/** Alerts about witnesses: what they cosigned, and what they show. */
import { critical, proven, warning } from './kind.ts';

export const WITNESS_KINDS = {
  'witnesses-disagree': proven({
    title: 'Witnesses were shown different trees',
    meaning:
      'One witness cosigned one tree of this log and another one a tree that contradicts it. The log ' +
      'lied to at least one of them; they need not be at fault.',
    step: 'Treat the log as lying, and keep the evidence of the contradiction.',
  }),
  'witness-misbehaviour': proven({
    title: 'A witness contradicts itself',
    meaning:
      'A witness cosigned two trees that cannot both be true, and the evidence convinces anybody. It ' +
      'lied, lost its memory in a restore, or its key was stolen.',
    step: 'Take this witness out of the policy, and see whether a quorum is left without it.',
  }),
  'witness-other-tree': critical({
    title: 'A witness shows another tree',
    meaning:
      'What this witness shows is not of the tree that the entries make. The log has two faces, and ' +
      'this witness was shown the other one.',
    step: 'Look for the alert of the contradiction; until it is there, trust nothing newer than the last agreement.',
  }),
  'witness-cosigned-backwards': warning({
    title: 'A witness cosigned a smaller tree later: a clock set back, or a lie',
    meaning:
      'By their times, this witness cosigned a smaller tree after a larger one. A clock that was set ' +
      'back does this without any lie, so it convicts nobody.',
    step: 'Ask the operator of the witness about its clock, and about a restore.',
  }),
  'witness-went-back': warning({
    title: 'A witness shows less than it showed',
    meaning:
      'A witness shows a smaller tree than before, in several looks. It was probably restored from a ' +
      'backup, and could cosign a fork without knowing.',
    step: 'Ask its operator whether its database was restored.',
  }),
  'witness-invalid': warning({
    title: 'A witness shows something invalid',
    meaning:
      'What a witness shows as its checkpoint is no checkpoint of this log, or not cosigned by its ' +
      'key. Its key was changed, or something else answers at its address.',
    step: 'Fetch what it shows by hand, and compare its keys with the policy.',
  }),
  'witness-stale': warning({
    title: 'A witness is stale',
    meaning:
      'A witness has not cosigned this log for longer than is allowed. It does not reach the log, is ' +
      'not asked by it, or refuses it for a reason that its own pages tell.',
    step: 'Look at the page of the witness: it says whether it still cosigns the log, and why not.',
  }),
  'witness-error': warning({
    title: 'A witness answers with an error',
    meaning: 'A witness answers, but with an error where it should show its checkpoint.',
    step: 'Fetch what the alert names by hand, and tell its operator what it says.',
  }),
  'witness-down': warning({
    title: 'A witness does not answer',
    meaning:
      'A witness cannot be reached, and nothing that the log publishes shows that it is alive. As long ' +
      'as the others make the quorum, nobody else notices.',
    step: 'Try it from another network, then ask its operator.',
  }),
  'witness-keys-changed': warning({
    title: 'A witness lists other keys',
    meaning:
      'The keys that a witness says it has are not those in the policy of this monitor, or it signs with ' +
      'one that it retired. It rotates its keys, or somebody else answers at its address.',
    step: 'Ask the operator of the witness for its keys, over a channel that you trust.',
  }),
  'clock-skew': warning({
    title: 'A clock is wrong',
    meaning:
      'The time of a cosignature cannot be right: it lies in the future, or before that of a smaller tree. ' +
      'The logged time of receipts is made of these times.',
    step: 'Compare the clock of this machine first, then ask the operator of the witness.',
  }),
} as const;
