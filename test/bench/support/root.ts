import { fileURLToPath } from 'node:url';

/** Folder of this working tree. */
export const ROOT = fileURLToPath(new URL('../../..', import.meta.url));
