/** How the explorer stands to a log, in a word and in a sentence. */
import type { LogAnswer, LogState } from '#explorer/search/answers.ts';
import { Banner, Tag, type Tone } from './status.tsx';
import { Visible } from './text.tsx';

const STATES: Readonly<Record<LogState, readonly [Tone, string]>> = {
  current: ['good', 'read to its end'],
  reading: ['busy', 'being read'],
  trouble: ['warn', 'in trouble'],
  frozen: ['bad', 'FROZEN: it has contradicted itself'],
};

export function LogStateTag({ log }: { readonly log: LogAnswer }) {
  const [tone, words] = STATES[log.state];
  return <Tag tone={tone}>{words}</Tag>;
}

/** On every page, of each log that has contradicted itself. */
export function FrozenBanners({ logs }: { readonly logs: readonly LogAnswer[] }) {
  return logs
    .filter(({ state }) => state === 'frozen')
    .map(({ log, evidence }) => (
      <Banner
        key={log}
        tone="bad"
        title={
          <>
            The log <Visible text={log} /> has contradicted itself.
          </>
        }
      >
        <p>
          What was verified before stays here, and nothing is added. The evidence proves it to
          anybody, offline:{' '}
          {evidence.map((id, i) => (
            <span key={id}>
              {i > 0 && ', '}
              <a href={`/v1/evidence/${encodeURIComponent(id)}`} download>
                evidence {id.slice(0, 12)}
              </a>
            </span>
          ))}
          . <code>tecp evidence verify FILE</code> checks it.
        </p>
      </Banner>
    ));
}
