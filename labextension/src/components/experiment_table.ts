// The experiments of a store as a table: a click shows the runs of one.
import type { Client } from '../client.js';
import { h, Item, KeyedList, setAttr, setHidden, setText } from '../dom.js';
import { formatAbsolute, formatCount, formatRelative } from '../format.js';
import type { ExperimentEntry, ExperimentListView } from '../types.js';
import { adviceFor, messageBox } from './message.js';

export interface ExperimentTableOptions {
  client: Client;
  storeId: string;
  /** Null for all experiments. */
  onOpen(experiment: ExperimentEntry | null): void;
}

export class ExperimentTable {
  readonly node: HTMLElement;
  failure: unknown = null;
  private readonly list: KeyedList<ExperimentEntry>;
  private readonly message = h('div', { hidden: true });
  private readonly table: HTMLElement;
  private view: ExperimentListView | null = null;
  private chosen: readonly string[] = [];

  constructor(private readonly options: ExperimentTableOptions) {
    this.list = new KeyedList(h('tbody'), entry => entry.experiment_id, entry => this.row(entry));
    this.table = h('table', { class: 'jt-exp-list' },
      h('caption', { class: 'jt-sr' }, 'Experiments'),
      h('thead', {}, h('tr', {}, h('th', { scope: 'col' }, 'Experiment'), h('th', { scope: 'col', class: 'jt-num' }, 'Runs'), h('th', { scope: 'col' }, 'Running'), h('th', { scope: 'col' }, 'Last run'))),
      this.list.parent);
    this.node = h('div', { class: 'jt-exp-box' }, this.message, this.table,
      h('button', { type: 'button', class: 'jt-link', onclick: () => options.onOpen(null) }, 'Show the runs of all experiments'));
  }

  get isLive(): boolean {
    return this.view?.experiments.some(experiment => experiment.running_count > 0) ?? false;
  }

  /** The name of an experiment, as far as it is known. */
  nameOf(id: string): string | null {
    return this.view?.experiments.find(experiment => experiment.experiment_id === id)?.name ?? null;
  }

  choose(ids: readonly string[]): void {
    this.chosen = ids;
    this.draw();
  }

  /** A failure is shown, kept, and thrown to who waits. */
  async load(): Promise<void> {
    try {
      this.view = await this.options.client.get<ExperimentListView>('/views/experiments', { store: this.options.storeId });
      this.failure = null;
    } catch (failure) {
      this.failure = failure;
      throw failure;
    } finally {
      this.draw();
    }
  }

  private draw(): void {
    setHidden(this.message, this.failure === null);
    if (this.failure !== null) {
      this.message.replaceChildren(messageBox(adviceFor(this.failure)));
    }
    setHidden(this.table, this.view === null);
    this.list.update(this.view?.experiments ?? []);
  }

  private row(first: ExperimentEntry): Item<ExperimentEntry> {
    let entry = first;
    const name = h('button', { type: 'button', class: 'jt-link', onclick: () => this.options.onOpen(entry) });
    const runs = h('td', { class: 'jt-num' });
    const running = h('td', { class: 'jt-exp-now' });
    const last = h('td', { class: 'jt-muted' });
    const node = h('tr', {}, h('th', { scope: 'row' }, name), runs, running, last);
    return {
      node,
      update: now => {
        entry = now;
        setText(name, now.name);
        setText(runs, now.run_count.toLocaleString('en-US'));
        setText(running, now.running_count === 0 ? '' : formatCount(now.running_count, 'run'));
        setText(last, now.last_start_time_ms === null ? 'no runs yet' : formatRelative(now.last_start_time_ms));
        last.title = now.last_start_time_ms === null ? '' : formatAbsolute(now.last_start_time_ms);
        setAttr(node, 'aria-current', this.chosen.includes(now.experiment_id) ? 'true' : null);
      },
    };
  }
}
