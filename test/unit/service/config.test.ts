import { chmodSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { type FilePathSchema, loadConfig, parseConfig } from '#service/config.ts';
import { ConfigError } from '#service/errors.ts';
import { tempFile, tempFolder } from '../../support/temp.ts';

const schemaOf = (filePath: FilePathSchema) =>
  z.strictObject({
    origin: z.string(),
    database: filePath.optional(),
    listen: z.strictObject({ host: z.string().default('127.0.0.1'), port: z.int() }).optional(),
    peers: z.array(z.strictObject({ url: z.string(), interval_ms: z.int().min(1) })).default([]),
    named: z.record(z.string(), z.strictObject({ secret_file: filePath })).optional(),
    sink: z
      .discriminatedUnion('kind', [
        z.strictObject({ kind: z.literal('log') }),
        z.strictObject({ kind: z.literal('webhook'), target_url: z.string() }),
      ])
      .optional(),
  });

function refusal(text: string): string {
  try {
    parseConfig(text, '/etc/tecp/log.yaml', schemaOf);
  } catch (error) {
    expect(error).toBeInstanceOf(ConfigError);
    return (error as ConfigError).message;
  }
  throw new Error('expected a refusal');
}

describe('a configuration', () => {
  it('is typed, with defaults, and its relative paths start from its own folder', () => {
    const path = tempFile('log.yaml', 'origin: example.com/log\ndatabase: db/log.db\n');
    expect(loadConfig(path, schemaOf)).toEqual({
      origin: 'example.com/log',
      database: join(dirname(path), 'db/log.db'),
      peers: [],
    });
  });

  it('keeps absolute paths', () => {
    const config = parseConfig('origin: a\ndatabase: /var/log.db', '/etc/log.yaml', schemaOf);
    expect(config.database).toBe('/var/log.db');
  });

  it.each([
    ['orign: a', '"orign"; did you mean "origin"?'],
    ['origin: a\nlisten: {port: 1, hots: b}', '"listen.hots"; did you mean "host"?'],
    [
      'origin: a\npeers: [{url: a, intervalms: 1}]',
      '"peers[0].intervalms"; did you mean "interval_ms"?',
    ],
    ['origin: a\nnamed: {x: {secretfile: a}}', '"named.x.secretfile"; did you mean "secret_file"?'],
    [
      'origin: a\nsink: {kind: webhook, targeturl: a}',
      '"sink.targeturl"; did you mean "target_url"?',
    ],
  ])('refuses an unknown key and names the nearest known one: %j', (text, expected) => {
    expect(refusal(text)).toBe(`/etc/tecp/log.yaml: unknown key ${expected}`);
  });

  it('does not guess when nothing is near', () => {
    expect(refusal('origin: a\nzzzzzzzz: 1')).toBe('/etc/tecp/log.yaml: unknown key "zzzzzzzz".');
  });

  it('says which key is missing', () => {
    expect(refusal('peers: []')).toBe('/etc/tecp/log.yaml: "origin": missing; expected string.');
  });

  it('counts an empty file as an empty mapping', () => {
    expect(refusal('')).toContain('"origin": missing');
  });

  it('names the path of a wrong value', () => {
    expect(refusal('origin: a\npeers: [{url: a, interval_ms: 0}]')).toMatch(
      /"peers\[0\]\.interval_ms": too small/,
    );
  });

  it('refuses something other than a mapping', () => {
    expect(refusal('- 1')).toMatch(/^\/etc\/tecp\/log\.yaml: .*expected object/);
  });

  it.each([
    ['origin: a\norigin: b', /not valid YAML: line 2: /],
    ['origin: [a', /not valid YAML: line /],
    ['a: &x 1\norigin: *x', /not valid YAML: /],
  ])('refuses YAML that is broken, repeats a key, or uses aliases: %j', (text, expected) => {
    expect(refusal(text)).toMatch(expected);
  });

  it('says in one sentence that its file cannot be read', () => {
    const missing = join(tempFolder(), 'none.yaml');
    expect(() => loadConfig(missing, schemaOf)).toThrow(
      new ConfigError(`Cannot read the configuration ${missing}: it does not exist.`),
    );
    const folder = tempFolder();
    expect(() => loadConfig(folder, schemaOf)).toThrow(
      new ConfigError(`Cannot read the configuration ${folder}: it is a folder.`),
    );
  });

  it('refuses a file of more than a megabyte unread', () => {
    const path = tempFile('big.yaml', `#${' '.repeat(1 << 20)}`);
    chmodSync(path, 0o644);
    expect(() => loadConfig(path, schemaOf)).toThrow(/larger than 1048576 bytes/);
  });
});
