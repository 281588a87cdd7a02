/**
 * What the API answered while a page was made on the server, by the paths that were asked. The browser makes the page
 * anew by its own URL, of these: so all that a server can say is an answer, which is judged by what was asked.
 */
import { ApiProblem, type GetJson } from './api.ts';

type RecordedAnswer =
  | { readonly body: unknown }
  | {
      readonly problem: { readonly status: number; readonly code: string; readonly detail: string };
    };

export type PageAnswers = Readonly<Record<string, RecordedAnswer>>;

/** Puts each answer, and each refusal, into `answers`. */
export function recorded(get: GetJson, answers: Record<string, RecordedAnswer>): GetJson {
  return async (path) => {
    try {
      const body = await get(path);
      answers[path] = { body };
      return body;
    } catch (error) {
      if (error instanceof ApiProblem) {
        const { status, code, message: detail } = error;
        answers[path] = { problem: { status, code, detail } };
      }
      throw error;
    }
  };
}

/** Asks for what is not among the answers, as they are the server's choice. */
export function replayed(answers: PageAnswers, get: GetJson): GetJson {
  return async (path) => {
    const answer = Object.hasOwn(answers, path) ? answers[path]! : { body: await get(path) };
    if ('body' in answer) return answer.body;
    const { status, code, detail } = answer.problem;
    throw new ApiProblem(Number(status), `${code}`, `${detail}`);
  };
}
