/** How good or bad something is: in colour, and always in words, too. */
import type { ReactNode } from 'react';

export type Tone = 'good' | 'busy' | 'warn' | 'bad';

export function Tag({ tone, children }: { readonly tone: Tone; readonly children: ReactNode }) {
  return <span className={`tag ${tone}`}>{children}</span>;
}

/** Something that concerns the whole page, which is announced when it comes up. */
export function Banner({
  tone,
  title,
  children,
}: {
  readonly tone: Tone;
  readonly title: ReactNode;
  readonly children?: ReactNode;
}) {
  return (
    <div className={`banner ${tone}`} role={tone === 'bad' ? 'alert' : 'status'}>
      <strong>{title}</strong>
      {children}
    </div>
  );
}
