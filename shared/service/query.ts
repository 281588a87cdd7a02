/** Query parameters, each at most once: two values of one name mean that somebody reads the other. */
import type { ServiceContext } from './app.ts';
import { HttpProblem } from './problem.ts';

/** The value of a query parameter, undefined if it is absent. Throws 400 if it is repeated. */
export function queryParam(c: ServiceContext, name: string): string | undefined {
  const values = c.req.queries(name);
  if (values === undefined) return undefined;
  if (values.length > 1) {
    throw new HttpProblem(400, 'bad-request', 'Expected this parameter once.', { field: name });
  }
  return values[0];
}
