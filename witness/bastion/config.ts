/** The bastions of a witness in its configuration file. */
import { isIPv6 } from 'node:net';
import { z } from 'zod';
import type { FilePathSchema } from '#service/config.ts';

/** Each holds a connection, and each of their clients has a rate of its own. */
const MAX_BASTIONS = 8;

export interface BastionAddress {
  /** As configured. */
  readonly text: string;
  readonly host: string;
  readonly port: number;
}

/** Bastions through which the witness can be reached, all at the same time. */
export const bastionsKey = (filePath: FilePathSchema) =>
  z
    .array(
      z.strictObject({
        address: z.string().transform(parseAddress),
        /** File of the Ed25519 key by which the bastion knows it; the witness's own if absent. */
        key: filePath.optional(),
        /** PEM file of whom to trust for the bastion's name; the system's authorities if absent. */
        ca: filePath.optional(),
      }),
    )
    .max(MAX_BASTIONS)
    .default([]);

export type BastionConfig = z.infer<ReturnType<typeof bastionsKey>>[number];

function parseAddress(text: string, context: z.RefinementCtx): BastionAddress {
  const [, host = '', digits] = /^(.+):(\d{1,5})$/.exec(text) ?? [];
  const bare = /^\[(.+)\]$/.exec(host)?.[1] ?? '';
  const isHost = isIPv6(bare) || /^[A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9])?$/.test(host);
  const port = Number(digits);
  if (isHost && port >= 1 && port <= 65_535) return { text, host: bare || host, port };
  context.addIssue('expected host:port');
  return z.NEVER;
}
