/** Evidence that this browser has found, as files to keep and to hand to others: it convicts whoever signed it. */
import type { EvidenceFile } from '../../verify/checkpoints/continuity.ts';
import { saveFile } from './save-file.ts';
import { visibleLine } from './visible-text.ts';

export function SaveEvidence({ evidence }: { readonly evidence: readonly EvidenceFile[] }) {
  return evidence.map((file) => (
    <p key={file.name}>
      <button type="button" onClick={() => saveFile(file.name, 'application/json', file.bytes)}>
        Save the evidence against {visibleLine(file.accused)}
      </button>{' '}
      <span className="dim">
        Anybody can check it: <code>tecp evidence verify {file.name}</code>
      </span>
    </p>
  ));
}
