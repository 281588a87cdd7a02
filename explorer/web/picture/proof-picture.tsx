/**
 * A proof as a picture that can be walked through: with a pointer, by the arrow keys, or read as a list of steps. What
 * is looked at is computed anew from what it is made of, and shown whole.
 */

import { type KeyboardEvent, useId, useRef, useState } from 'react';
import { equalBytes, toHex } from '#protocol/bytes.ts';
import type { NamedHash, Picture, PictureNode } from './picture.ts';
import { recompute } from './picture.ts';
import { PictureSvg } from './picture-svg.tsx';
import { svgFile } from './svg-file.ts';
import { nextNode } from './walk-keys.ts';

export function ProofPicture({
  picture,
  file,
}: {
  readonly picture: Picture;
  /** Under which it is saved, without its extension. */
  readonly file: string;
}) {
  const first = whereToBegin(picture);
  const [selected, setSelected] = useState(first.id);
  const svg = useRef<SVGSVGElement>(null);
  const detailsId = useId();
  const node = picture.nodes.find(({ id }) => id === selected) ?? first;
  const onKeyDown = (event: KeyboardEvent) => {
    const next = nextNode(picture, node.id, event.key);
    if (next === undefined) return;
    event.preventDefault();
    setSelected(next);
    svg.current?.querySelector<SVGGElement>(`[data-node="${next}"]`)?.focus();
  };
  return (
    <div className="merkle-frame">
      <div className="merkle-scroll">
        <PictureSvg
          ref={svg}
          picture={picture}
          selected={node.id}
          detailsId={detailsId}
          onSelect={setSelected}
          onKeyDown={onKeyDown}
        />
      </div>
      <div className="merkle-side">
        <section
          className="merkle-details"
          id={detailsId}
          aria-live="polite"
          aria-label="This step"
        >
          <NodeDetails node={node} />
        </section>
        <p className="scripted merkle-tools">
          <button type="button" onClick={() => svg.current && save(svg.current, file)}>
            Save as SVG
          </button>{' '}
          <span className="dim">Arrow keys walk the path.</span>
        </p>
        <details className="merkle-steps">
          <summary>The same as a list of steps</summary>
          <ol>
            {picture.nodes.toReversed().map((step) => (
              <li key={step.id} className={step.state === 'bad' ? 'bad' : undefined}>
                <StepText node={step} />
              </li>
            ))}
          </ol>
        </details>
      </div>
    </div>
  );
}

/** The lowest box that is wrong, as all above are made of it; where all is right, at the bottom of the path. */
function whereToBegin({ nodes }: Picture): PictureNode {
  const wrong = nodes.findLast(({ state }) => state === 'bad');
  return wrong ?? nodes.findLast(({ kind }) => kind === 'leaf') ?? nodes.at(-1)!;
}

function save(svg: SVGSVGElement, file: string): void {
  const text = svgFile(new XMLSerializer().serializeToString(svg));
  const url = URL.createObjectURL(new Blob([text], { type: 'image/svg+xml' }));
  Object.assign(document.createElement('a'), { href: url, download: `${file}.svg` }).click();
  URL.revokeObjectURL(url);
}

/** The whole story of one box, with its hash made anew. */
function NodeDetails({ node }: { readonly node: PictureNode }) {
  const { story, hash, expected } = node;
  return (
    <>
      <h3 className={node.state === 'bad' ? 'bad' : undefined}>{node.title}</h3>
      <p>{story.text}</p>
      {story.kind === 'node' && (
        <dl>
          <Input name="left" input={story.left} />
          <Input name="right" input={story.right} />
        </dl>
      )}
      {hash !== undefined && (
        <dl>
          <dt>{story.kind === 'given' ? 'hash' : 'makes, recomputed now'}</dt>
          <dd>
            <code>{toHex(recompute(story) ?? hash)}</code>
          </dd>
          {expected !== undefined && (
            <>
              <dt className="bad">FAILED: expected</dt>
              <dd>
                <code className="bad">{toHex(expected)}</code>
              </dd>
            </>
          )}
        </dl>
      )}
      {story.kind !== 'given' && hash !== undefined && expected === undefined && (
        <p className={isMade(node) ? 'good' : 'bad'}>
          {isMade(node) ? 'The same as in the picture.' : 'NOT what the picture shows.'}
        </p>
      )}
    </>
  );
}

function isMade({ story, hash }: PictureNode): boolean {
  const made = recompute(story);
  return made !== undefined && hash !== undefined && equalBytes(made, hash);
}

function Input({ name, input }: { readonly name: string; readonly input: NamedHash }) {
  return (
    <>
      <dt>
        {name}: {input.name}
      </dt>
      <dd>
        <code>{toHex(input.hash)}</code>
      </dd>
    </>
  );
}

function StepText({ node }: { readonly node: PictureNode }) {
  const { title, story, hash, expected } = node;
  return (
    <>
      {title}. {story.text}
      {hash !== undefined && (
        <>
          {' '}
          <code>{toHex(hash)}</code>
        </>
      )}
      {expected !== undefined && (
        <>
          {' '}
          FAILED: expected <code>{toHex(expected)}</code>
        </>
      )}
    </>
  );
}
