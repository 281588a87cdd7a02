/** Why an exchange has no receipt, or one that was not logged, though nothing else failed. */

export type ExchangeErrorCode =
  | 'incomplete' // a body was not read to its end
  | 'unknown-body' // the bytes of a body cannot be known
  | 'busy'; // too many receipts are being logged: the receipt is made, and may be submitted later

/** What `onError` gets besides the errors of bodies, of the log, and of the functions of the program. */
export class ExchangeError extends Error {
  override readonly name = 'ExchangeError';
  readonly code: ExchangeErrorCode;

  constructor(code: ExchangeErrorCode, message: string) {
    super(message);
    this.code = code;
  }
}

export function incomplete(): ExchangeError {
  return new ExchangeError('incomplete', 'a body was not read to its end');
}
