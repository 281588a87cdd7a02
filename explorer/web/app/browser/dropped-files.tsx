/**
 * Files that the visitor drops anywhere on a page, or chooses on the one for that: judged here, by code that is here
 * already, so that no request leaves.
 */
import { useContext, useEffect, useRef, useState } from 'react';
import type { FileVerdict } from '../../verify/files/judge-files.ts';
import { MAX_FILE_BYTES, MAX_FILES } from '../../verify/files/limits.ts';
import type { Verifier } from '../../verify/verifier.ts';
import { ChecksContext } from '../checks/state.ts';
import { FileVerdicts } from '../parts/file-verdicts.tsx';
import { Banner } from '../parts/status.tsx';
import { numberText } from '../parts/text.tsx';

export function DroppedFiles() {
  const checks = useContext(ChecksContext);
  const verifier = checks.state === 'checked' ? checks.page.verifier : undefined;
  const [files, setFiles] = useState<readonly File[]>([]);
  const [verdicts, setVerdicts] = useState<readonly FileVerdict[]>();
  const [problem, setProblem] = useState<string>();
  const section = useRef<HTMLElement>(null);

  useEffect(() => takeFiles(setFiles), []);
  useEffect(() => {
    if (files.length === 0 || verifier === undefined) return;
    setProblem(undefined);
    judge(files, verifier).then(setVerdicts, (error: unknown) => {
      setVerdicts([]);
      setProblem(error instanceof Error ? error.message : `${error}`);
    });
  }, [files, verifier]);
  useEffect(() => {
    if (verdicts !== undefined) section.current?.focus();
  }, [verdicts]);

  if (files.length === 0) return null;
  const close = () => {
    setFiles([]);
    setVerdicts(undefined);
  };
  return (
    <section
      ref={section}
      className="dropped"
      aria-label="Your files"
      aria-live="polite"
      tabIndex={-1}
    >
      <h2>Your files, judged by your browser</h2>
      <p className="dim">Nothing of them has left it.</p>
      {files.length > MAX_FILES && (
        <Banner
          tone="warn"
          title={`${numberText(files.length)} files came. The first ${MAX_FILES} of them are judged.`}
        />
      )}
      {verdicts === undefined && <Banner tone="busy" title="Your browser is judging them …" />}
      {problem !== undefined && <Banner tone="bad" title={problem} />}
      {verdicts !== undefined && <FileVerdicts verdicts={verdicts} />}
      <p>
        <button type="button" onClick={close}>
          Close
        </button>
      </p>
    </section>
  );
}

/** The first of them. Of a larger file so much is read as shows that it is too large. */
async function judge(files: readonly File[], verifier: Verifier): Promise<FileVerdict[]> {
  const few = files.slice(0, MAX_FILES);
  const dropped = await Promise.all(
    few.map(async (file) => ({
      name: file.name,
      bytes: new Uint8Array(await file.slice(0, MAX_FILE_BYTES + 1).arrayBuffer()),
    })),
  );
  return await verifier.files(dropped);
}

/** Returns how to stop listening. */
function takeFiles(take: (files: readonly File[]) => void): () => void {
  const hasFiles = (event: DragEvent) => event.dataTransfer?.types.includes('Files') === true;
  const over = (event: DragEvent) => {
    if (hasFiles(event)) event.preventDefault();
  };
  const drop = (event: DragEvent) => {
    if (!hasFiles(event)) return;
    event.preventDefault();
    take([...(event.dataTransfer?.files ?? [])]);
  };
  const choose = ({ target }: Event) => {
    const input = target as Partial<HTMLInputElement> | null;
    if (input?.type === 'file') take([...(input.files ?? [])]);
  };
  document.addEventListener('dragover', over);
  document.addEventListener('drop', drop);
  document.addEventListener('change', choose);
  return () => {
    document.removeEventListener('dragover', over);
    document.removeEventListener('drop', drop);
    document.removeEventListener('change', choose);
  };
}
