/**
 * The script of the status page: loads the page again when the monitor tells of news, and puts in what
 * has changed, so that nothing jumps and what was unfolded stays so. If the monitor falls silent the
 * page says so, as it would otherwise go on to show what was once true. Where it gets no stream, as there
 * are too many, it loads the page every few seconds: it must not call a monitor silent that answers.
 *
 * Events come at least every few seconds (`events.ts`).
 */
const SILENT_AFTER_MS = 20_000;
const RETRY_AFTER_MS = 3_000;

export const LIVE_SCRIPT = `
'use strict';
(() => {
  let heardAtMs = Date.now();
  let isLoading = false;
  let isDue = false;
  const tell = () => {
    document.body.classList.toggle('is-lost', Date.now() - heardAtMs > ${SILENT_AFTER_MS});
  };
  const put = (fresh) => {
    const unfolded = new Map([...document.querySelectorAll('details[id]')].map((one) => [one.id, one.open]));
    for (const part of fresh.querySelectorAll('[data-live]')) {
      const old = document.querySelector('[data-live="' + part.dataset.live + '"]');
      for (const one of part.querySelectorAll('details[id]')) {
        if (unfolded.has(one.id)) one.open = unfolded.get(one.id);
      }
      if (old !== null && old.outerHTML !== part.outerHTML) old.replaceWith(part);
    }
    document.title = fresh.title;
  };
  const load = async () => {
    isDue = true;
    if (isLoading) return;
    isLoading = true;
    try {
      while (isDue) {
        isDue = false;
        const answer = await fetch('/', { cache: 'no-store' });
        if (!answer.ok) break;
        put(new DOMParser().parseFromString(await answer.text(), 'text/html'));
        heardAtMs = Date.now();
      }
    } catch {
      // The monitor is away: the next event, or its silence, will tell.
    }
    isLoading = false;
    tell();
  };
  const listen = () => {
    const events = new EventSource('/v1/events');
    events.addEventListener('status', load);
    events.addEventListener('error', () => {
      // A refusal ends the stream for good, unlike a lost connection.
      if (events.readyState !== EventSource.CLOSED) return;
      setTimeout(() => {
        void load();
        listen();
      }, ${RETRY_AFTER_MS});
    });
  };
  listen();
  setInterval(tell, 1000);
})();
`;
