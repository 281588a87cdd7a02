/**
 * One YAML file per role becomes one typed, fully checked configuration.
 *
 * Unknown keys are refused, naming the nearest known one; relative paths are resolved against the
 * configuration file's own folder, so a process may be started from anywhere. Every failure is a
 * `ConfigError` of one sentence. Secrets are never values in this file, only paths to files.
 */
import { dirname, resolve } from 'node:path';
import { parseDocument } from 'yaml';
import { z } from 'zod';
import { nearestName } from '#protocol/nearest.ts';
import { readBoundedFile } from './bounded-file.ts';
import { ConfigError, sentence } from './errors.ts';
import { knownKeysAt } from './known-keys.ts';

const MAX_CONFIG_BYTES = 1 << 20;

/** Schema of a path to a file or folder; parses to an absolute path. */
export type FilePathSchema = z.ZodType<string>;

/**
 * Reads, parses and validates the file at `path`. The schema is built by a function because it
 * needs to know the folder that relative paths start from:
 *
 *     loadConfig(path, (filePath) => z.strictObject({ database: filePath, key: filePath }))
 */
export function loadConfig<T>(
  path: string,
  schemaOf: (filePath: FilePathSchema) => z.ZodType<T>,
): T {
  return parseConfig(
    readBoundedFile(path, 'the configuration', MAX_CONFIG_BYTES).toString(),
    path,
    schemaOf,
  );
}

/** As `loadConfig`, for text that is already in memory; `path` names it and anchors its paths. */
export function parseConfig<T>(
  text: string,
  path: string,
  schemaOf: (filePath: FilePathSchema) => z.ZodType<T>,
): T {
  const folder = dirname(resolve(path));
  const filePath = z
    .string()
    .min(1)
    .transform((value) => resolve(folder, value));
  const schema = schemaOf(filePath);
  const result = schema.safeParse(parseYaml(text, path));
  if (result.success) return result.data;
  throw new ConfigError(sentence(`${path}: ${describeIssue(schema, result.error)}`));
}

function parseYaml(text: string, path: string): unknown {
  const document = parseDocument(text, { prettyErrors: false, uniqueKeys: true });
  const first = document.errors[0];
  if (first !== undefined) {
    const line = text.slice(0, first.pos[0]).split('\n').length;
    throw new ConfigError(`${path} is not valid YAML: line ${line}: ${first.message}.`);
  }
  try {
    return document.toJS({ maxAliasCount: 0 }) ?? {};
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new ConfigError(`${path} is not valid YAML: ${reason}.`);
  }
}

/** The most helpful issue in words: a misspelt key explains the missing one beside it. */
function describeIssue(schema: z.ZodType, error: z.ZodError): string {
  const unknown = error.issues.find((issue) => issue.code === 'unrecognized_keys');
  if (unknown !== undefined) {
    const key = unknown.keys[0] ?? '';
    return `unknown key "${dotted([...unknown.path, key])}"${keyHint(schema, unknown.path, key)}`;
  }
  const issue = error.issues[0];
  if (issue === undefined) return 'not a valid configuration';
  const where = issue.path.length === 0 ? '' : `"${dotted(issue.path)}": `;
  const missing = issue.code === 'invalid_type' && issue.message.endsWith('received undefined');
  return where + (missing ? `missing; expected ${issue.expected}` : lowerFirst(issue.message));
}

/** What was meant: a key of the file itself that stands too deep, or one that is spelt much the same. */
function keyHint(schema: z.ZodType, path: readonly PropertyKey[], key: string): string {
  if (path.length > 0 && knownKeysAt(schema, []).includes(key)) {
    return `; "${key}" belongs at the top level of the file`;
  }
  const nearest = nearestName(key, knownKeysAt(schema, path));
  return nearest === undefined ? '' : `; did you mean "${nearest}"?`;
}

function dotted(path: readonly PropertyKey[]): string {
  return path
    .map((part) => (typeof part === 'number' ? `[${part}]` : `.${String(part)}`))
    .join('')
    .replace(/^\./, '');
}

function lowerFirst(text: string): string {
  return text.slice(0, 1).toLowerCase() + text.slice(1);
}
