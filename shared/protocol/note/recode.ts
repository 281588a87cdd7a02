/**
 * Gives the errors of the low-level decoders the code of the format that was being read, so that
 * a caller learns "bad-checkpoint" and not "some base64 somewhere was wrong".
 */
import { ProtocolError, type ProtocolErrorCode } from '../errors.ts';

/** Result of `read`; a `ProtocolError('bad-encoding')` out of it is rethrown with `code`. */
export function recode<T>(code: ProtocolErrorCode, field: string | undefined, read: () => T): T {
  try {
    return read();
  } catch (error) {
    if (error instanceof ProtocolError && error.code === 'bad-encoding') {
      const where = field ?? error.field;
      const message = where === undefined ? error.message : `${where}: ${error.message}`;
      throw new ProtocolError(code, message, where);
    }
    throw error;
  }
}
