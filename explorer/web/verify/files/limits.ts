/** How much a visitor may drop at once: known to a page before it has the code that judges. */

export const MAX_FILES = 32;
/** Of one file; nothing that is recognised is larger. */
export const MAX_FILE_BYTES = 2 * 1024 * 1024;
