/**
 * Policies (C2SP tlog-policy): the one module to import. The model and its quorum rule, the
 * parser of policy files, and the judgement of a checkpoint by a policy.
 */
export {
  checkPolicy,
  formatPolicy,
  isQuorumMet,
  MAX_POLICY_BYTES,
  MAX_POLICY_DEPTH,
  MAX_POLICY_GROUPS,
  MAX_POLICY_LOGS,
  MAX_POLICY_WITNESSES,
  NO_QUORUM,
  type Policy,
  type PolicyGroup,
  type PolicyLog,
  type PolicyWitness,
  quorumTime,
} from './model.ts';
export {
  openWithPolicy,
  verifiedNote,
  type WitnessCosignature,
  type WitnessedCheckpoint,
} from './open.ts';
export { parsePolicy } from './parse.ts';
