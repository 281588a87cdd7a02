/**
 * Asking a running "up" to stop one of its processes, or to start it again: a file in the role's
 * folder, which the supervisor takes away when it acts. What came of it stands in the run state.
 */
import { readFileSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { writeFileAtomically } from '#cli/lib/files.ts';
import type { RoleFiles } from '#cli/lib/layout.ts';
import { errorCode } from '#service/errors.ts';

const REQUESTS = ['start', 'stop'] as const;
export type Request = (typeof REQUESTS)[number];

function requestPath({ config }: RoleFiles): string {
  return join(dirname(config), 'request');
}

export async function makeRequest(role: RoleFiles, request: Request): Promise<void> {
  await writeFileAtomically(requestPath(role), request);
}

/** The request that waits for this role, if one does. It waits no more. */
export function takeRequest(role: RoleFiles): Request | undefined {
  const request = readRequest(role);
  if (request !== undefined) rmSync(requestPath(role), { force: true });
  return REQUESTS.find((known) => known === request);
}

/** Whether a request for this role has not been taken yet. */
export function isRequestWaiting(role: RoleFiles): boolean {
  return readRequest(role) !== undefined;
}

function readRequest(role: RoleFiles): string | undefined {
  try {
    return readFileSync(requestPath(role), 'utf8');
  } catch (error) {
    if (errorCode(error) === undefined) throw error;
    return undefined;
  }
}
