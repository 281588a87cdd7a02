/** The arrows between the parts of the project run one way, as docs/ARCHITECTURE.md draws them. */
import { describe, expect, it } from 'vitest';
import { arrowsByFolder, findCircle, reach, readImports } from '#test/support/imports.ts';

const IMPORTS = readImports();

/** Imports from `folder` that lead neither into it nor to any of `allowed`. */
function strays(folder: string, ...allowed: readonly string[]): string[] {
  const isAllowed = (to: string) =>
    [folder, ...allowed].some((prefix) => to === prefix || to.startsWith(`${prefix}/`));
  return IMPORTS.filter(({ from, to }) => from.startsWith(`${folder}/`) && !isAllowed(to)).map(
    ({ from, to }) => `${from} imports ${to}`,
  );
}

const SERVERS = ['log-server', 'witness', 'monitor', 'bastion', 'explorer'];
const SDK = 'sdk/js/src';
const FOLDERS = ['shared', ...SERVERS, 'cli', 'deploy', SDK];

function straysAmongSources(folder: string, ...allowed: readonly string[]): string[] {
  return strays(folder, ...allowed).filter((line) =>
    FOLDERS.some((other) => line.includes(` imports ${other}/`)),
  );
}

it('reads the imports of every part', () => {
  for (const folder of FOLDERS.filter((name) => name !== 'deploy')) {
    expect(IMPORTS.filter(({ from }) => from.startsWith(`${folder}/`)).length).toBeGreaterThan(30);
  }
});

it('no folder has a circle among its files and subfolders', () => {
  const circles = [...arrowsByFolder(IMPORTS)].flatMap(([folder, arrows]) => {
    const circle = findCircle(arrows);
    return circle === undefined ? [] : [`${folder}: ${circle.join(' -> ')}`];
  });
  expect(circles).toEqual([]);
});

it('a circle is found where there is one', () => {
  const arrow = (from: string, to: string) => ({ from: `cli/${from}.ts`, to: `cli/${to}.ts` });
  const circles = (...imports: { from: string; to: string }[]) =>
    [...arrowsByFolder(imports).values()].map((arrows) => findCircle(arrows));
  expect(circles(arrow('a/x', 'b/x'), arrow('b/y', 'a/y'))).toEqual([['a', 'b', 'a']]);
  expect(circles(arrow('a/x', 'b'), arrow('b', 'c/x'), arrow('c/y', 'a/z'))).toEqual([
    ['a', 'b.ts', 'c', 'a'],
  ]);
  expect(circles(arrow('a', 'b/x'), arrow('b/x', 'c'), arrow('a', 'c'))).toEqual([undefined]);
});

describe('shared', () => {
  it('protocol imports nothing outside itself but its crypto libraries', () => {
    const libraries = strays('shared/protocol').filter((line) => !line.includes('imports @noble/'));
    expect(libraries).toEqual([
      'shared/protocol/crypto/openssl.ts imports node:crypto',
      'shared/protocol/crypto/sodium.ts imports node:module',
    ]);
  });

  it('client imports protocol, and service both', () => {
    expect(straysAmongSources('shared/client', 'shared/protocol')).toEqual([]);
    expect(straysAmongSources('shared/service', 'shared/protocol', 'shared/client')).toEqual([]);
  });
});

it.each(SERVERS)('%s imports no other server, nor the command line', (server) => {
  expect(straysAmongSources(server, 'shared')).toEqual([]);
});

it('the SDK imports protocol and client, and nothing imports it', () => {
  expect(straysAmongSources(SDK, 'shared/protocol', 'shared/client')).toEqual([]);
  const others = IMPORTS.filter(
    ({ from, to }) => to.startsWith('sdk/') && !from.startsWith('sdk/'),
  );
  expect(others).toEqual([]);
});

it('what the explorer means by a search runs in browsers as it is', () => {
  expect(strays('explorer/search', 'shared/protocol')).toEqual([]);
});

describe('the monitor', () => {
  it('judges without anything that reads or writes, not even by its types', () => {
    const needed = [...reach(IMPORTS, 'monitor/judge')].filter(
      (file) => !/^(monitor\/(judge|statements)|shared\/protocol)\//.test(file),
    );
    expect(needed.filter((file) => !/^(node:(crypto|module)|@noble\/.*)$/.test(file))).toEqual([
      'shared/service/evidence/evidence-record.ts',
    ]);
  });

  it('names a sink of alerts in one place alone', () => {
    const sinks = IMPORTS.filter(({ to }) => to === 'monitor/alerts/sinks/webhook.ts');
    expect(sinks.map(({ from }) => from)).toEqual(['monitor/alerts/sinks/sinks.ts']);
  });
});
