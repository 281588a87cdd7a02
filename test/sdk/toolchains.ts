/**
 * The SDKs that this machine has the tools for, built: the others are skipped aloud, or fail the tests where
 * `TECP_REQUIRE_GO`, `TECP_REQUIRE_PYTHON` or `TECP_REQUIRE_RUST` demands them.
 */
import { type BuildResult, buildSdks } from '#cli/sdk/build.ts';
import { SDK_NAMES, type SdkName } from '#cli/sdk/languages.ts';
import { isAvailable } from '#test/conformance/tool.ts';

const VARIABLES: Readonly<Record<SdkName, string>> = {
  js: 'TECP_REQUIRE_NODE',
  py: 'TECP_REQUIRE_PYTHON',
  go: 'TECP_REQUIRE_GO',
  rs: 'TECP_REQUIRE_RUST',
};

/**
 * Builds what can be built, if another test file has not done so, and returns what there is. Throws with the
 * tool's own words when a build fails.
 */
export async function buildAvailable(): Promise<SdkName[]> {
  const results = await buildSdks(SDK_NAMES, () => undefined);
  const failed = results.find(({ failure }) => failure !== undefined);
  if (failed !== undefined) throw new Error(failed.failure);
  return results.filter(isBuilt).map(({ sdk }) => sdk);
}

function isBuilt({ sdk, toolchain }: BuildResult): boolean {
  const missing = 'missing' in toolchain;
  return isAvailable(missing ? `${sdk}: ${toolchain.missing}` : sdk, !missing, VARIABLES[sdk]);
}
