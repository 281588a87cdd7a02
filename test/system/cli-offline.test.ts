/** Commands that need no network: keys, evidence, help. */
import { spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { randomBytes } from '#crypto';
import {
  encodeEvidence,
  formatEvidenceFile,
  proveCosignedBackwards,
  proveSameSizeFork,
} from '#protocol/evidence/evidence.ts';
import { asHash } from '#protocol/merkle/hash.ts';
import { signCheckpoint } from '#protocol/note/checkpoint.ts';
import { cosign } from '#protocol/note/cosignature.ts';
import { KEY_TYPES, makeSignerKey, parseSignerKey, parseVerifierKey } from '#protocol/note/key.ts';
import { formatNote, parseNote } from '#protocol/note/note.ts';
import { type CommandResult, TECP, tecp } from '#test/support/cli.ts';
import { childEnvironment } from '#test/support/processes.ts';
import { tempFolder } from '#test/support/temp.ts';

const cwd = tempFolder();
const path = (name: string): string => join(cwd, name);
const read = (name: string): Buffer => readFileSync(path(name));
const here = (args: string[], input?: Uint8Array | string): Promise<CommandResult> =>
  tecp(args, input === undefined ? { cwd } : { cwd, input });

describe('tecp keygen and evidence', () => {
  it('makes keys of every type: private in the file, never overwritten, the verifier key printed', async () => {
    for (const [type, number] of [
      ['log', 1],
      ['witness', 4],
      ['witness-mldsa', 6],
      ['issuer', 1],
    ] as const) {
      const args = [
        'keygen',
        '--type',
        type,
        '--name',
        `example.com/${type}`,
        '--out',
        `${type}.key`,
      ];
      const { code, stdout } = await here(args);
      expect(code).toBe(0);
      const key = parseSignerKey(read(`${type}.key`).toString().trimEnd());
      expect(parseVerifierKey(stdout.toString().trimEnd())).toEqual(key.verifier);
      expect(key.verifier.type).toBe(number);
      expect(await here(args)).toMatchObject({ code: 2 });
    }
    const bad = ['keygen', '--type', 'log', '--name', 'a b', '--out', 'bad.key'];
    expect(await here(bad)).toMatchObject({ code: 2 });
  });

  it('judges evidence offline: proven with whom it accuses, not proven, or unreadable', async () => {
    const logKey = makeSignerKey('log.example', KEY_TYPES.ed25519, randomBytes(32));
    writeFileSync(path('policy.txt'), `log ${logKey.verifier.text}\nquorum none\n`);
    const trust = ['--policy', 'policy.txt'];
    const sign = (root: number) =>
      signCheckpoint(
        {
          origin: logKey.verifier.name,
          size: 5,
          root: asHash(new Uint8Array(32).fill(root)),
          extensions: [],
        },
        logKey,
      );
    const [evidence] = proveSameSizeFork(sign(1), sign(2), [logKey.verifier]);
    const bytes = encodeEvidence(evidence!);
    writeFileSync(path('evidence.json'), bytes);
    const proven = await here(['evidence', 'verify', 'evidence.json', ...trust]);
    expect(proven.code).toBe(0);
    expect(proven.stdout.toString()).toMatch(/^PROVEN: /);
    expect(proven.stdout.toString()).toContain('trusts this key as a log');
    for (const end of ['\n', '\n\n', '\r\n']) {
      const { code } = await here(
        ['evidence', 'verify', '-'],
        Buffer.concat([bytes, Buffer.from(end)]),
      );
      expect({ end, code }).toEqual({ end, code: end === '\n' ? 0 : 2 });
    }
    const other = makeSignerKey('other.example', KEY_TYPES.ed25519, new Uint8Array(32).fill(7));
    const text = Buffer.from(bytes).toString().replace(logKey.verifier.text, other.verifier.text);
    const unproven = await here(['evidence', 'verify', '-', ...trust, '--json'], text);
    expect(unproven.code).toBe(1);
    expect(JSON.parse(unproven.stdout.toString())).toMatchObject({
      proven: false,
      in_policy: null,
    });
    expect(await here(['evidence', 'verify', 'policy.txt'])).toMatchObject({ code: 2 });
  });

  it('calls a smaller tree cosigned later an anomaly, which convicts nobody', async () => {
    const log = makeSignerKey('log.example', KEY_TYPES.ed25519, new Uint8Array(32).fill(1));
    const type = KEY_TYPES.cosignatureEd25519;
    const witness = makeSignerKey('witness.example', type, new Uint8Array(32).fill(2));
    const cosigned = (size: number, timeSeconds: number): string => {
      const root = asHash(new Uint8Array(32).fill(size));
      const { text } = parseNote(
        signCheckpoint({ origin: 'log.example', size, root, extensions: [] }, log),
      );
      return formatNote({ text, signatures: [cosign(text, witness, timeSeconds)] });
    };
    const evidence = proveCosignedBackwards(cosigned(7, 1000), cosigned(5, 2000), [
      witness.verifier,
    ]);
    const seen = {
      what: 'second',
      where: 'https://w.example',
      atMs: 5000,
      by: 'm.example',
    } as const;
    const file = formatEvidenceFile({ evidence: evidence[0]!, sightings: [seen] });
    writeFileSync(path('anomaly.json'), file);
    const { code, stdout } = await here(['evidence', 'verify', 'anomaly.json']);
    expect(code).toBe(3);
    expect(stdout.toString()).toMatch(/^ANOMALY: /);
    expect(stdout.toString()).not.toMatch(/PROVEN|accused|lied/);
    expect(stdout.toString()).toContain(
      'second, at https://w.example, 1970-01-01T00:00:05.000Z, says m.example',
    );
    const json = await here(['evidence', 'verify', 'anomaly.json', '--json']);
    expect(json.code).toBe(3);
    expect(JSON.parse(json.stdout.toString())).toMatchObject({
      standing: 'anomaly',
      sightings: [{ at: 5000, by: 'm.example', what: 'second', where: 'https://w.example' }],
    });
  });
});

describe('tecp --help', () => {
  it('answers wrong usage with what is wrong, what may have been meant, and where that is explained', async () => {
    const lines = async (...args: string[]): Promise<string[]> => {
      const { code, stdout, stderr } = await here(args);
      expect({ code, text: stdout.toString() }).toEqual({ code: 2, text: '' });
      return stderr.trimEnd().split('\n');
    };
    const see = (path: string) =>
      expect.stringMatching(new RegExp(`^tecp: see: \\S*tecp ${path}--help$`));
    expect(await lines('nonsense')).toEqual(["tecp: unknown command 'nonsense'.", see('')]);
    expect(await lines('verfy')).toEqual([
      "tecp: unknown command 'verfy'. Did you mean verify?",
      see(''),
    ]);
    expect(await lines('receipt', 'craete')).toEqual([
      "tecp: unknown command 'craete'. Did you mean create?",
      see('receipt '),
    ]);
    for (const family of ['log', 'bench', 'torture']) {
      const said = ["tecp: unknown command 'nonsense'.", see(`${family} `)];
      expect(await lines(family, 'nonsense')).toEqual(said);
    }
    expect((await lines('bench', 'all', 'x'))[0]).toMatch(/^tecp: too many arguments for 'all'/);
    expect(await lines('verify', '--isuer', 'k', 'r')).toEqual([
      "tecp: unknown option '--isuer'. Did you mean --issuer?",
      see('verify '),
    ]);
    expect(await lines('run')).toEqual(["tecp: missing required argument 'command'.", see('run ')]);
    expect((await lines('logs', '-n', 'x'))[0]).toMatch(/is invalid\. Expected a number [^.]+\.$/);
  });

  it('says that the folder is gone in which it was called', async () => {
    const gone = `mkdir gone && cd gone && rmdir ../gone && '${TECP}' keygen --type log --name a --out k`;
    const { status, stderr } = spawnSync('sh', ['-c', gone], {
      cwd,
      encoding: 'utf8',
      env: { ...childEnvironment(), TECP_NODE: process.execPath },
    });
    expect({ status, last: stderr.trimEnd().split('\n').at(-1) }).toEqual({
      status: 2,
      last: 'tecp: The folder that you are in is gone.',
    });
  });

  it('shows examples for every command, with exit code 0', async () => {
    const top = await here(['--help']);
    expect(top.code).toBe(0);
    const names = [...top.stdout.toString().matchAll(/^ {2}([a-z]+) {2,}/gm)].map(
      ([, name]) => name!,
    );
    expect(names).toEqual(expect.arrayContaining(['up', 'down', 'run', 'verify', 'audit', 'test']));
    const commands = names.filter((name) => name !== 'help' && name !== 'test');
    for (const command of [...commands, 'receipt create', 'key show', 'policy build']) {
      const { code, stdout } = await here([...command.split(' '), '--help']);
      expect({ command, code }).toEqual({ command, code: 0 });
      expect(stdout.toString()).toMatch(/Examples?:\n {2}\$ /);
    }
  });
});
