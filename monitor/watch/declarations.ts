/**
 * What logs and witnesses say of themselves: the keys that they list, and the policy that a log
 * publishes under; and whether a log says that it is frozen. Whoever has no such page says nothing; whatever has not the form of one is nothing.
 */
import { get, type HttpOptions, parseJsonObject, RemoteError } from '#client/http.ts';
import { decodeUtf8 } from '#protocol/bytes.ts';
import { ProtocolError } from '#protocol/errors.ts';
import { parseVerifierKey } from '#protocol/note/key.ts';
import { type Policy, parsePolicy } from '#protocol/policy/policy.ts';
import type { DeclaredKey } from '../judge/declared.ts';

const MAX_BYTES = 1 << 20;
/** More keys than anybody has. */
const MAX_KEYS = 256;

export async function keysOfLog(
  url: string,
  origin: string,
  http: HttpOptions,
): Promise<DeclaredKey[] | undefined> {
  const text = await page(`${url}/.well-known/tecp-log-jwks`, http);
  const listed = parseJsonObject(text ?? '')?.keys;
  if (!Array.isArray(listed)) return undefined;
  return keysIn(listed.filter((key) => key?.origin === origin));
}

export async function policyOfLog(url: string, http: HttpOptions): Promise<Policy | undefined> {
  const text = await page(`${url}/v1/log/policy`, http);
  if (text === undefined) return undefined;
  try {
    return parsePolicy(text);
  } catch (error) {
    if (error instanceof ProtocolError) return undefined;
    throw error;
  }
}

/** Whether it says that it takes no entry ever again. */
export async function isFrozenLog(url: string, http: HttpOptions): Promise<boolean> {
  const text = await page(`${url}/v1/log/sth`, http);
  return parseJsonObject(text ?? '')?.frozen === true;
}

/** By its `/metadata`, or by its own page. */
export async function keysOfWitness(
  url: string,
  http: HttpOptions,
): Promise<DeclaredKey[] | undefined> {
  for (const path of ['/metadata', '/']) {
    const found = parseJsonObject((await page(`${url}${path}`, http)) ?? '');
    const listed = found?.keys ?? found?.vkeys;
    const keys = Array.isArray(listed) ? keysIn(listed) : undefined;
    if (keys !== undefined) return keys;
  }
  return undefined;
}

/** Undefined for a list in which there is none: it is of another kind. */
function keysIn(listed: readonly unknown[]): DeclaredKey[] | undefined {
  const keys = listed.slice(0, MAX_KEYS).flatMap(keyIn);
  return keys.length > 0 ? keys : undefined;
}

/** A verifier key, or an object that has one. */
function keyIn(listed: unknown): DeclaredKey[] {
  const { vkey, retired_at: retiredAt } = membersOf(listed);
  try {
    const { text } = parseVerifierKey(String(vkey));
    const retiredAtMs = typeof retiredAt === 'number' ? retiredAt : undefined;
    return [{ vkey: text, isRetired: retiredAtMs !== undefined, retiredAtMs }];
  } catch (error) {
    if (error instanceof ProtocolError) return [];
    throw error;
  }
}

function membersOf(listed: unknown): Record<string, unknown> {
  const isObject = typeof listed === 'object' && listed !== null;
  return isObject ? (listed as Record<string, unknown>) : { vkey: listed };
}

/** Undefined when there is no such page. Rejects with `RemoteError` when nobody answers. */
async function page(url: string, http: HttpOptions): Promise<string | undefined> {
  try {
    return decodeUtf8(await get(url, { ...http, maxBytes: MAX_BYTES }));
  } catch (error) {
    if (error instanceof ProtocolError) return undefined;
    if (error instanceof RemoteError && error.kind === 'status') return undefined;
    throw error;
  }
}
