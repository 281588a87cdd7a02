/**
 * The stage on which all lies are told at once: two honest witnesses and four honest monitors as real
 * processes, and one process of all that lie. Each lie has a log of its own.
 *
 * | place   | witnesses                       | quorum | whose lies |
 * |---------|---------------------------------|--------|------------|
 * | town    | one and two, honest; an accomplice | 2   | logs, and the accomplice, log by log |
 * | market  | one and two, honest; one for each lie | 2 | witnesses altogether, and what grows old |
 * | harbour | one, honest; two accomplices    | 2      | a whole quorum |
 * | island  | as in town, over links to each  | 2      | the ways to the witnesses |
 */
import { freeUrls } from '#test/support/ports.ts';
import { timeStretch } from '#test/support/stretch.ts';
import { memoryFolder } from '#test/support/temp.ts';
import { keepFresh } from './fresh.ts';
import {
  type Honest,
  type Member,
  type Monitor,
  makeWitness,
  startMonitor,
  startWitness,
  type WatchedLog,
} from './honest.ts';
import type { LyingLog } from './liars/log.ts';
import { Liars, type Remote } from './liars/remote.ts';
import type { LyingWitness } from './liars/witness.ts';
import type { Lie, Place } from './lie.ts';
import { SHORT, SHORT_LIVED, type Timing, unhurried } from './timing.ts';
import { watchMonitor, watchWitness } from './watch.ts';

const SERVERS = ['one', 'two', 'town', 'market', 'harbour', 'island'] as const;
type Server = (typeof SERVERS)[number];

/** Longer than the turns that a scheduler gives to whoever has waited. */
const WORK_MICROSECONDS = 100_000;

export interface Liar extends Member {
  readonly remote: Remote<LyingWitness>;
}

export interface StagedLog extends WatchedLog {
  readonly remote: Remote<LyingLog>;
  readonly place: Place;
}

/** A monitor, what it says, and what it is configured to. */
export interface Watchman extends Monitor {
  readonly view: ReturnType<typeof watchMonitor>;
  readonly timing: Timing;
}

export function slugOf(name: string): string {
  return name.toLowerCase().replaceAll(/[^a-z0-9]+/g, '-');
}

export class Stage {
  readonly folder = memoryFolder();
  readonly liars = new Liars();
  readonly witnesses: Readonly<Record<'one' | 'two', Honest>>;
  readonly views: Readonly<Record<'one' | 'two', ReturnType<typeof watchWitness>>>;
  readonly monitors = new Map<Place, Watchman>();
  /** By the name of the lie; of the market, one that is honest and for all of its witnesses. */
  readonly logs = new Map<string, StagedLog>();
  /** By name: the accomplices x and y, and the witness of each lie in the market. */
  readonly liarsByName = new Map<string, Liar>();
  #stopFresh: () => Promise<void> = async () => undefined;
  readonly #urls: Readonly<Record<Server, string>>;

  private constructor(urls: readonly string[]) {
    const named = SERVERS.map((name, i) => [name, urls[i]!] as const);
    this.#urls = Object.fromEntries(named) as Record<Server, string>;
    const { one, two } = this.#urls;
    const make = (name: 'one' | 'two') =>
      makeWitness({ folder: this.folder, name, url: this.#urls[name] });
    this.witnesses = { one: make('one'), two: make('two') };
    this.views = { one: watchWitness(one), two: watchWitness(two) };
  }

  static async open(lies: readonly Lie[]): Promise<Stage> {
    const stage = new Stage(await freeUrls());
    for (const name of ['x', 'y']) {
      const liar = await stage.#addLiar(name);
      await liar.remote.showLast(false);
    }
    await stage.#addLog('the market', 'market');
    for (const lie of lies) await stage.#cast(lie);
    const timing = unhurried(SHORT, timeStretch(WORK_MICROSECONDS));
    await Promise.all([...stage.#startWitnesses(timing), ...(await stage.#startMonitors(timing))]);
    const watched = [
      stage.views.one,
      stage.views.two,
      ...stage.#watchmen().map(({ view }) => view),
    ];
    await Promise.all(watched.map((view) => view.start()));
    stage.#stopFresh = keepFresh(stage.log('the market').remote, [
      ...Object.values(stage.witnesses),
      ...stage.#marketLiars(),
    ]);
    return stage;
  }

  async #cast({ name, by, place = 'town', hasLink = false }: Lie): Promise<void> {
    if (place === 'market' && by === 'witness') await this.#addLiar(slugOf(name));
    else await this.#addLog(name, place, hasLink);
  }

  async #addLog(name: string, place: Place, hasLink = false): Promise<void> {
    const origin = `log.example/${slugOf(name)}`;
    const remote = this.liars.log(origin);
    const { url: direct, vkey } = await remote.start();
    const url = hasLink ? await this.#link(slugOf(name), direct) : direct;
    this.logs.set(name, { origin, vkey, remote, place, url: (to) => `${url}/${to}` });
  }

