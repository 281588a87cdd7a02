/**
 * What the server sent is only data, and may have any form: where a page cannot be drawn from it, this says so instead
 * of leaving nothing. What the checks find of it is told as on every page.
 */
import { Component, type ReactNode } from 'react';
import type { PageData } from '../data/page-data.ts';
import { CheckLine } from '../parts/check-line.tsx';
import { Banner } from '../parts/status.tsx';

interface GuardProps {
  readonly data: PageData;
  readonly children: ReactNode;
}

interface GuardState {
  readonly data: PageData;
  readonly isBroken: boolean;
}

export class Guard extends Component<GuardProps, GuardState> {
  override state: GuardState = { data: this.props.data, isBroken: false };

  static getDerivedStateFromError(): Partial<GuardState> {
    return { isBroken: true };
  }

  /** Other data may be drawn where these could not: what was checked is corrected. */
  static getDerivedStateFromProps({ data }: GuardProps, state: GuardState): GuardState | null {
    return data === state.data ? null : { data, isBroken: false };
  }

  override render(): ReactNode {
    if (!this.state.isBroken) return this.props.children;
    return (
      <>
        <CheckLine data={this.props.data} />
        <main id="main" tabIndex={-1}>
          <Banner tone="bad" title="This page cannot be drawn from what the explorer has sent." />
          <p>
            <a href="/">To the overview</a>
          </p>
        </main>
      </>
    );
  }
}
