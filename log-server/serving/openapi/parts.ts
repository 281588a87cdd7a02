/** Small pieces that the descriptions of several operations are made of. */
import type { EntryType } from '#protocol/entry/entry-type.ts';

export const ref = (name: string) => ({ $ref: `#/components/schemas/${name}` });

export const header = (description: string) => ({ description, schema: { type: 'string' } });

/** An answer with one kind of body. */
export function answer(
  description: string,
  mediaType: string,
  schema: object,
  headers: Readonly<Record<string, object>> = {},
) {
  const all = { 'X-Request-Id': header('Names this request in the server’s log.'), ...headers };
  return { description, headers: all, content: { [mediaType]: { schema } } };
}

/** An error answer, and the codes that it may carry. */
export function problem(description: string, codes: readonly string[], retries = false) {
  const schema = {
    allOf: [ref('Problem'), { type: 'object', properties: { code: { enum: codes } } }],
  };
  const headers = retries ? { 'Retry-After': header('Seconds to wait before another try.') } : {};
  return answer(description, 'application/problem+json', schema, headers);
}

export const TOO_MANY_READS = problem('Too many requests of this client.', ['rate-limited'], true);

export const NOT_PUBLISHED = problem(
  'No checkpoint has had its quorum yet.',
  ['not-published'],
  true,
);

export const CACHED = {
  ETag: header('Changes when the content does.'),
  'Cache-Control': header('How long caches may keep the answer.'),
};

export const NOT_MODIFIED = { description: 'The client has it already.', headers: CACHED };

export function query(name: string, description: string, schema: object, required = false) {
  return { name, in: 'query', description, required, schema };
}

export const bytes = { type: 'string', format: 'binary' };

/** Entries of these types, by their media type. */
export function contentOf(types: readonly EntryType[]): Readonly<Record<string, object>> {
  const byMediaType = Object.groupBy(types, ({ mediaType }) => mediaType);
  return Object.fromEntries(
    Object.entries(byMediaType).map(([mediaType, own]) => {
      const [first = bytes, ...others] = own!.map((it) =>
        it.schema ? ref(it.schema.name) : bytes,
      );
      return [mediaType, { schema: others.length === 0 ? first : { anyOf: [first, ...others] } }];
    }),
  );
}

export const SIZE = { type: 'integer', minimum: 0, maximum: Number.MAX_SAFE_INTEGER };
