/** Two checkpoints, compared in the visitor's browser: what follows from them, and the proof as a picture. */
import { useContext, useEffect, useState } from 'react';
import { consistencyPicture } from '../../picture/pictures/consistency.ts';
import { ProofPicture } from '../../picture/proof-picture.tsx';
import type { CheckpointVerdict } from '../../verify/checkpoints/judge-checkpoint.ts';
import type { NotesComparison } from '../../verify/comparison/compare-notes.ts';
import { describeFinding } from '../../verify/findings.ts';
import { CheckActionsContext, ChecksContext } from '../checks/state.ts';
import { SaveEvidence } from './save-evidence.tsx';
import { Banner } from './status.tsx';
import { Visible } from './text.tsx';

const TONES = { consistent: 'good', contradiction: 'bad', undecided: 'warn' } as const;

export function Comparison({ a, b }: { readonly a: string; readonly b: string }) {
  const checks = useContext(ChecksContext);
  const { report } = useContext(CheckActionsContext);
  const [compared, setCompared] = useState<NotesComparison>();
  const verifier = checks.state === 'checked' ? checks.page.verifier : undefined;
  useEffect(() => {
    let isGone = false;
    void verifier?.compare(a, b).then((comparison) => {
      if (isGone) return;
      setCompared(comparison);
      if (comparison.kind === 'contradiction') report(comparison.findings);
    });
    return () => {
      isGone = true;
    };
  }, [a, b, verifier, report]);
  if (compared === undefined) {
    return <Banner tone="busy" title="Comparing them takes JavaScript, and a moment …" />;
  }
  const hasFault = compared.findings.length > 0;
  const tone = compared.kind === 'consistent' && hasFault ? 'warn' : TONES[compared.kind];
  return (
    <section aria-label="Comparison" aria-live="polite">
      <Banner tone={tone} title={compared.words}>
        {hasFault && (
          <ul>
            {compared.findings.map((found) => (
              <li key={describeFinding(found)}>
                <Visible text={describeFinding(found)} />
              </li>
            ))}
          </ul>
        )}
      </Banner>
      <SaveEvidence evidence={compared.evidence} />
      <Drawn comparison={compared} />
    </section>
  );
}

function Drawn({ comparison: { sides, proof } }: { readonly comparison: NotesComparison }) {
  if (sides === undefined || proof === undefined) return null;
  const [old, now] = sides.map(headOf);
  if (old === undefined || now === undefined) return null;
  const picture = consistencyPicture({ old, new: now, proof });
  if (picture === undefined) return null;
  const file = `consistency-${old.size}-${now.size}`;
  return (
    <article className="card">
      <h2>The proof</h2>
      <p>
        At the left, subtrees that both trees have: they make the root of the old tree and go into
        that of the new one. At the right, what is new.
      </p>
      <ProofPicture picture={picture} file={file} />
    </article>
  );
}

function headOf({ checkpoint, isVerified, words }: CheckpointVerdict) {
  return checkpoint && { size: checkpoint.size, root: checkpoint.root, isVerified, words };
}
