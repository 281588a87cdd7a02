/** The visitor's own policies: as soon as there is one, the explorer's count for nothing. Kept by this browser alone. */
import { type FormEvent, useContext, useState } from 'react';
import { CheckActionsContext, ChecksContext } from '../checks/state.ts';
import { PolicyView } from './policy-view.tsx';
import { Banner } from './status.tsx';
import { Time, Visible } from './text.tsx';

export function OwnPoliciesPart() {
  const checks = useContext(ChecksContext);
  const { again } = useContext(CheckActionsContext);
  const [problem, setProblem] = useState<string>();
  if (checks.state !== 'checked') {
    return (
      <p className="dim">Your own policies are kept by your browser, which takes JavaScript.</p>
    );
  }
  const { policies } = checks.page.verifier;
  const change = (how: () => void) => {
    try {
      how();
      setProblem(undefined);
      again();
    } catch (error) {
      setProblem(error instanceof Error ? error.message : `${error}`);
    }
  };
  const add = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const form = event.currentTarget;
    const text = `${new FormData(form).get('policy') ?? ''}`.replaceAll('\r\n', '\n');
    change(() => {
      policies.add('pasted', text);
      form.reset();
    });
  };
  return (
    <>
      {policies.isDamaged && (
        <Banner
          tone="bad"
          title="Your policies cannot be read: nobody is trusted until you set them anew."
        />
      )}
      {policies.all.length === 0 && !policies.isDamaged && (
        <p>You have none: your browser believes those that the explorer offers.</p>
      )}
      {policies.all.map(({ id, name, text, addedMs }) => (
        <article className="card" key={id}>
          <h3>
            <Visible text={name} />
          </h3>
          <p className="dim">
            Since <Time ms={addedMs} />
          </p>
          <PolicyView text={text} file="policy.txt" />
          <p>
            <button type="button" onClick={() => change(() => policies.remove(id))}>
              Trust by this policy no more
            </button>
          </p>
        </article>
      ))}
      <form className="card" onSubmit={add}>
        <p>
          <label htmlFor="policy">
            Paste a policy file (C2SP tlog-policy), or drop one on any page
          </label>
          <textarea id="policy" name="policy" rows={8} spellCheck={false} required />
        </p>
        {problem !== undefined && (
          <p className="bad" role="alert">
            <Visible text={problem} />
          </p>
        )}
        <p>
          <button type="submit">Trust by this policy from now on</button>
        </p>
      </form>
    </>
  );
}
