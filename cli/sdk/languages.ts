/**
 * The four SDKs and where their programs are once they are built: below `.sdk/` of the source repository,
 * which git ignores. The SDKs are no part of the installed package.
 */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { unusable } from '#cli/lib/errors.ts';

export const ROOT = fileURLToPath(new URL('../..', import.meta.url));
/** Whatever is built; may be removed at any time while nothing of it runs. */
export const BUILT = join(ROOT, '.sdk');
export const BIN = join(BUILT, 'bin');

export const SDK_NAMES = ['js', 'py', 'go', 'rs'] as const;
export type SdkName = (typeof SDK_NAMES)[number];

/** What each SDK is asked for: docs/spec/verifier.md, its quick start, and its benchmark. */
export type ProgramKind = 'verify' | 'quickstart' | 'bench';

export function programPath(kind: ProgramKind, sdk: SdkName): string {
  return join(BIN, `tecp-${kind}-${sdk}`);
}

export function sourceOf(sdk: SdkName): string {
  return join(ROOT, 'sdk', sdk);
}

/** Those whose command to verify is there, in the order of `SDK_NAMES`. */
export function builtSdks(): SdkName[] {
  return SDK_NAMES.filter((sdk) => existsSync(programPath('verify', sdk)));
}

/** Refuses to go on in the installed package, which has no sources of the SDKs. */
export function demandSources(): void {
  if (existsSync(join(ROOT, 'sdk/vectors'))) return;
  throw unusable('The SDKs are in the source repository: use "./tecp sdk" there.');
}
