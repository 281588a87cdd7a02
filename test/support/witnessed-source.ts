/** A log in memory whose checkpoints are cosigned by a witness, which the policy of it wants. */
import { RemoteError } from '#client/http.ts';
import { encodeUtf8 } from '#protocol/bytes.ts';
import { cosign } from '#protocol/note/cosignature.ts';
import { KEY_TYPES } from '#protocol/note/key.ts';
import { formatNote, parseNote } from '#protocol/note/note.ts';
import { parsePolicy } from '#protocol/policy/policy.ts';
import { newKey } from './keys.ts';
import { MemorySource } from './memory-source.ts';

/** Those of the one log of all tests. */
export const logKey = newKey('log.example', KEY_TYPES.ed25519);
export const witness = newKey('witness.example', KEY_TYPES.cosignatureEd25519);
export const witnessedPolicy = parsePolicy(
  `log ${logKey.verifier.text}\nwitness w ${witness.verifier.text}\nquorum w\n`,
);

/** A log that is cosigned each time that it signs, and can be told to fail and to lie. */
export class WitnessedSource extends MemorySource {
  #seconds = 1_700_000_000;
  /** Bundles from this one on are not there. */
  missingFrom = Number.POSITIVE_INFINITY;

  constructor(signer = logKey) {
    super(signer);
  }

  growTo(size: number, salt = ''): this {
    const from = this.log.length;
    const entry = (_: unknown, i: number) => encodeUtf8(`entry ${from + i}${salt}`);
    return this.append(...Array.from({ length: size - from }, entry)).publish();
  }

  /** Cosigned anew. */
  publish(): this {
    this.sign();
    const { text, signatures } = parseNote(this.note!);
    this.#seconds += 1;
    this.note = formatNote({
      text,
      signatures: [...signatures, cosign(text, witness, this.#seconds)],
    });
    return this;
  }

  override async entries(index: number, width: number): Promise<Uint8Array[]> {
    if (index < this.missingFrom) return await super.entries(index, width);
    throw new RemoteError('timeout', `tile/entries/${index}`, 'no answer');
  }

  /** Bundles that were asked for since the last call. */
  takeAsked(): number {
    const asked = this.asked.splice(0);
    return asked.filter((path) => path.startsWith('tile/entries/')).length;
  }
}
