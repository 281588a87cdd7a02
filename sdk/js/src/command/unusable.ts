/** Why nothing could be judged, in words for people: exit code 2. */
export class Unusable extends Error {
  override readonly name = 'Unusable';
}
