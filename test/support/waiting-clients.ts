/**
 * A process of its own with many clients: each submits a receipt over its own connection and waits
 * for its proof. It prints one JSON line with how the answers came out.
 *
 * Usage: node waiting-clients.ts <url> <count>. A process apart, because both ends of each
 * connection would count against one process's limit of open files.
 */
import { Agent, request } from 'node:http';
import { freshReceipt } from './log.ts';

/**
 * A listener whose backlog is full drops connections that their clients believe to have. They learn of it
 * when they have sent something, or a minute later, and come again.
 */
const NEVER_ARRIVED = ['ECONNRESET', 'ETIMEDOUT'];

const [url, count] = process.argv.slice(2);
const agent = new Agent({ keepAlive: true, maxSockets: Number.POSITIVE_INFINITY });
const outcomes: Record<string, number> = {};
const indices = new Set<number>();
let left = Number(count);

function settle(outcome: string): void {
  outcomes[outcome] = (outcomes[outcome] ?? 0) + 1;
  left -= 1;
  if (left > 0) return;
  process.stdout.write(`${JSON.stringify({ outcomes, indices: indices.size })}\n`);
  agent.destroy();
}

function submit(receipt = freshReceipt()): void {
  const headers = { 'content-type': 'application/json' };
  const sent = request(`${url}/v1/log/entries?wait=proof`, { method: 'POST', agent, headers });
  sent.on('error', (error: NodeJS.ErrnoException) => {
    if (NEVER_ARRIVED.includes(error.code ?? '')) submit(receipt);
    else throw error;
  });
  sent.on('response', (response) => {
    const chunks: Buffer[] = [];
    response.on('data', (chunk) => chunks.push(chunk));
    response.on('end', () => {
      const answer = JSON.parse(Buffer.concat(chunks).toString());
      if (typeof answer.proof === 'string') indices.add(answer.leaf_index);
      settle(String(response.statusCode));
    });
  });
  sent.end(receipt);
}

/** In portions, so that the listener's backlog is seldom exceeded. */
const PORTION = 200;
for (let i = 0; i < left; i += PORTION) {
  for (let j = i; j < Math.min(left, i + PORTION); j++) submit();
  await new Promise((resolve) => setTimeout(resolve, 20));
}
