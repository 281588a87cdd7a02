/** The manifests of deploy/kubernetes fit the program and one another, and give no pod more than it needs. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parse, parseAllDocuments } from 'yaml';
import { explorerConfigSchema } from '#explorer/config.ts';
import { logServerConfigSchema } from '#log-server/config.ts';
import { parsePostgresUrl } from '#log-server/store/postgres/url.ts';
import { monitorConfigSchema } from '#monitor/config.ts';
import { parsePolicy } from '#protocol/policy/policy.ts';
import { loadConfig } from '#service/config.ts';
import { ROOT } from '#test/unit/docs/markdown.ts';
import { witnessConfigSchema } from '#witness/config.ts';

const FOLDER = join(ROOT, 'deploy/kubernetes');
/** As in deploy/Dockerfile. */
const USER = 10_001;
/** How long a server takes to drain, at most: `runService` in shared/service/lifecycle.ts. */
const DRAIN_SECONDS = 30;

interface Mount {
  readonly name: string;
  readonly mountPath: string;
}

interface Container {
  readonly name: string;
  readonly image: string;
  readonly args?: readonly string[];
  readonly command?: readonly string[];
  readonly ports?: readonly { readonly name: string; readonly containerPort: number }[];
  readonly securityContext: unknown;
  readonly resources: { readonly limits: { readonly memory: string } };
  readonly volumeMounts: readonly Mount[];
  readonly readinessProbe?: { readonly httpGet: unknown };
  readonly livenessProbe?: { readonly httpGet: unknown };
}

interface Pod {
  readonly automountServiceAccountToken: boolean;
  readonly securityContext: unknown;
  readonly terminationGracePeriodSeconds?: number;
  readonly initContainers?: readonly Container[];
  readonly containers: readonly Container[];
  readonly volumes: readonly { readonly name: string }[];
}

interface Manifest {
  readonly kind: string;
  readonly metadata: { readonly name: string; readonly namespace?: string };
  // biome-ignore lint/suspicious/noExplicitAny: of each kind another
  readonly spec: any;
}

function manifestsOf(folder: string): Manifest[] {
  const files = readdirSync(join(FOLDER, folder)).filter((name) => /\.yaml$/.test(name));
  return files
    .filter((name) => name !== 'kustomization.yaml')
    .flatMap((name) => parseAllDocuments(readFileSync(join(FOLDER, folder, name), 'utf8')))
    .map((document) => document.toJS() as Manifest);
}

const SERVERS = manifestsOf('servers');
const ALL = ['base', 'init', 'servers'].flatMap(manifestsOf);
const PODS: [string, Pod][] = ALL.filter(({ kind }) => /^(StatefulSet|Job)$/.test(kind)).map(
  ({ metadata, spec }) => [metadata.name, spec.template.spec],
);

