/** An authority for TLS that nobody else trusts, and certificates that it signs: made by openssl, for one test. */
import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { tempFolder } from './temp.ts';

export interface Certificate {
  /** Paths of PEM files; the key is for its owner alone. */
  readonly certificate: string;
  readonly key: string;
}

export class TestAuthority {
  readonly #folder = tempFolder();
  readonly #own: Certificate;

  constructor() {
    this.#own = this.#made('authority', 'a test', 'basicConstraints=critical,CA:TRUE');
  }

  /** What whoever trusts it is given. */
  get root(): string {
    return this.#own.certificate;
  }

  /** For a server at these places (`DNS:localhost`), or for a user of that name without any. */
  issue(name: string, ...places: string[]): Certificate {
    const names = places.length === 0 ? 'keyUsage=digitalSignature' : `subjectAltName=${places}`;
    return this.#made(name, name, names, this.#own);
  }

  #made(file: string, name: string, extension: string, by?: Certificate): Certificate {
    const [certificate, key, extensions] = ['crt', 'key', 'cnf'].map((suffix) =>
      join(this.#folder, `${file}.${suffix}`),
    ) as [string, string, string];
    writeFileSync(extensions, `[req]\ndistinguished_name=dn\n[dn]\n[ext]\n${extension}\n`);
    const curve = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'];
    const who = ['-config', extensions, '-extensions', 'ext', '-subj', `/CN=${name}`];
    const signed = by === undefined ? [] : ['-CA', by.certificate, '-CAkey', by.key];
    const files = ['-keyout', key, '-out', certificate, '-days', '2'];
    const args = ['req', '-x509', ...curve, ...who, ...signed, ...files];
    execFileSync('openssl', args, { stdio: 'pipe' });
    return { certificate, key };
  }
}
