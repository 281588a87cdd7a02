/** What an operator may name as a bucket, and what the environment has to say. */
import { describe, expect, it } from 'vitest';
import { ConfigError } from '#service/errors.ts';
import { openPublicFiles } from '#service/public-files/open-public-files.ts';
import { s3Location } from '#service/public-files/s3/location.ts';
import { refusalOf } from '#service/public-files/s3/refusal.ts';

const KEYS = { AWS_ACCESS_KEY_ID: 'id', AWS_SECRET_ACCESS_KEY: 'secret' };
const AT_AWS = { ...KEYS, AWS_REGION: 'eu-central-1' };

describe('a bucket', () => {
  it('is a part of the host at AWS, and of the path at an endpoint and where its name has dots', () => {
    const urlOf = (place: string, environment: Record<string, string>) =>
      s3Location(place, environment).url;
    expect(urlOf('s3://logs/a/b', AT_AWS)).toBe('https://logs.s3.eu-central-1.amazonaws.com/');
    expect(urlOf('s3://my.logs', AT_AWS)).toBe('https://s3.eu-central-1.amazonaws.com/my.logs/');
    const endpoint = { ...KEYS, AWS_ENDPOINT_URL: 'http://127.0.0.1:9000/' };
    expect(urlOf('s3://logs', endpoint)).toBe('http://127.0.0.1:9000/logs/');
    const both = { ...endpoint, AWS_ENDPOINT_URL_S3: 'https://s3.example/x' };
    expect(urlOf('s3://logs', both)).toBe('https://s3.example/x/logs/');
  });

  it('has a prefix, or none', () => {
    expect(s3Location('s3://logs', AT_AWS)).toMatchObject({ prefix: '', name: 's3://logs' });
    expect(s3Location('s3://logs/', AT_AWS)).toMatchObject({ prefix: '', name: 's3://logs' });
    expect(s3Location('s3://logs/a/2026.1/', AT_AWS)).toMatchObject({ prefix: 'a/2026.1/' });
  });

  it.each([
    's3://',
    's3://ab',
    's3://Logs',
    's3://logs//a',
    's3://logs/../a',
    's3://logs/a/.',
    's3://logs/a b',
    's3://logs/a?b',
    's3://user:secret@logs',
    `s3://logs/${'a'.repeat(600)}`,
  ])('is not named by %s', (place) => {
    expect(() => s3Location(place, AT_AWS)).toThrow(ConfigError);
  });

  it('needs credentials and a region, which no message repeats', () => {
    const { AWS_REGION: _, ...without } = AT_AWS;
    expect(() => s3Location('s3://logs', without)).toThrow(/AWS_REGION/);
    for (const name of Object.keys(KEYS)) {
      expect(() => s3Location('s3://logs', { ...AT_AWS, [name]: '' })).toThrow(name);
    }
    for (const endpoint of ['s3.example', 'ftp://s3.example', 'https://user:secret@s3.example']) {
      const environment = { ...AT_AWS, AWS_ENDPOINT_URL: endpoint };
      expect(() => s3Location('s3://logs', environment)).toThrow(ConfigError);
      expect(() => s3Location('s3://logs', environment)).not.toThrow(/secret/);
    }
  });
});

it('a place is a bucket or a folder, and no other URL', () => {
  expect(() => openPublicFiles('https://bucket.example/log')).toThrow(ConfigError);
});

it('of what a server says no more is shown than a line of text', () => {
  const answer = (xml: string, status = 403) =>
    refusalOf({ status, headers: new Headers(), body: new TextEncoder().encode(xml) });
  const said = answer(
    '<Error><Code>SignatureDoesNotMatch</Code><Message>No\n\u001b[31m</Message>' +
      '<StringToSign>secret</StringToSign></Error>',
  );
  expect(said.text).toBe('status 403 SignatureDoesNotMatch No\\u{a}\\u{1b}[31m');
  expect(answer(`<Message>${'x'.repeat(5000)}</Message>`).text.length).toBeLessThan(230);
  expect(answer('<Code>RequestTimeout</Code>', 400).isPassing).toBe(true);
  expect([answer('', 403).isPassing, answer('', 503).isPassing]).toEqual([false, true]);
});
