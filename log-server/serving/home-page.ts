/**
 * The log for people who open its URL in a browser: what it is, how it stands, how to check what it says. Pure.
 *
 * Nothing here has to be believed, and the page says so: it shows what the log shows to everybody, and the
 * commands by which anybody verifies it.
 */
import { html } from 'hono/html';
import { encodeBase64 } from '#protocol/base64.ts';
import { cosignerNames } from '#protocol/policy/cosigner-names.ts';
import { NO_QUORUM, type WitnessedCheckpoint } from '#protocol/policy/policy.ts';
import type { Page } from '#service/page/page.ts';
import { ago, count, listed, type Markup, time } from '#service/page/parts.ts';
import type { Tone } from '#service/page/tone.ts';
import type { ServedLog } from './served-log.ts';

export interface HomeFacts extends Pick<ServedLog, 'key' | 'policy' | 'types'> {
  /** Where readers reach it: its prefix, without a slash at the end. */
  readonly url: string;
  /** URL prefix of an explorer of it. */
  readonly explorer: string | undefined;
  /** URL path under which the log is served. */
  readonly path: string;
  /** What readers are shown, judged by the log's own policy; undefined before the first quorum. */
  readonly published: WitnessedCheckpoint | undefined;
  readonly isFrozen: boolean;
  readonly trouble: string | undefined;
  readonly nowMs: number;
}

export function homePage(facts: HomeFacts): Page {
  const { key, types } = facts;
  const { tone, words } = headlineOf(facts);
  const body = html`<header><div class="verdict ${tone}" role="status"><h1>${words}</h1></div>
<p class="about dim"><span>Transparency log <strong>${key.name}</strong></span></p></header>
<main>
<p>What is added here can never be changed or taken out without anybody noticing: every entry is in a Merkle tree,
the log signs the tree, and independent witnesses cosign it only while it stays consistent. It holds entries of
type ${listed(types.map(({ name }) => name))}.</p>
${checkpointPart(facts)}
<h2>Check it yourself</h2>
<p>Believe nothing on this page. A receipt with its proof is verified offline; the whole log is checked entry by entry:</p>
<pre>tecp verify RECEIPT.tecp.json --policy POLICY
tecp audit ${facts.url} --policy POLICY</pre>
<p>The policy file says whom you trust. Get it from people whom you trust, and not from the log that it judges.</p>
<h2>The key of the log</h2>
<article class="card"><p><code>${key.text}</code></p></article>
</main>
<footer>${linksPart(facts)}</footer>`;
  return { title: `${words} · ${key.name}`, body };
}

/** True beside everything below it. */
export function headlineOf(facts: HomeFacts): { readonly tone: Tone; readonly words: string } {
  const { trouble, isFrozen, published } = facts;
  if (trouble !== undefined) return { tone: 'bad', words: `Something is wrong: ${trouble}.` };
  if (published === undefined) return { tone: 'busy', words: 'Nothing is published yet.' };
  const size = count(published.checkpoint.size, 'entry', 'entries');
  if (isFrozen) return { tone: 'good', words: `This log is closed for ever, with ${size}.` };
  const cosigners = cosignersOf(facts, published);
  const by = cosigners.length === 0 ? '' : `, cosigned by ${listed(cosigners)}`;
  return { tone: 'good', words: `${size}${by}.` };
}

function cosignersOf(
  { policy }: HomeFacts,
  { cosignatures }: WitnessedCheckpoint,
): readonly string[] {
  return cosignerNames(
    policy,
    cosignatures.map(({ witness }) => witness),
  );
}

function checkpointPart({ path, policy, published, nowMs }: HomeFacts): Markup {
  if (published === undefined) {
    return html`<p>Readers are shown a checkpoint once as many witnesses have cosigned it as the <a href="${path}/v1/log/policy">policy</a> asks for.</p>`;
  }
  const { checkpoint, cosignatures, quorumTimeSeconds } = published;
  const quorum =
    quorumTimeSeconds === undefined
      ? html`${policy.quorum === NO_QUORUM ? 'none is asked for' : 'not met'}`
      : html`met ${ago(quorumTimeSeconds * 1000, nowMs)}`;
  return html`<h2>Its last checkpoint</h2>
<article class="card"><dl>
<dt>Entries</dt><dd class="num">${checkpoint.size}</dd>
<dt>Root hash</dt><dd><code>${encodeBase64(checkpoint.root)}</code></dd>
<dt>Quorum</dt><dd>${quorum}</dd>
</dl>
${
  cosignatures.length === 0
    ? ''
    : html`<table class="rows"><thead><tr><th scope="col">Cosigned by</th><th scope="col">Key</th><th scope="col">At</th></tr></thead>
<tbody>${cosignatures.map(
        ({ witness, key, timeSeconds }) => html`<tr><th scope="row">${witness}</th>
<td data-label="Key"><code>${key.name}+${key.id}</code></td><td data-label="At">${time(timeSeconds * 1000)}</td></tr>`,
      )}</tbody></table>`
}</article>`;
}

function linksPart({ key, path, policy, published, explorer }: HomeFacts): Markup {
  const urls = new Set(policy.witnesses.flatMap(({ url }) => (url === undefined ? [] : [url])));
  const namesAt = (url: string) => {
    const there = policy.witnesses.filter((witness) => witness.url === url);
    return cosignerNames(
      policy,
      there.map(({ name }) => name),
    );
  };
  const newest = published?.checkpoint.size ?? 0;
  const search = explorer && `${explorer}/log?${new URLSearchParams({ log: key.name })}`;
  return html`${search === undefined ? '' : html`<p><a href="${search}">Look something up in it</a>, and let your browser check what you are shown.</p>`}
<nav><a href="${path}/checkpoint">Checkpoint</a>
${newest === 0 ? '' : html`<a href="${path}/v1/log/entries/${newest - 1}">Newest entry</a> <a href="${path}/v1/log/proof?index=${newest - 1}">its proof</a>`}
<a href="${path}/v1/log/policy">Policy that it is published under</a>
<a href="${path}/.well-known/tecp-log-jwks">Key</a> <a href="${path}/openapi.json">Interface</a></nav>
${urls.size === 0 ? '' : html`<nav><span class="dim">Witnesses:</span> ${[...urls].map((url) => html`<a href="${url}/">${listed(namesAt(url))}</a> `)}</nav>`}`;
}
