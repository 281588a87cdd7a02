/** A server for S3 as a process, with one bucket in a folder of its own, behind a proxy that can fail. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { BucketFiles } from '#service/public-files/s3/bucket-files.ts';
import { s3Location } from '#service/public-files/s3/location.ts';
import { freeBasePort } from '#test/support/ports.ts';
import { memoryFolder, tempFolder } from '#test/support/temp.ts';
import { until } from '#test/support/wait.ts';
import { type S3Kind, s3Program } from './build.ts';
import { S3Proxy } from './proxy.ts';

const KEY = 'tests-key';
const SECRET = 'tests-secret';
export const BUCKET = 'bucket';

const ARGUMENTS: Readonly<Record<S3Kind, (port: number, folder: string) => string[]>> = {
  versitygw: (port, folder) => {
    const keys = ['--access', KEY, '--secret', SECRET, '--quiet', '--keep-alive'];
    return [...keys, '--port', `127.0.0.1:${port}`, 'posix', folder];
  },
  's3s-fs': (port, folder) => {
    const keys = ['--access-key', KEY, '--secret-key', SECRET];
    return [...keys, '--host', '127.0.0.1', '--port', `${port}`, folder];
  },
};

export class S3Server {
  readonly proxy: S3Proxy;
  readonly #child: ChildProcess;
  #places = 0;

  private constructor(child: ChildProcess, proxy: S3Proxy) {
    this.#child = child;
    this.proxy = proxy;
  }

  /** To be closed by whoever started it. */
  static async start(kind: S3Kind): Promise<S3Server> {
    // Versitygw keeps what it knows of an object in attributes, which not every file system in memory has.
    const folder = kind === 'versitygw' ? tempFolder() : memoryFolder();
    mkdirSync(join(folder, BUCKET));
    const program = await s3Program(kind);
    const port = await freeBasePort();
    const child = spawn(program, ARGUMENTS[kind](port, folder), { stdio: 'ignore' });
    await until(async () => child.exitCode !== null || (await listens(port)), { what: kind });
    return new S3Server(child, await S3Proxy.start(port));
  }

  /** What a process needs in its environment to use the bucket. */
  get environment(): Record<string, string> {
    return {
      AWS_ENDPOINT_URL_S3: this.proxy.url,
      AWS_REGION: 'us-east-1',
      AWS_ACCESS_KEY_ID: KEY,
      AWS_SECRET_ACCESS_KEY: SECRET,
    };
  }

  /** A place that nobody has used yet. */
  newPlace(): string {
    return `s3://${BUCKET}/place-${this.#places++}/log`;
  }

  open(place: string, environment = this.environment): BucketFiles {
    return new BucketFiles(s3Location(place, environment));
  }

  async close(): Promise<void> {
    await this.proxy.close();
    const ended = once(this.#child, 'exit');
    if (this.#child.exitCode === null && this.#child.kill('SIGKILL')) await ended;
  }
}

function listens(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1', () => resolve(true));
    socket.once('error', () => resolve(false)).once('connect', () => socket.destroy());
  });
}
