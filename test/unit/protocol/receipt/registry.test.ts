/** The policy registry: every id of the drafts, each with what a reader and a machine need. */
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import registry from '#protocol/receipt/policy-registry.json' with { type: 'json' };
import { knownPolicy } from '#protocol/receipt/registry.ts';

const document = readFileSync(
  new URL('../../../../docs/spec/policy-registry.md', import.meta.url),
  'utf8',
);

const all = Object.keys(registry.policies).map((id) => knownPolicy(id)!);

describe('the policy registry', () => {
  it.each([
    ...[
      'no_retention',
      'eu_region',
      'no_export_pii',
      'hipaa_safe',
      'ttl_5s',
      'ttl_60s',
      'ttl_300s',
    ],
    ...['key_erasure', 'no_model_training', 'audit_trail', 'mifid_compliant', 'no_front_running'],
    ...['e2e_encrypted', 'no_network', 'no_pii'],
  ])('knows %s', (id) => {
    expect(knownPolicy(id)?.id).toBe(id);
  });

  it('knows nothing else, nor the names of Object.prototype', () => {
    for (const id of ['', 'ttl_1s', 'constructor', '__proto__', 'toString']) {
      expect(knownPolicy(id)).toBeUndefined();
    }
  });

  it('describes each policy completely, ascending by id', () => {
    const ids = all.map(({ id }) => id);
    expect(ids).toEqual([...ids].sort());
    for (const { id, description, enforcement } of all) {
      expect(id).toMatch(/^[a-z0-9][a-z0-9_]{0,63}$/);
      expect(description.length).toBeGreaterThan(20);
      expect(Object.keys(registry.enforcement_types)).toContain(enforcement);
    }
  });

  it('names the policies of which tecp-strict asks for one', () => {
    const ids = all.filter(({ meetsStrict }) => meetsStrict).map(({ id }) => id);
    expect(ids).toEqual([
      ...['key_erasure', 'no_network', 'no_pii', 'no_retention'],
      ...['ttl_300s', 'ttl_5s', 'ttl_60s'],
    ]);
  });

  it('is the table of docs/spec/policy-registry.md', () => {
    for (const { id, description, enforcement, complianceTags, meetsStrict } of all) {
      const tags = complianceTags.join(', ');
      const row = `| \`${id}\` | ${description} | ${enforcement} | ${tags} | ${meetsStrict ? 'yes' : ''} |`;
      expect(document).toContain(`${row}\n`);
    }
  });
});
