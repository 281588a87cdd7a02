/**
 * What a lie is: who tells it and how, who notices, what it leaves behind, and what stays safe all the
 * same. A value, so that the tests, the table and the document are made of one thing.
 */

import type { AlertKind } from '#monitor/judge/alert-kinds.ts';
import type { EvidenceKind } from '#protocol/evidence/evidence.ts';
import type { Scene } from './scene.ts';
import type { Rule } from './timing.ts';

/** Whose policy a lie is told under; see `stage.ts`. */
export type Place = 'town' | 'market' | 'harbour' | 'island';

export type Noticed =
  /** An alert about the log, or about whatever `about` says. */
  | {
      readonly by: 'monitor';
      readonly alert: AlertKind;
      readonly about?: string;
      readonly within: Rule;
    }
  /** Both honest witnesses, or one: by evidence that it holds, or as it waited in vain. */
  | {
      readonly by: 'witness';
      readonly sign: 'frozen' | 'no longer cosigned';
      readonly which?: 'one' | 'two';
      readonly within: Rule;
    }
  /** Whoever else looks, as `Scene.notice` says. */
  | {
      readonly by: 'reader' | 'witness' | 'victim' | 'monitor';
      readonly sees: string;
      readonly within: Rule;
    };

export interface EvidenceFound {
  readonly kind: EvidenceKind;
  readonly against: 'log' | 'witness';
}

/** What holds in spite of the lie. */
export interface Safe {
  readonly says: string;
  readonly holds: (scene: Scene) => Promise<void>;
}

export interface Lie {
  readonly name: string;
  readonly by: 'log' | 'witness' | 'log and witness' | 'log and quorum' | 'network' | 'anybody';
  /** The town if absent. */
  readonly place?: Place;
  /** Whether its log is reached over a link, by everybody. */
  readonly hasLink?: boolean;
  /** What has to be before the lie is told; a common beginning, seen by everybody, if absent. */
  readonly prepare?: (scene: Scene) => Promise<void>;
  readonly act: (scene: Scene) => Promise<void>;
  /** Empty: nobody does, or nothing needs to be. */
  readonly noticed: readonly Noticed[];
  /** Alerts that may come beside, and need not. */
  readonly beside?: readonly AlertKind[];
  /** All that the monitor holds of this log in the end; by the accused, one line for both keys. */
  readonly evidence?: readonly EvidenceFound[];
  readonly safe: readonly Safe[];
}