describe('the manifests for Kubernetes', () => {
  const config = (name: string) => join(FOLDER, 'base/config', name);
  const log = loadConfig(config('log.yaml'), logServerConfigSchema);
  const witness = loadConfig(config('witness.yaml'), witnessConfigSchema);
  const monitor = loadConfig(config('monitor.yaml'), monitorConfigSchema);
  const explorer = loadConfig(config('explorer.yaml'), explorerConfigSchema);
  const servers = { log, witness, monitor, explorer };
  const policy = parsePolicy(readFileSync(config('policy.txt'), 'utf8'));

  it('are all of those that the kustomizations name, in one namespace', () => {
    for (const folder of ['base', 'init', 'servers']) {
      const { resources } = parse(readFileSync(join(FOLDER, folder, 'kustomization.yaml'), 'utf8'));
      const files = readdirSync(join(FOLDER, folder)).filter((name) => /\.yaml$/.test(name));
      expect(resources.filter((name: string) => name !== '../base').sort()).toEqual(
        files.filter((name) => name !== 'kustomization.yaml'),
      );
    }
    for (const { kind, metadata } of ALL) {
      expect(kind === 'Namespace' ? metadata.name : metadata.namespace, metadata.name).toBe('tecp');
    }
  });

  it('have configurations that belong together, with a database that is asked who it is', () => {
    const [{ key, url } = { key: undefined, url: undefined }] = policy.logs;
    expect(witness.logs[0]?.keys[0]?.text).toBe(key?.text);
    expect(witness.logs[0]?.url).toBe(url);
    expect(new URL(url!).pathname).toBe(log.logs[0]!.path);
    expect(explorer.logs.map((one) => one.url)).toEqual([url]);
    const ingress = SERVERS.find(
      ({ kind, metadata }) => kind === 'Ingress' && metadata.name === 'log',
    );
    expect(ingress!.spec.rules[0].host).toBe(new URL(url!).hostname);
    const known = policy.witnesses.map(({ key }) => key.text);
    for (const { text } of witness.peers.flatMap(({ vkeys }) => vkeys))
      expect(known).toContain(text);
    expect(parsePostgresUrl(log.logs[0]!.database)).toMatchObject({
      sslMode: 'verify-full',
      sslRootCert: '/etc/postgres/ca.crt',
    });
  });

  it.each(Object.entries(servers))('have the ports of the configuration: %s', (name, server) => {
    const [pod] = PODS.filter(([of]) => of === name).map(([, found]) => found);
    const [container] = pod!.containers;
    expect(container!.args).toEqual([name, '--config', `/etc/tecp/${name}.yaml`]);
    const ports = new Map(container!.ports!.map((port) => [port.name, port.containerPort]));
    expect(ports.get('http')).toBe(server.listen.port);
    expect(ports.get('metrics')).toBe(server.metrics?.port);
    if (name === 'log') expect(ports.get('handover')).toBe(log.handover.port);
    for (const { host } of [server.listen, server.metrics!, log.handover]) {
      expect(host).toBe('0.0.0.0');
    }
    const service = SERVERS.find((one) => one.kind === 'Service' && one.metadata.name === name);
    expect(service!.spec.ports).toEqual([
      { name: 'http', port: server.listen.port, targetPort: 'http' },
    ]);
    const probe = { path: '/healthz', port: 'http' };
    expect(container!.readinessProbe!.httpGet).toEqual(probe);
    expect(container!.livenessProbe!.httpGet).toEqual(probe);
    expect(pod!.terminationGracePeriodSeconds).toBeGreaterThan(DRAIN_SECONDS);
  });

  it.each(PODS)('give %s no root, no rights, no writable root and a limit', (_, pod) => {
    expect(pod.automountServiceAccountToken).toBe(false);
    expect(pod.securityContext).toEqual({
      runAsNonRoot: true,
      runAsUser: USER,
      runAsGroup: USER,
      fsGroup: USER,
      fsGroupChangePolicy: 'OnRootMismatch',
      seccompProfile: { type: 'RuntimeDefault' },
    });
    for (const container of [...(pod.initContainers ?? []), ...pod.containers]) {
      expect(container.securityContext).toEqual({
        allowPrivilegeEscalation: false,
        readOnlyRootFilesystem: true,
        capabilities: { drop: ['ALL'] },
      });
      expect(container.resources.limits.memory).toMatch(/^\d+[MG]i$/);
      const { version } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8'));
      expect(container.image).toBe(`tecp:${version}`);
    }
  });

  it.each(PODS)('mount in %s what its configuration names', (name, pod) => {
    const volumes = pod.volumes.map((volume) => volume.name);
    const claims = SERVERS.find(({ kind, metadata }) => {
      return kind === 'StatefulSet' && metadata.name === name;
    })?.spec.volumeClaimTemplates;
    for (const claim of claims ?? []) volumes.push(claim.metadata.name);
    const mounts = pod.containers[0]!.volumeMounts;
    for (const mount of mounts) expect(volumes, name).toContain(mount.name);
    const role = name.replace('init-', '');
    const text = readFileSync(config(`${role}.yaml`), 'utf8');
    const paths = Array.from(
      text.matchAll(/(?<=[ =[])\/(?:var|run|etc)\/[\w./-]+/g),
      ([path]) => path,
    );
    expect(paths.length).toBeGreaterThan(0);
    for (const path of paths) {
      expect(
        mounts.some(({ mountPath }) => path.startsWith(`${mountPath}/`)),
        path,
      ).toBe(true);
    }
  });

  it('run several pods of the log and one witness, whose volume is for one pod', () => {
    const of = (kind: string, name: string) =>
      ALL.find((one) => one.kind === kind && one.metadata.name === name)!.spec;
    expect(of('StatefulSet', 'log').replicas).toBeGreaterThan(1);
    expect(of('PodDisruptionBudget', 'log').maxUnavailable).toBe(1);
    expect(of('StatefulSet', 'witness').replicas).toBe(1);
    const claims = ['witness', 'monitor', 'explorer'].map((name) =>
      of('PersistentVolumeClaim', name),
    );
    claims.push(of('StatefulSet', 'log').volumeClaimTemplates[0].spec);
    for (const { accessModes } of claims) expect(accessModes).toEqual(['ReadWriteOncePod']);
  });
});
