/** Work beside other work: one round at a time, and another for whatever came during it. */
export class Rounds {
  readonly #work: () => Promise<void>;
  // Owned by this object.
  #last = Promise.resolve();
  #isQueued = false;

  constructor(work: () => Promise<void>) {
    this.#work = work;
  }

  ask(): void {
    if (this.#isQueued) return;
    this.#isQueued = true;
    this.#last = this.#last.then(() => {
      this.#isQueued = false;
      return this.#work();
    });
    this.#last.catch(() => undefined); // `end` throws it
  }

  async end(): Promise<void> {
    await this.#last;
  }
}
