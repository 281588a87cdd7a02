/**
 * The policy registry (docs/spec/policy-registry.md): what each policy id means.
 *
 * The data is `policy-registry.json`, machine-readable for other implementations too.
 */
import registry from './policy-registry.json' with { type: 'json' };

export type EnforcementType =
  | 'design'
  | 'infrastructure'
  | 'code_audit'
  | 'runtime'
  | 'cryptographic';

export interface RegisteredPolicy {
  readonly id: string;
  /** One sentence: what the issuer claims. */
  readonly description: string;
  readonly enforcement: EnforcementType;
  /** Rules that the claim is relevant to; not a statement of compliance. */
  readonly complianceTags: readonly string[];
  /** Whether it is one of the policies of which tecp-strict asks for at least one. */
  readonly meetsStrict: boolean;
}

interface RegistryEntry {
  description: string;
  enforcement_type: string;
  compliance_tags: string[];
  meets_strict?: boolean;
}

const POLICIES: ReadonlyMap<string, RegisteredPolicy> = new Map(
  Object.entries<RegistryEntry>(registry.policies).map(([id, entry]) => [
    id,
    {
      id,
      description: entry.description,
      // A test holds the file to the five types.
      enforcement: entry.enforcement_type as EnforcementType,
      complianceTags: entry.compliance_tags,
      meetsStrict: entry.meets_strict === true,
    },
  ]),
);

/** Ascending. */
export const KNOWN_POLICY_IDS: readonly string[] = [...POLICIES.keys()];

/** The policy of this id, or undefined when the registry does not know it. */
export function knownPolicy(id: string): RegisteredPolicy | undefined {
  return POLICIES.get(id);
}
