/** What was likely meant by a search that is in good form and finds nothing. */
import { nearestName } from '#protocol/nearest.ts';
import { KNOWN_POLICY_IDS } from '#protocol/receipt/registry.ts';
import type { Filters } from './filters.ts';

/**
 * Another search: with the registered policies for ids that are close to them, or with the code reference as the
 * beginning of one. Undefined where there is none that is likelier.
 */
export function likelyMeant(filters: Filters): Filters | undefined {
  const { policies, codeRef, ...others } = filters;
  const registered = policies?.map(registeredPolicy);
  if (registered?.some((policy, i) => policy !== policies![i])) {
    return { ...filters, policies: [...new Set(registered)].sort() };
  }
  if (codeRef === undefined || filters.codeRefPrefix !== undefined) return undefined;
  return { ...others, ...(policies && { policies }), codeRefPrefix: codeRef };
}

function registeredPolicy(policy: string): string {
  return KNOWN_POLICY_IDS.includes(policy)
    ? policy
    : (nearestName(policy, KNOWN_POLICY_IDS) ?? policy);
}
