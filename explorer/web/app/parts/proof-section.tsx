/** The entry's place in the tree, as a picture: computed here, of the bytes and hashes that came with the page. */
import { useContext, useEffect, useMemo, useState } from 'react';
import type { OneEntryAnswer } from '#explorer/search/answers.ts';
import { decodeBase64 } from '#protocol/base64.ts';
import { ProtocolError } from '#protocol/errors.ts';
import { asHash } from '#protocol/merkle/hash.ts';
import { type Checkpoint, parseCheckpoint } from '#protocol/note/checkpoint.ts';
import { parseNote } from '#protocol/note/note.ts';
import { parseTlogProof } from '#protocol/proof/tlog-proof.ts';
import type { Picture } from '../../picture/picture.ts';
import { type InclusionInput, inclusionPicture } from '../../picture/pictures/inclusion.ts';
import { ProofPicture } from '../../picture/proof-picture.tsx';
import type { CheckpointVerdict } from '../../verify/checkpoints/judge-checkpoint.ts';
import { type ExpectedPath, expectedPath } from '../../verify/entries/expected-path.ts';
import { ChecksContext } from '../checks/state.ts';

const UNCHECKED = 'Its signatures have not been checked.';

export function ProofSection({ entry }: { readonly entry: OneEntryAnswer }) {
  const checks = useContext(ChecksContext);
  const page = checks.state === 'checked' ? checks.page : undefined;
  const verdict = page?.entryCheckpoint;
  const [expected, setExpected] = useState<ExpectedPath>();
  const input = useMemo(() => inputOf(entry, verdict), [entry, verdict]);
  const picture = input && inclusionPicture({ ...input, ...(expected && { expected }) });
  const source = page?.verifier.log(entry.log)?.source;
  const isWrong = picture?.holds === false && verdict?.isVerified === true;
  useEffect(() => {
    if (!isWrong || source === undefined || input === undefined) return;
    const { checkpoint, index } = input;
    void expectedPath(source, checkpoint.parsed, index).then(setExpected);
  }, [isWrong, source, input]);
  if (picture === undefined) {
    return (
      <p className="bad">This proof has not the form that it must have: there is no picture.</p>
    );
  }
  return <Drawn key={`${expected !== undefined}`} picture={picture} index={entry.index} />;
}

function Drawn({ picture, index }: { readonly picture: Picture; readonly index: number }) {
  return <ProofPicture picture={picture} file={`proof-of-entry-${index}`} />;
}

type Input = InclusionInput & { readonly checkpoint: { readonly parsed: Checkpoint } };

/** Undefined for what cannot be decoded: the checks say what is wrong with it. */
function inputOf(entry: OneEntryAnswer, verdict: CheckpointVerdict | undefined): Input | undefined {
  try {
    const parsed = parseCheckpoint(parseNote(parseTlogProof(entry.tlog_proof).checkpoint).text);
    const cosignatures = verdict?.opened?.cosignatures ?? [];
    return {
      entry: decodeBase64(entry.entry),
      index: entry.index,
      proof: entry.proof.map((hash) => asHash(decodeBase64(hash))),
      root: parsed.root,
      checkpoint: {
        parsed,
        origin: parsed.origin,
        size: parsed.size,
        isVerified: verdict?.isVerified,
        words: verdict?.words ?? UNCHECKED,
        witnesses: cosignatures.map(({ witness, timeSeconds }) => ({ name: witness, timeSeconds })),
      },
    };
  } catch (error) {
    if (
      error instanceof ProtocolError ||
      error instanceof TypeError ||
      error instanceof RangeError
    ) {
      return undefined;
    }
    throw error;
  }
}
