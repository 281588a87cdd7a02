/** What could not be shown, and why. */
import type { PageData, ProblemData } from '../data/page-data.ts';
import { Visible } from '../parts/text.tsx';

export default function ProblemPage({ content }: { data: PageData; content: ProblemData }) {
  return (
    <>
      <h1>{content.status === 404 ? 'Not here' : 'This did not work'}</h1>
      <p>
        <Visible text={content.message} />
      </p>
      <p>
        <a href="/">To the overview</a>
      </p>
    </>
  );
}
