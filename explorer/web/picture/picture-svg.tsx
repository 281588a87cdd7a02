/**
 * The drawing itself. Colours are attributes first, so that a saved file has them in every program, and the style
 * sheet's where that is known: no element has a style of its own, as the page's policy allows none.
 */
import type { KeyboardEvent, Ref } from 'react';
import type { Picture, PictureEdge, PictureNode } from './picture.ts';
import { NODE_HEIGHT } from './picture.ts';

interface SvgProps {
  readonly picture: Picture;
  readonly ref?: Ref<SVGSVGElement>;
  readonly selected?: string;
  /** Of the element that tells the story of the box that is looked at. */
  readonly detailsId?: string;
  readonly onSelect?: (id: string) => void;
  readonly onKeyDown?: (event: KeyboardEvent) => void;
}

const FILLS = { plain: '#ffffff', good: '#e3f4e9', bad: '#fde8e8' } as const;
const STROKES = { plain: '#84888f', good: '#176639', bad: '#a3161f' } as const;
const TEXT = '#1b1d21';
const PADDING = 3;

export function PictureSvg({ picture, ref, selected, detailsId, onSelect, onKeyDown }: SvgProps) {
  const { width, height, title, nodes, edges } = picture;
  const byId = new Map(nodes.map((node) => [node.id, node]));
  return (
    // biome-ignore lint/a11y/useSemanticElements: there is no field set in a drawing
    <svg
      ref={ref}
      className="merkle"
      xmlns="http://www.w3.org/2000/svg"
      viewBox={`${-PADDING} ${-PADDING} ${width + 2 * PADDING} ${height + 2 * PADDING}`}
      role="group"
      aria-label={`${title}: ${picture.holds ? 'it holds' : 'IT FAILS'}`}
      onKeyDown={onKeyDown}
    >
      {edges.map((edge) => (
        <Edge key={`${edge.from} ${edge.to}`} edge={edge} byId={byId} />
      ))}
      {nodes.map((node) => (
        <Node
          key={node.id}
          node={node}
          isSelected={node.id === selected}
          {...(detailsId === undefined ? {} : { detailsId })}
          {...(onSelect === undefined ? {} : { onSelect })}
        />
      ))}
    </svg>
  );
}

function Edge({
  edge,
  byId,
}: {
  readonly edge: PictureEdge;
  readonly byId: ReadonlyMap<string, PictureNode>;
}) {
  const [from, to] = [byId.get(edge.from)!, byId.get(edge.to)!];
  const isBeside = from.y === to.y;
  const [x1, y1] = isBeside ? [from.x + from.width, middle(from)] : [center(from), top(from)];
  const [x2, y2] = isBeside ? [to.x, middle(to)] : [center(to), bottom(to)];
  const isWrong = edge.isEquality && (from.state === 'bad' || to.state === 'bad');
  const kind = edge.isEquality ? (isWrong ? 'bad' : 'good') : 'plain';
  return (
    <g className={`merkle-edge merkle-${kind}`}>
      <line
        x1={x1}
        y1={y1}
        x2={x2}
        y2={y2}
        stroke={STROKES[kind]}
        strokeWidth={edge.isEquality ? 2 : 1.25}
      />
      {edge.isEquality && !isBeside && (
        <text x={(x1 + x2) / 2 + 8} y={(y1 + y2) / 2 + 4} fontSize="14" fill={STROKES[kind]}>
          {isWrong ? '\u2260' : '='}
        </text>
      )}
    </g>
  );
}

const top = ({ y }: PictureNode) => y;
const bottom = ({ y }: PictureNode) => y + NODE_HEIGHT;
const middle = ({ y }: PictureNode) => y + NODE_HEIGHT / 2;
const center = ({ x, width }: PictureNode) => x + width / 2;

function Node({
  node,
  isSelected,
  detailsId,
  onSelect,
}: {
  readonly node: PictureNode;
  readonly isSelected: boolean;
  readonly detailsId?: string;
  readonly onSelect?: (id: string) => void;
}) {
  const { id, kind, state, x, y, width, lines, title } = node;
  const select = () => onSelect?.(id);
  return (
    // biome-ignore lint/a11y/useSemanticElements: there are no buttons of HTML in a drawing
    <g
      className={`merkle-node merkle-${kind} merkle-${state}${isSelected ? ' merkle-selected' : ''}`}
      data-node={id}
      role="button"
      tabIndex={isSelected ? 0 : -1}
      aria-pressed={isSelected}
      aria-label={`${state === 'bad' ? `${title}: FAILED` : title}. ${lines.join(' ')}`}
      aria-controls={detailsId}
      onFocus={select}
      onPointerEnter={select}
      onClick={select}
    >
      <rect
        x={x}
        y={y}
        width={width}
        height={NODE_HEIGHT}
        rx={kind === 'leaf' || kind === 'witness' ? 12 : 4}
        fill={FILLS[state]}
        stroke={STROKES[state]}
        strokeWidth={isSelected ? 2.5 : 1.25}
        strokeDasharray={kind === 'sibling' ? '4 2' : undefined}
      />
      {lines.map((line, i) => (
        <text
          key={i}
          x={x + width / 2}
          y={y + 17 + 15 * i}
          textAnchor="middle"
          fontSize={i === 0 ? 12.5 : 11}
          fontFamily="ui-monospace, monospace"
          fill={TEXT}
        >
          {`${line} `}
        </text>
      ))}
    </g>
  );
}
