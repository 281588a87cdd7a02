/** Alerts about a log: what it signed, what it shows, what is in it. */
import { critical, proven, warning } from './kind.ts';

export const LOG_KINDS = {
  'log-contradiction': proven({
    title: 'The log contradicts itself',
    meaning:
      'The log signed two trees that cannot both be true, and the evidence convinces anybody. It showed ' +
      'different people different histories, or its key was stolen or its database rolled back.',
    step: 'Stop relying on this log, and save the evidence before you talk to its operator.',
  }),
  'root-mismatch': critical({
    title: 'The entries do not make the signed tree',
    meaning:
      'All entries were read, and together they do not give the root that the log signed. Either it ' +
      'serves other entries than it signed, or its storage is damaged.',
    step: 'Run an audit from another machine, to see whether others get the same.',
  }),
  'tile-mismatch': critical({
    title: 'Tiles do not match the entries',
    meaning:
      'Tiles or bundles that the log serves do not fit the entries or cannot be read, so proofs made ' +
      'of them fail. A damaged store or cache does this, and so does a log that hides something.',
    step: 'Fetch the tile that the alert names past any cache, and compare.',
  }),
  'checkpoint-invalid': critical({
    title: 'The log shows no valid checkpoint',
    meaning:
      'What is served as the checkpoint is not signed by the key in the policy, or is no checkpoint ' +
      'at all. Its key was changed, or something else answers at its address.',
    step: 'Fetch the checkpoint by hand, and see who answers and which key signed.',
  }),
  'consistency-unproven': critical({
    title: 'The log does not prove consistency',
    meaning:
      'Two checkpoints of the log, at least one of them cosigned by a witness, have not been shown to be ' +
      'of one tree in the time allowed. A log that shows two faces hides them like this; an outage ' +
      'of its tiles looks the same.',
    step: 'See whether the log is reachable otherwise; if it is, treat it as lying until it proves otherwise.',
  }),
  'log-went-back': critical({
    title: 'The log shows less than it showed',
    meaning:
      'The log publishes a smaller tree than before, in several looks. It was restored from a backup, ' +
      'an old copy is served, or somebody is shown another tree.',
    step: 'Ask its operator whether it was restored, and compare with what witnesses show.',
  }),
  'quorum-missing': critical({
    title: 'The quorum of witnesses is missing',
    meaning:
      'The checkpoint is not cosigned by as many witnesses as the policy asks for, or too few of them ' +
      'answer. New receipts get no proof that verifiers accept.',
    step: 'Find the witnesses that are missing, and ask their operators.',
  }),
  'log-down': critical({
    title: 'The log does not answer',
    meaning:
      'Several requests in a row had no good answer for longer than is allowed. Nobody can log or ' +
      'verify anything new; what has a proof stays valid.',
    step: 'Try it from another network, then ask its operator.',
  }),
  'checkpoint-unproven': warning({
    title: 'A checkpoint that no witness knows is unproven',
    meaning:
      'Somebody showed a checkpoint that the log signed and no witness cosigned, and the log has not ' +
      'shown that it is of its tree. Verifiers that ask for a quorum do not accept it.',
    step: 'Watch whether it ends by itself; if not, ask the operator of the log where it was signed.',
  }),
  'checkpoint-stale': warning({
    title: 'The checkpoint is stale',
    meaning:
      'The newest checkpoint was cosigned longer ago than is allowed. A log cosigns again every few ' +
      'minutes also when nothing is logged, so it stands still, or an old copy is served.',
    step: 'Look whether the log takes entries, and whether its witnesses answer.',
  }),
  'log-keys-changed': warning({
    title: 'The log lists other keys',
    meaning:
      'The keys that the log says it has are not those in the policy of this monitor. It prepares a new ' +
      'key, has retired one, or somebody else answers at its address.',
    step: 'Ask the operator of the log, over a channel that the log does not control.',
  }),
  'policy-drift': warning({
    title: 'The log publishes under another policy',
    meaning:
      'The witnesses or the quorum that the log asks for are not those that this monitor holds it to. ' +
      'What the log calls cosigned may not be enough here, or the other way round.',
    step: 'Compare both policy files, and ask why they differ.',
  }),
  'growth-unusual': warning({
    title: 'The log grows as it never did',
    meaning:
      'Nothing has been logged for far longer than in the two weeks before, or far more than ever. Somebody ' +
      'who submits has stopped, is kept out, or floods the log.',
    step: 'Look who submits to this log, and whether they still get answers.',
  }),
} as const;
