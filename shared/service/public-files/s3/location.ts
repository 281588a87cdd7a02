/**
 * Where a bucket is and who writes to it: `s3://bucket/prefix`, and for the rest the variables of the
 * environment that other programs for S3 read, too. Secrets are in the environment alone.
 */
import { httpPrefix } from '#protocol/policy/url.ts';
import { ConfigError } from '../../errors.ts';

export interface S3Location {
  /** As the operator names it. */
  readonly name: string;
  /** URL of the bucket, with a slash at its end. */
  readonly url: string;
  /** What every key begins with: empty, or with a slash at its end. */
  readonly prefix: string;
  readonly region: string;
  readonly credentials: {
    readonly accessKeyId: string;
    readonly secretAccessKey: string;
    readonly sessionToken?: string;
  };
}

/** Nothing that is escaped in a URL, in XML, or by one server and not by another. */
const PLACE =
  /^s3:\/\/([a-z0-9][a-z0-9.-]{1,61}[a-z0-9])((?:\/(?!\.{1,2}(?:\/|$))[A-Za-z0-9._-]+)*)\/?$/;
const MAX_PREFIX = 512;
const REGION = /^[a-z0-9-]{1,64}$/;

type Environment = Readonly<Record<string, string | undefined>>;

export function isS3(place: string): boolean {
  return place.startsWith('s3://');
}

/** Throws `ConfigError` for a name that is none, and where the environment lacks something. */
export function s3Location(place: string, environment: Environment): S3Location {
  const [, bucket, path] = PLACE.exec(place) ?? [];
  if (bucket === undefined || path === undefined || path.length > MAX_PREFIX) {
    throw new ConfigError(
      `"${place}" is no place such as s3://bucket/prefix, of letters, digits, ".", "_" and "-".`,
    );
  }
  const value = (name: string): string | undefined => environment[name] || undefined;
  const secret = (name: string): string => {
    const found = value(name);
    if (found !== undefined) return found;
    throw new ConfigError(`${place} needs credentials: ${name} is not in the environment.`);
  };
  const endpoint = value('AWS_ENDPOINT_URL_S3') ?? value('AWS_ENDPOINT_URL');
  const region = value('AWS_REGION') ?? (endpoint && 'us-east-1');
  if (region === undefined || !REGION.test(region)) {
    throw new ConfigError(`${place} needs the region of its bucket in AWS_REGION.`);
  }
  const sessionToken = value('AWS_SESSION_TOKEN');
  return {
    name: place.replace(/\/$/, ''),
    url: bucketUrl(bucket, region, endpoint),
    prefix: path === '' ? '' : `${path.slice(1)}/`,
    region,
    credentials: {
      accessKeyId: secret('AWS_ACCESS_KEY_ID'),
      secretAccessKey: secret('AWS_SECRET_ACCESS_KEY'),
      ...(sessionToken !== undefined && { sessionToken }),
    },
  };
}

/** The bucket is a part of the path at an endpoint that was named, and of the host at AWS where it can be. */
function bucketUrl(bucket: string, region: string, endpoint: string | undefined): string {
  if (endpoint === undefined) {
    const host = `s3.${region}.amazonaws.com`;
    // A certificate for *.s3... is for one more label, not two.
    return bucket.includes('.') ? `https://${host}/${bucket}/` : `https://${bucket}.${host}/`;
  }
  const prefix = httpPrefix(endpoint);
  const { username, password, search } = URL.parse(prefix ?? '') ?? {};
  if (prefix === undefined || username || password || search) {
    throw new ConfigError(
      'The endpoint for S3 in the environment is no http or https URL without user and query.',
    );
  }
  return `${prefix}/${bucket}/`;
}
