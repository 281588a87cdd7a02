/**
 * Checks a value against the part of JSON Schema that our OpenAPI document uses. A keyword that it
 * does not know is an error, so that nothing in the document goes unchecked.
 */
type Schema = Readonly<Record<string, unknown>>;

const ANNOTATIONS = new Set(['description', 'examples', 'format']);

const TYPES: Readonly<Record<string, (value: unknown) => boolean>> = {
  string: (value) => typeof value === 'string',
  boolean: (value) => typeof value === 'boolean',
  integer: (value) => Number.isInteger(value),
  array: Array.isArray,
  object: (value) => typeof value === 'object' && value !== null && !Array.isArray(value),
};

type Check = (operand: unknown, value: unknown, schema: Schema) => string[];

/** What is wrong with `value`, one line for each finding; empty if it fits the schema. */
export function schemaProblems(document: unknown, schema: Schema, value: unknown): string[] {
  const inner = (part: unknown, at: string, member: unknown) =>
    schemaProblems(document, part as Schema, member).map((problem) => `${at}: ${problem}`);

  const checks: Readonly<Record<string, Check>> = {
    $ref: (pointer) => schemaProblems(document, resolve(document, String(pointer)), value),
    type: (name) => (TYPES[String(name)]!(value) ? [] : [`not of type ${name}`]),
    const: (expected) => (value === expected ? [] : [`not ${expected}`]),
    enum: (allowed) => ((allowed as unknown[]).includes(value) ? [] : [`${value} not listed`]),
    pattern: (regex) => (new RegExp(String(regex)).test(String(value)) ? [] : ['pattern']),
    minimum: (limit) => (Number(value) >= Number(limit) ? [] : [`below ${limit}`]),
    maximum: (limit) => (Number(value) <= Number(limit) ? [] : [`above ${limit}`]),
    maxItems: (limit) => ((value as unknown[]).length <= Number(limit) ? [] : ['too many']),
    items: (part) => (value as unknown[]).flatMap((item, i) => inner(part, `${i}`, item)),
    required: (names) =>
      (names as string[]).filter((n) => !Object.hasOwn(value as object, n)).map((n) => `no ${n}`),
    properties: (parts) =>
      Object.entries(parts as object)
        .filter(([name]) => Object.hasOwn(value as object, name))
        .flatMap(([name, part]) => inner(part, name, (value as Schema)[name])),
    additionalProperties: (part, _, { properties = {} }) =>
      Object.entries(value as object)
        .filter(([name]) => !Object.hasOwn(properties as object, name))
        .flatMap(([name, member]) => {
          return part === false ? [`unknown member ${name}`] : inner(part, name, member);
        }),
    allOf: (parts) => (parts as unknown[]).flatMap((part) => inner(part, 'allOf', value)),
    oneOf: (parts) => {
      const fits = (parts as unknown[]).filter((part) => inner(part, '', value).length === 0);
      return fits.length === 1 ? [] : [`fits ${fits.length} of the alternatives`];
    },
  };
  return Object.entries(schema).flatMap(([keyword, operand]) => {
    if (ANNOTATIONS.has(keyword)) return [];
    const check = checks[keyword];
    return check === undefined ? [`unknown keyword ${keyword}`] : check(operand, value, schema);
  });
}

/** What a local reference such as `#/components/schemas/Problem` points at; throws if nothing. */
export function resolve(document: unknown, pointer: string): Schema {
  const target = pointer
    .split('/')
    .slice(1)
    .reduce<unknown>((at, name) => (at as Schema | undefined)?.[name], document);
  if (target === undefined) throw new Error(`nothing at ${pointer}`);
  return target as Schema;
}
