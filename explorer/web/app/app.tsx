/** The web app of the explorer: the same in the visitor's browser and on the server. */
export function App() {
  return <h1>Explorer of transparency logs</h1>;
}
