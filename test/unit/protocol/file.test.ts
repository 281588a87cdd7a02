/** Files: one newline at the end is not part of what is in them, and nothing else is taken away. */
import { describe, expect, it } from 'vitest';
import { decodeUtf8, encodeUtf8 } from '#protocol/bytes.ts';
import { fileContent } from '#protocol/file.ts';

describe('the content of a file', () => {
  it.each([
    ['', ''],
    ['{}', '{}'],
    ['{}\n', '{}'],
    ['\n', ''],
    ['{}\n\n', '{}\n'],
    ['{}\r\n', '{}\r'],
    ['\n{}', '\n{}'],
    ['{}\n ', '{}\n '],
    ['\ufeff{}\n', '\ufeff{}'],
  ])('of %j is %j', (file, content) => {
    expect(decodeUtf8(fileContent(encodeUtf8(file)))).toBe(content);
  });
});
