import { describe, expect, it } from 'vitest';
import { createLogger } from '#service/logging.ts';

function capture(): {
  lines: Record<string, unknown>[];
  destination: { write(line: string): void };
} {
  const lines: Record<string, unknown>[] = [];
  return { lines, destination: { write: (line) => lines.push(JSON.parse(line)) } };
}

describe('the logger', () => {
  it('writes one JSON object a line with level, time and the name of the process', () => {
    const { lines, destination } = capture();
    createLogger({ name: 'witness', destination }).info({ size: 5 }, 'cosigned');
    expect(lines).toEqual([
      expect.objectContaining({ level: 'info', name: 'witness', size: 5, msg: 'cosigned' }),
    ]);
    expect(lines[0]?.time).toMatch(/^\d{4}-\d\d-\d\dT/);
  });

  it('writes nothing that steers the terminal in which it is read', () => {
    const lines: string[] = [];
    const destination = { write: (line: string) => lines.push(line) };
    const origin = 'log\u009b2J\u202e.example';
    createLogger({ name: 'monitor', destination }).warn({ origin }, `from ${origin}`);
    const [written = ''] = lines;
    expect(written).toContain('\\u009b2J\\u202e');
    expect(written).toMatch(/^[ -~]+\n$/);
    expect(JSON.parse(written)).toMatchObject({ origin, msg: `from ${origin}` });
  });

  it('drops what is below its level', () => {
    const { lines, destination } = capture();
    const logger = createLogger({ name: 'x', level: 'warn', destination });
    logger.info('no');
    logger.warn('yes');
    expect(lines.map((line) => line.msg)).toEqual(['yes']);
  });

  it('never writes a secret, however deep a caller has put it', () => {
    const { lines, destination } = capture();
    const logger = createLogger({ name: 'x', destination });
    logger.info({ seed: 's3cret', key: { seed: 's3cret' }, a: { b: { token: 's3cret' } } }, 'made');
    logger.info({ headers: { authorization: 's3cret', cookie: 's3cret' } }, 'asked');
    expect(JSON.stringify(lines)).not.toContain('s3cret');
  });

  it('writes an error with its code and stack', () => {
    const { lines, destination } = capture();
    const error = Object.assign(new Error('no'), { code: 'EWHAT' });
    createLogger({ name: 'x', destination }).error({ err: error }, 'failed');
    expect(lines[0]?.err).toMatchObject({
      message: 'no',
      code: 'EWHAT',
      stack: expect.any(String),
    });
  });
});
