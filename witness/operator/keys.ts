/** The keys of a witness: what an operator may ask of them, add and retire. */
import type { Hono } from 'hono';
import { z } from 'zod';
import { parseVerifierKey, type VerifierKey } from '#protocol/note/key.ts';
import { readCommand } from '#service/operator.ts';
import type { KnownKey } from '../keys/key-table.ts';
import { addKey, retireKey } from '../keys/ring.ts';
import { describeSource, isAgentKey } from '../keys/sources.ts';
import type { OperatorParts } from './parts.ts';

const verifierKey = z.string().transform((text, context): VerifierKey => {
  try {
    const key = parseVerifierKey(text);
    if (isAgentKey(key)) return key;
    context.addIssue('not an Ed25519 cosignature key');
  } catch {
    context.addIssue('not a verifier key');
  }
  return z.NEVER;
});

const addSchema = z.strictObject({
  source: z.union([
    z.string().min(1),
    z.strictObject({ ssh_agent: z.string().min(1), vkey: verifierKey }),
  ]),
});
const retireSchema = z.strictObject({ id: z.string().regex(/^[0-9a-f]{8}$/, 'not a key ID') });

export interface ListedKey {
  readonly id: string;
  readonly vkey: string;
  /** Where it is: the configuration, a file, or an ssh-agent. */
  readonly source: string;
  /** Unix milliseconds. */
  readonly added_at?: number;
  readonly retired_at?: number;
}

export function addKeyRoutes(app: Hono, { state, running, logger, now }: OperatorParts): void {
  const parts = { table: state.keys, logger, now };
  app.get('/keys', (c) => c.json(state.keys.all().map(listed)));
  app.post('/keys/add', async (c) => {
    const { source } = await readCommand(c, addSchema);
    const key = await addKey(source, parts);
    running?.ring.refresh();
    return c.json(listed(key));
  });
  app.post('/keys/retire', async (c) => {
    const { id } = await readCommand(c, retireSchema);
    const key = retireKey(id, parts);
    running?.ring.refresh();
    return c.json(listed(key));
  });
}

function listed({ key, source, addedAtMs, retiredAtMs }: KnownKey): ListedKey {
  return {
    id: key.id,
    vkey: key.text,
    source: source === undefined ? 'configuration' : describeSource(source),
    ...(addedAtMs === undefined ? {} : { added_at: addedAtMs }),
    ...(retiredAtMs === undefined ? {} : { retired_at: retiredAtMs }),
  };
}
