import { join } from 'node:path';
import { openSqliteReader } from '#explorer/index/sqlite/reader.ts';
import { openSqliteWriter } from '#explorer/index/sqlite/writer.ts';
import { tempFolder } from '#test/support/temp.ts';
import { describeIndex, type IndexPlace } from '../index-suite.ts';

function newPlace(): IndexPlace {
  const path = join(tempFolder(), 'index.db');
  return {
    openWriter: async (options) => openSqliteWriter(path, options),
    openReader: async (options) => openSqliteReader(path, options),
  };
}

describeIndex('SQLite', newPlace);
