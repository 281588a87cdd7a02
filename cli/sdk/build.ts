/**
 * Builds the SDKs with the ordinary tools of their languages, into `.sdk/`: what the toolchains of this machine
 * allow.
 */
import { mkdirSync } from 'node:fs';
import { BIN, type SdkName } from './languages.ts';
import { withBuildLock } from './lock.ts';
import { BuildError, RECIPES } from './recipes.ts';
import type { Missing, Toolchain } from './toolchains.ts';

export interface BuildResult {
  readonly sdk: SdkName;
  /** What built it, or what is missing for that. */
  readonly toolchain: Toolchain | Missing;
  /** The tool's own words, when it failed. */
  readonly failure?: string;
  readonly seconds: number;
}

/** Builds these, one after another; `onStep` is told what is being done. */
export async function buildSdks(
  only: readonly SdkName[],
  onStep: (text: string) => void,
): Promise<BuildResult[]> {
  const results: BuildResult[] = [];
  await withBuildLock(
    async () => {
      for (const sdk of only) {
        onStep(`building ${sdk}`);
        results.push(await buildSdk(sdk));
      }
    },
    () => onStep('waiting for another build'),
  );
  return results;
}

async function buildSdk(sdk: SdkName): Promise<BuildResult> {
  const { find, build } = RECIPES[sdk];
  const startMs = performance.now();
  const toolchain = await find();
  const result = () => ({ sdk, toolchain, seconds: (performance.now() - startMs) / 1000 });
  if ('missing' in toolchain) return result();
  mkdirSync(BIN, { recursive: true });
  try {
    await build(toolchain);
  } catch (error) {
    if (!(error instanceof BuildError)) throw error;
    return { ...result(), failure: error.message };
  }
  return result();
}
