/** What the routes of the API share. */
import type { IndexReader } from '../index/search-index.ts';
import { Spending } from './costs.ts';
import { EntryAnswers } from './entry-answers.ts';
import { IndexTrees } from './index-trees.ts';
import type { ApiOptions } from './options.ts';
import { ReadLogs } from './read-logs.ts';

export interface ApiParts {
  readonly options: ApiOptions;
  readonly index: IndexReader;
  readonly logs: ReadLogs;
  readonly entries: EntryAnswers;
  readonly spending: Spending;
}

export function apiParts(options: ApiOptions): ApiParts {
  const { index } = options;
  const logs = new ReadLogs(options);
  const entries = new EntryAnswers(logs, new IndexTrees(index));
  return { options, index, logs, entries, spending: new Spending(options) };
}
