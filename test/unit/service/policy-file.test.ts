import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { KEY_TYPES, makeSignerKey } from '#protocol/note/key.ts';
import { MAX_POLICY_BYTES } from '#protocol/policy/policy.ts';
import { ConfigError } from '#service/errors.ts';
import { readPolicyFile } from '#service/policy-file.ts';
import { tempFolder } from '../../support/temp.ts';

const LOG = makeSignerKey('log.example', KEY_TYPES.ed25519, new Uint8Array(32).fill(1)).verifier
  .text;

function failure(path: string): string {
  try {
    readPolicyFile(path);
  } catch (error) {
    if (error instanceof ConfigError) return error.message;
    throw error;
  }
  throw new Error('the policy was taken');
}

describe('a policy file', () => {
  it('is given parsed and verbatim', () => {
    const path = join(tempFolder(), 'policy.txt');
    writeFileSync(path, '# mine\nquorum none\n');
    expect(readPolicyFile(path)).toMatchObject({
      text: '# mine\nquorum none\n',
      policy: { quorum: 'none' },
    });
  });

  it('that cannot be used is refused in one sentence that names it', () => {
    const folder = tempFolder();
    const path = join(folder, 'policy.txt');
    expect(failure(path)).toBe(`Cannot read the policy ${path}: it does not exist.`);
    expect(failure(folder)).toBe(`Cannot read the policy ${folder}: it is a folder.`);
    writeFileSync(path, 'quorum\n');
    expect(failure(path)).toMatch(/^.* is not a policy: .*line 1.*\.$/);
    writeFileSync(path, Buffer.from([0xff, 10]));
    expect(failure(path)).toMatch(/is not a policy: not valid UTF-8\.$/);
    writeFileSync(path, `log ${LOG} http://[\nquorum none\n`);
    expect(failure(path)).toMatch(/is not a policy to work by: "http:\/\/\[" is no URL\.$/);
    writeFileSync(path, `log ${LOG} http://u:secret@log.example\nquorum none\n`);
    expect(failure(path)).toMatch(/by: a URL in it has a user or a password, and a .*\.$/);
  });

  it('is read to its cap and not beyond, also where its size is not known before', () => {
    const path = join(tempFolder(), 'policy.txt');
    writeFileSync(path, Buffer.alloc(MAX_POLICY_BYTES + 1, '#'));
    expect(failure(path)).toMatch(/is larger than 1048576 bytes\.$/);
    expect(failure('/dev/zero')).toMatch(/is larger than 1048576 bytes\.$/);
  });
});
