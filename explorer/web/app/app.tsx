/** The web app of the explorer: the same in the visitor's browser and on the server. */
import type { PageData } from './data/page-data.ts';
import type { PageComponent } from './pages/pages.ts';
import { Frame } from './parts/frame.tsx';

export function App({ data, Page }: { readonly data: PageData; readonly Page: PageComponent }) {
  return (
    <Frame data={data}>
      <Page key={data.url} data={data} content={data.content} />
    </Frame>
  );
}
