/** An OpenAPI document as the tests read it: the routes that it lists, and whether answers fit it. */
import { Ajv2020 } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';
import type { Hono } from 'hono';
import { expect } from 'vitest';
import type { ServiceEnv } from '#service/app.ts';

interface Operation {
  readonly summary: string;
  readonly tags?: readonly string[];
  readonly parameters?: readonly { readonly name: string; readonly in: string }[];
  readonly responses: Readonly<
    Record<string, { readonly content?: Readonly<Record<string, object>> }>
  >;
}

interface Document {
  readonly openapi: string;
  readonly servers: readonly { readonly url: string }[];
  readonly tags: readonly { readonly name: string }[];
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
}

/** What a document is made of besides schemas. */
const OPENAPI_MEMBERS = ['openapi', 'info', 'servers', 'tags', 'paths', 'components', 'webhooks'];

export class Described {
  readonly document: Document;
  readonly #ajv = addFormats.default(new Ajv2020({ strictTypes: false }));

  constructor(document: unknown) {
    this.document = document as Document;
    this.#ajv.addVocabulary(OPENAPI_MEMBERS);
    this.#ajv.addSchema(this.document, 'document');
  }

  static async at(url: string): Promise<Described> {
    const response = await fetch(`${url}/openapi.json`);
    expect(response.status).toBe(200);
    return new Described(await response.json());
  }

  /** `GET /v1/log/entries/{index}` for each operation. */
  get routes(): string[] {
    return this.#operations()
      .map(({ method, path }) => `${method.toUpperCase()} ${path}`)
      .sort();
  }

  /** Fails unless every reference leads somewhere, and paths, parameters and tags fit together. */
  expectWellFormed(): void {
    const { openapi, tags } = this.document;
    expect(openapi).toBe('3.1.0');
    for (const [, pointer] of JSON.stringify(this.document).matchAll(/"\$ref":"([^"]+)"/g)) {
      this.#ajv.compile({ $ref: `document${pointer}` });
    }
    const names = tags.map(({ name }) => name);
    for (const { method, path, operation } of this.#operations()) {
      expect(operation.summary).not.toBe('');
      for (const tag of operation.tags ?? []) expect(names).toContain(tag);
      const inPath = [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name);
      const parameters = (operation.parameters ?? []).filter((one) => one.in === 'path');
      expect(parameters.map(({ name }) => name)).toEqual(inPath);
      for (const [status, { content = {} }] of Object.entries(operation.responses)) {
        for (const media of Object.keys(content)) this.#validator(path, method, status, media);
      }
    }
  }

  /** Fails unless this is an answer that the document describes of `POST /v1/log/entries`, say. */
  async expectAnswer(route: string, response: Response): Promise<void> {
    const [method, path] = route.split(' ') as [string, string];
    const { responses } = this.document.paths[path]![method.toLowerCase()]!;
    const type = response.headers.get('content-type') ?? '';
    const bare = (media: string) => media.split(';')[0];
    const media = Object.keys(responses[response.status]?.content ?? {}).find(
      (known) => bare(known) === bare(type),
    );
    const described = [route, response.status, media];
    expect(described).toEqual([route, response.status, expect.any(String)]);
    const fits = this.#validator(path, method.toLowerCase(), String(response.status), media!);
    for (const value of valuesOf(type, await response.text())) {
      expect(fits(value) ? [] : fits.errors).toEqual([]);
    }
  }

  #operations() {
    return Object.entries(this.document.paths).flatMap(([path, item]) =>
      Object.entries(item).map(([method, operation]) => ({ method, path, operation })),
    );
  }

  #validator(...[path, method, status, media]: [string, string, string, string]) {
    const at = ['paths', path, method, 'responses', status, 'content', media, 'schema'];
    const pointer = at.map((part) => part.replaceAll('~', '~0').replaceAll('/', '~1'));
    return this.#ajv.compile({ $ref: `document#/${pointer.map(encodeURIComponent).join('/')}` });
  }
}

/** What a body holds for its schema: JSON, each line of NDJSON, or else text. */
function valuesOf(type: string, text: string): unknown[] {
  if (!type.includes('json')) return [text];
  if (!type.includes('ndjson')) return [JSON.parse(text)];
  const lines = text.split('\n').slice(0, -1);
  return lines.map((line): unknown => JSON.parse(line));
}

/** The routes that an application answers, as a document would list them. */
export function routesOf({ routes }: Hono<ServiceEnv>): string[] {
  const names = routes
    // Under this name is what runs for all methods: middleware.
    .filter(({ method }) => method !== 'ALL')
    .map(({ method, path }) => {
      return `${method} ${path.replace('*', '{path}').replaceAll(/:(\w+)/g, '{$1}')}`;
    });
  // A route with middleware of its own is registered once for each.
  return [...new Set(names)].sort();
}