  /** A link that leads there faithfully at first; its URL. */
  async #link(name: string, upstream: string): Promise<string> {
    const link = this.liars.link(name);
    const { url } = await link.start();
    await link.leadTo(upstream);
    return url;
  }

  async #addLiar(name: string): Promise<Liar> {
    const remote = this.liars.witness(`witness.example/${name}`);
    const liar = { name, remote, ...(await remote.start()) };
    this.liarsByName.set(name, liar);
    return liar;
  }

  #marketLiars(): Liar[] {
    return [...this.liarsByName.values()].filter(({ name }) => name !== 'x' && name !== 'y');
  }

  #startWitnesses(timing: Timing): Promise<void>[] {
    const { one, two } = this.witnesses;
    const start = (witness: Honest, other: Honest) => {
      const { name, url } = witness;
      const known = {
        logs: [...this.logs.values()],
        peers: [other],
        monitors: [this.#urls.town],
      };
      return startWitness({ folder: this.folder, name, url, timing }, witness, known);
    };
    return [start(one, two), start(two, one)];
  }

  async #startMonitors(timing: Timing): Promise<Promise<void>[]> {
    const { one, two } = this.witnesses;
    const [x, y] = [this.liarsByName.get('x')!, this.liarsByName.get('y')!];
    const abroad = await Promise.all(
      [one, two, x].map(async (member) => {
        return { ...member, url: await this.#link(member.name, member.url) };
      }),
    );
    const start = async (place: Place, witnesses: readonly Member[], own: Partial<Timing> = {}) => {
      const logs = [...this.logs.values()].filter((log) => log.place === place);
      if (logs.length === 0) return;
      const to = { ...timing, ...own };
      const options = { folder: this.folder, name: place, url: this.#urls[place], timing: to };
      const monitor = await startMonitor({ ...options, logs, witnesses, quorum: 2 });
      this.monitors.set(place, { ...monitor, timing: to, view: watchMonitor(monitor.url) });
    };
    return [
      start('town', [one, two, x]),
      start('market', [one, two, ...this.#marketLiars()], SHORT_LIVED),
      start('harbour', [one, x, y]),
      start('island', abroad),
    ];
  }

  #watchmen(): Watchman[] {
    return [...this.monitors.values()];
  }

  log(name: string): StagedLog {
    return this.logs.get(name)!;
  }

  async close(): Promise<void> {
    await this.#stopFresh();
    const watched = [this.views.one, this.views.two, ...this.#watchmen().map(({ view }) => view)];
    await Promise.all(watched.map((view) => view.stop()));
    const members = [...Object.values(this.witnesses), ...this.#watchmen()];
    const processes = [...members.map(({ process }) => process), this.liars.process];
    await Promise.all(processes.map((process) => process.release()));
  }

  /** What everybody wrote last. */
  tail(): string {
    const members = [...Object.values(this.witnesses), ...this.#watchmen()];
    return [...members.map(({ process }) => process), this.liars.process]
      .map((process) => process.tail())
      .join('\n');
  }
}
