/** Types of a handler's context: `c.env.incoming` is the Node request, `c.var.requestId` its id. */
import type { HttpBindings } from '@hono/node-server';
import type { Context } from 'hono';

export interface ServiceEnv {
  Bindings: HttpBindings;
  Variables: { requestId: string };
}
export type ServiceContext = Context<ServiceEnv>;
