/** Renders the web app on the server, for whoever runs no scripts. */
import { renderToString } from 'react-dom/server.edge';
import { App } from './app.tsx';

export function render(): string {
  return renderToString(<App />);
}
