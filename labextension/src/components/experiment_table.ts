// The experiments of a store as a table: a click shows the runs of one.
import type { Client } from '../client.js';
import { h, Item, KeyedList, setAttr, setHidden, setText } from '../dom.js';
import { formatAbsolute, formatCount, formatRelative } from '../format.js';
import type { ExperimentEntry, ExperimentListView } from '../types.js';
import { ALL_RIGHTS, Rights } from '../rights.js';
import { RunWrites } from '../run_writes.js';
import { __ } from '../words.js';
import { CellEditor } from './cell_editor.js';
import { icon } from './icons.js';
import { Menu } from './menu.js';
import { adviceFor, messageBox } from './message.js';
import { Notice } from './notice.js';

export interface ExperimentTableOptions {
  client: Client;
  storeId: string;
  rights?: Rights;
  /** Null for all experiments. */
  onOpen(experiment: ExperimentEntry | null): void;
}

export class ExperimentTable {
  readonly node: HTMLElement;
  failure: unknown = null;
  private readonly list: KeyedList<ExperimentEntry>;
  private readonly message = h('div', { hidden: true });
  private readonly table: HTMLElement;
  private readonly notice: Notice;
  private readonly menu: Menu;
  private readonly editor: CellEditor;
  private readonly writes: RunWrites;
  private view: ExperimentListView | null = null;
  private chosen: readonly string[] = [];

  constructor(private readonly options: ExperimentTableOptions) {
    this.list = new KeyedList(h('tbody'), entry => entry.experiment_id, entry => this.row(entry));
    this.table = h('table', { class: 'jt-exp-list' },
      h('caption', { class: 'jt-sr' }, __('Experiments')),
      h('thead', {}, h('tr', {}, h('th', { scope: 'col' }, __('Experiment')), h('th', { scope: 'col', class: 'jt-num' }, __('Runs')), h('th', { scope: 'col' }, __('Running')), h('th', { scope: 'col' }, __('Last run')), h('td'))),
      this.list.parent);
    this.writes = new RunWrites(options.client, () => options.storeId);
    this.notice = new Notice({ undo: ({ undo }) => this.writes.undo(undo), onChanged: () => this.load() });
    this.node = h('div', { class: 'jt-exp-box' }, this.message, this.table, this.notice.node,
      h('button', { type: 'button', class: 'jt-link', onclick: () => options.onOpen(null) }, __('Show the runs of all experiments')));
    this.menu = new Menu(this.node);
    this.editor = new CellEditor(this.node);
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

  private openMenu({ experiment_id, name }: ExperimentEntry, cell: HTMLElement, button: HTMLElement): void {
    this.menu.open(__('Experiment %1', name), button, [
      {
        label: __('Rename'),
        run: () => this.editor.open(cell, {
          label: __('Name of %1', name), value: name, multiline: false, done: () => button.focus(),
          save: text => this.notice.done(this.writes.renameExperiment(experiment_id, text), __('%1 is called %2 now.', name, text.trim())),
        }),
      },
      { label: __('Move to trash'), run: () => void this.notice.attempt(this.writes.deleteExperiment(experiment_id), __('%1 and its runs are in the trash.', name)) },
    ], () => button.focus());
  }

  private row(first: ExperimentEntry): Item<ExperimentEntry> {
    let entry = first;
    const name = h('button', { type: 'button', class: 'jt-link', onclick: () => this.options.onOpen(entry) });
    const runs = h('td', { class: 'jt-num' });
    const running = h('td', { class: 'jt-exp-now' });
    const last = h('td', { class: 'jt-muted' });
    const more: HTMLButtonElement = h('button', { type: 'button', class: 'jt-button-bare jt-row-menu', 'aria-haspopup': 'menu', onclick: () => this.openMenu(entry, name, more) }, icon('more'));
    const node = h('tr', {}, h('th', { scope: 'row' }, name), runs, running, last, h('td', { class: 'jt-exp-more' }, more));
    return {
      node,
      update: now => {
        entry = now;
        setText(name, now.name);
        more.title = __('Actions for %1', now.name);
        setAttr(more, 'aria-label', more.title);
        setHidden(more, !(this.options.rights ?? ALL_RIGHTS).owns(now.experiment_id));
        setText(runs, now.run_count.toLocaleString('en-US'));
        setText(running, now.running_count === 0 ? '' : formatCount(now.running_count, 'run'));
        setText(last, now.last_start_time_ms === null ? __('no runs yet') : formatRelative(now.last_start_time_ms));
        last.title = now.last_start_time_ms === null ? '' : formatAbsolute(now.last_start_time_ms);
        setAttr(node, 'aria-current', this.chosen.includes(now.experiment_id) ? 'true' : null);
      },
    };
  }
}
