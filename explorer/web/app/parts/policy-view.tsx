/** A policy for people: whose log, which witnesses, and how many of them have to cosign; and its text, to be taken along. */

import { ProtocolError } from '#protocol/errors.ts';
import { KEY_TYPES, type VerifierKey } from '#protocol/note/key.ts';
import { NO_QUORUM, type Policy, parsePolicy } from '#protocol/policy/policy.ts';
import { DataTable } from './data-table.tsx';
import { saveFile } from './save-file.ts';
import { CopyButton, KeyText, Visible, VisibleLines } from './text.tsx';

export function PolicyView({ text, file }: { readonly text: string; readonly file: string }) {
  const policy = policyOf(text);
  return (
    <>
      {policy === undefined ? (
        <p className="bad">This is no policy that can be read.</p>
      ) : (
        <Structured policy={policy} />
      )}
      <details>
        <summary>The policy file (C2SP tlog-policy)</summary>
        <VisibleLines text={text} />
        <p className="scripted">
          <CopyButton value={text} label="policy file" />{' '}
          <button type="button" className="copy" onClick={() => saveFile(file, 'text/plain', text)}>
            Save
          </button>
        </p>
      </details>
    </>
  );
}

function policyOf(text: string): Policy | undefined {
  try {
    return parsePolicy(text);
  } catch (error) {
    if (error instanceof ProtocolError) return undefined;
    throw error;
  }
}

function Structured({ policy }: { readonly policy: Policy }) {
  return (
    <>
      <dl>
        {policy.logs.map(({ key, url }) => (
          <div className="pair" key={key.text}>
            <dt>Log</dt>
            <dd>
              <Visible text={key.name} />
              {url !== undefined && (
                <>
                  {' '}
                  at <Visible text={url} />
                </>
              )}
              , key <KeyText value={key.text} label="Log key" />
            </dd>
          </div>
        ))}
        <dt>Quorum</dt>
        <dd>
          <QuorumOf name={policy.quorum} policy={policy} />
        </dd>
      </dl>
      {policy.witnesses.length > 0 && (
        <DataTable
          caption="Witnesses that this policy knows"
          rows={policy.witnesses}
          keyOf={({ name }) => name}
          columns={[
            {
              name: 'Witness',
              by: ({ name }) => name,
              cell: ({ name }) => <Visible text={name} />,
            },
            {
              name: 'Name of its key',
              by: ({ key }) => key.name,
              cell: ({ key }) => <Visible text={key.name} />,
            },
            { name: 'Kind', by: ({ key }) => kindOf(key), cell: ({ key }) => kindOf(key) },
            { name: 'Key', cell: ({ key }) => <KeyText value={key.text} label="Witness key" /> },
          ]}
        />
      )}
    </>
  );
}

function kindOf({ type }: VerifierKey): string {
  return type === KEY_TYPES.cosignatureMlDsa44 ? 'ML-DSA-44' : 'Ed25519';
}

/** A witness by its name, a group by what it asks for. */
function QuorumOf({ name, policy }: { readonly name: string; readonly policy: Policy }) {
  const group = policy.groups.find((one) => one.name === name);
  if (group === undefined) {
    return name === NO_QUORUM ? 'No witness has to cosign.' : <Visible text={name} />;
  }
  const { threshold, members } = group;
  const [only, ...others] = members;
  if (others.length === 0) return <QuorumOf name={only!} policy={policy} />;
  return (
    <>
      {threshold === members.length
        ? `all ${threshold} of these`
        : `at least ${threshold} of these ${members.length}`}{' '}
      <span className="dim">
        (<Visible text={name} />)
      </span>
      <ul>
        {members.map((member) => (
          <li key={member}>
            <QuorumOf name={member} policy={policy} />
          </li>
        ))}
      </ul>
    </>
  );
}
