/** Which box an arrow key leads to: up and down the path, and to what stands beside it. */
import type { Picture } from './picture.ts';

/** Undefined for other keys; the box itself at an edge of the picture. */
export function nextNode({ rows, nodes }: Picture, id: string, key: string): string | undefined {
  const row = rows.findIndex((ids) => ids.includes(id));
  const at = rows[row]!.indexOf(id);
  switch (key) {
    case 'ArrowLeft':
      return rows[row]![at - 1] ?? id;
    case 'ArrowRight':
      return rows[row]![at + 1] ?? id;
    case 'ArrowUp':
      return nearest(rows[row - 1], id, nodes);
    case 'ArrowDown':
      return nearest(rows[row + 1], id, nodes);
    case 'Home':
      return rows[0]![0]!;
    case 'End':
      return rows.at(-1)![0]!;
    default:
      return undefined;
  }
}

/** On the way up and down one stays on the path: of a row the box whose middle is closest. */
function nearest(row: readonly string[] | undefined, id: string, nodes: Picture['nodes']): string {
  if (row === undefined) return id;
  const middleOf = (name: string) => {
    const { x, width } = nodes.find((node) => node.id === name)!;
    return x + width / 2;
  };
  const from = middleOf(id);
  const distance = (name: string) => Math.abs(middleOf(name) - from);
  return row.reduce((best, name) => (distance(name) < distance(best) ? name : best));
}
