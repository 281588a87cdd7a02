/**
 * What each SDK's own community would run: its formatter, its linter and its tests, which have a real log to talk
 * to (TECP_TEST_LOG_URL and TECP_TEST_POLICY). The tests of the JavaScript SDK run beside ours (vitest.config.ts).
 */
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { runTool, TOOL_TIMEOUT_MS } from '#cli/lib/tool.ts';
import { type SdkName, sourceOf } from '#cli/sdk/languages.ts';
import { CARGO_ENV, GO_ENV, VENV } from '#cli/sdk/recipes.ts';
import { type TrialNetwork, withTrialNetwork } from '#cli/sdk/trial-network.ts';
import { buildAvailable } from './toolchains.ts';

interface Check {
  readonly what: string;
  readonly command: readonly string[];
  /** Whether a word on standard output means that something is wrong, as with gofmt. */
  readonly mustBeSilent?: boolean;
}

const ENVIRONMENTS: Readonly<Record<string, Record<string, string>>> = {
  go: GO_ENV,
  rs: { ...CARGO_ENV, CARGO_TERM_COLOR: 'never' },
};

const CHECKS: readonly (readonly [SdkName, readonly Check[]])[] = [
  [
    'py',
    [
      { what: 'is formatted', command: [venv('ruff'), 'format', '--check', '.'] },
      { what: 'passes its linter', command: [venv('ruff'), 'check', '.'] },
      { what: 'has types that hold', command: [venv('mypy')] },
      { what: 'passes its tests', command: [venv('pytest'), '--quiet'] },
    ],
  ],
  [
    'go',
    [
      { what: 'is formatted', command: ['gofmt', '-l', '.'], mustBeSilent: true },
      { what: 'passes its linter', command: ['go', 'vet', './...'] },
      { what: 'passes its tests', command: ['go', 'test', '-count=1', './...'] },
    ],
  ],
  [
    'rs',
    [
      { what: 'is formatted', command: ['cargo', 'fmt', '--check'] },
      {
        what: 'passes its linter',
        command: [...cargo('clippy'), '--all-targets', '--', '--deny', 'warnings'],
      },
      { what: 'passes its tests', command: cargo('test') },
    ],
  ],
];

function venv(tool: string): string {
  return join(VENV, 'bin', tool);
}

/** With optimisation, as the commands are built: so the libraries are compiled once. */
function cargo(task: string): string[] {
  return ['cargo', task, '--quiet', '--release', '--locked'];
}

const available = await buildAvailable();

for (const [sdk, checks] of CHECKS) {
  it.skipIf(!available.includes(sdk))(
    `the SDK in ${sdk} passes the tools of its language`,
    async () => {
      await withTrialNetwork(async (network) => {
        for (const check of checks) await pass(sdk, check, network);
      });
    },
    // Longer than the tools may take, so that the one that hangs is named.
    (checks.length + 1) * TOOL_TIMEOUT_MS,
  );
}

async function pass(sdk: SdkName, check: Check, network: TrialNetwork): Promise<void> {
  const { what, command, mustBeSilent = false } = check;
  const [tool, ...args] = command;
  const { ok, stdout, output } = await runTool(tool!, args, {
    cwd: sourceOf(sdk),
    env: {
      ...ENVIRONMENTS[sdk],
      TECP_TEST_LOG_URL: network.logUrl,
      TECP_TEST_POLICY: network.policyPath,
    },
  });
  const isFine = ok && !(mustBeSilent && stdout.trim() !== '');
  expect(isFine, `${sdk} ${what}: ${command.join(' ')}\n${output}`).toBe(true);
}
