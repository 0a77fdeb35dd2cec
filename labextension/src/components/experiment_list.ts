// Every experiment of a store, and the latest runs of those that are unfolded.
import type { Client } from '../client.js';
import { h, Item, KeyedList, setAttr, setHidden, setText } from '../dom.js';
import { formatAbsolute, formatCount, formatRelative } from '../format.js';
import { Poller } from '../poller.js';
import type { ExperimentEntry, ExperimentListView, RunTableView, StoreListView } from '../types.js';
import { copyButton } from './copy_button.js';
import { icon } from './icons.js';
import { Advice, adviceFor } from './message.js';
import { LatestRun, latestRuns, runLine } from './run_line.js';

const POLL_MS = 3000;
const LATEST = 10;
const HINT = '%load_ext jupyter_tracker';
const HINT_CELL = '%%track run_name=first\nmodel.fit(X, y)';

export interface RunRef {
  store_id: string;
  run_id: string;
  name: string;
}

export interface ExperimentListOptions {
  client: Client;
  isVisible(): boolean;
  onOpenRun(run: RunRef): void;
  onOpenTable?(storeId: string, experiment: ExperimentEntry): void;
}

export class ExperimentList {
  readonly node: HTMLElement;
  private readonly poller: Poller;
  private readonly store = h('select', { class: 'jt-select', 'aria-label': 'Store', onchange: () => this.chooseStore() });
  private readonly location = h('span', { class: 'jt-location' });
  private readonly refreshButton: HTMLButtonElement;
  private readonly message = h('div', { class: 'jt-state', role: 'status', hidden: true });
  private readonly list: KeyedList<ExperimentEntry>;
  private readonly open = new Set<string>();
  private readonly runs = new Map<string, LatestRun[]>();
  private storeId: string | null = null;
  private experiments: ExperimentEntry[] = [];
  private messageKey = '';

  constructor(private readonly options: ExperimentListOptions) {
    this.refreshButton = h('button', { type: 'button', class: 'jt-button-bare jt-refresh', title: 'Refresh', 'aria-label': 'Refresh', onclick: () => this.refresh() }, icon('refresh'));
    this.list = new KeyedList<ExperimentEntry>(h('ul', { class: 'jt-experiments', 'aria-label': 'Experiments' }), e => e.experiment_id, () => this.entry());
    this.node = h('div', { class: 'jt jt-side' },
      h('div', { class: 'jt-side-head' },
        h('div', { class: 'jt-side-title', role: 'heading', 'aria-level': '2' }, 'Experiments'), this.refreshButton),
      h('div', { class: 'jt-side-store' }, this.store, this.location),
      this.message, this.list.parent);
    setHidden(this.store, true);
    this.poller = new Poller({ task: () => this.load(), interval: () => POLL_MS, isVisible: () => options.isVisible() });
  }

  /** Fetches now, and goes on every three seconds while visible. */
  refresh(): void {
    this.poller.kick();
  }

  dispose(): void {
    this.poller.dispose();
    this.node.remove();
  }

  private async load(): Promise<void> {
    this.refreshButton.classList.add('jt-busy');
    try {
      const { stores } = await this.options.client.get<StoreListView>('/views/stores');
      this.drawStores(stores);
      if (this.storeId === null) {
        this.experiments = [];
        this.say('empty');
      } else {
        await this.loadStore(this.storeId);
      }
    } catch (error) {
      this.say('failed', adviceFor(error));
      throw error;
    } finally {
      this.refreshButton.classList.remove('jt-busy');
    }
    this.list.update(this.experiments);
  }

  private async loadStore(storeId: string): Promise<void> {
    const view = await this.options.client.get<ExperimentListView>('/views/experiments', { store: storeId });
    await Promise.all(view.experiments.filter(e => this.open.has(e.experiment_id)).map(e => this.loadRuns(storeId, e.experiment_id)));
    // The user may have chosen another store meanwhile; its own request follows.
    if (storeId !== this.storeId) {
      return;
    }
    this.experiments = view.experiments;
    setText(this.location, view.location);
    this.location.title = view.location;
    const tracked = view.experiments.some(e => e.run_count > 0);
    this.say(tracked ? 'none' : 'empty');
  }

  private async loadRuns(storeId: string, experimentId: string): Promise<void> {
    const view = await this.options.client.get<RunTableView>('/views/run-table', {
      store: storeId, experiment_ids: experimentId, order_by: 'attributes.start_time', ascending: false, offset: 0, limit: LATEST,
    });
    this.runs.set(experimentId, latestRuns(view));
  }

  private drawStores(stores: StoreListView['stores']): void {
    if (!stores.some(s => s.store_id === this.storeId)) {
      this.storeId = (stores.find(s => s.is_default) ?? stores[0])?.store_id ?? null;
      this.open.clear();
    }
    const key = stores.map(s => s.store_id + s.location).join('\n');
    if (this.store.dataset.key !== key) {
      this.store.dataset.key = key;
      this.store.replaceChildren(...stores.map(s => h('option', { value: s.store_id }, s.location)));
    }
    this.store.value = this.storeId ?? '';
    setHidden(this.store, stores.length < 2);
    setHidden(this.location, stores.length >= 2);
  }

  private chooseStore(): void {
    this.storeId = this.store.value;
    this.open.clear();
    this.runs.clear();
    this.list.update([]);
    this.refresh();
  }

  private say(kind: 'none' | 'empty' | 'failed', advice: Advice | null = null): void {
    const key = kind + (advice?.title ?? '');
    if (key === this.messageKey) {
      return;
    }
    this.messageKey = key;
    setHidden(this.message, kind === 'none');
    this.message.replaceChildren(...(kind === 'empty' ? hint() : advice === null ? [] : [
      h('div', { class: 'jt-message-title' }, advice.title), h('div', { class: 'jt-muted' }, advice.text)]));
  }

  private entry(): Item<ExperimentEntry> {
    let current: ExperimentEntry;
    const name = h('span', { class: 'jt-exp-name' });
    const running = h('span', { class: 'jt-exp-running' });
    const count = h('span', { class: 'jt-exp-count jt-num' });
    const fold = h('button', { type: 'button', class: 'jt-exp-head', 'aria-expanded': 'false', onclick: () => this.toggle(current) }, icon('chevron'), name, running, count);
    const table = h('button', { type: 'button', class: 'jt-button-bare jt-exp-table', onclick: () => this.storeId !== null && this.options.onOpenTable?.(this.storeId, current) }, icon('table'));
    setHidden(table, this.options.onOpenTable === undefined);
    const runs = new KeyedList<LatestRun>(h('ul', { class: 'jt-lines' }), run => run.run_id, () =>
      runLine(run => this.storeId !== null && this.options.onOpenRun({ store_id: this.storeId, run_id: run.run_id, name: run.name })));
    const note = h('div', { class: 'jt-muted jt-lines-note' });
    return {
      node: h('li', { class: 'jt-exp' }, h('div', { class: 'jt-exp-row' }, fold, table), runs.parent, note),
      update: experiment => {
        current = experiment;
        const isOpen = this.open.has(experiment.experiment_id);
        const latest = this.runs.get(experiment.experiment_id);
        setText(name, experiment.name);
        setAttr(fold, 'title', experimentTitle(experiment));
        setAttr(fold, 'aria-expanded', isOpen ? 'true' : 'false');
        setAttr(table, 'aria-label', `All runs of ${experiment.name}`);
        setAttr(table, 'title', 'All runs in a table');
        setText(count, experiment.run_count.toLocaleString('en-US'));
        setText(running, experiment.running_count > 0 ? `${experiment.running_count} running` : '');
        setHidden(running, experiment.running_count === 0);
        setHidden(runs.parent, !isOpen);
        runs.update(isOpen ? latest ?? [] : []);
        const older = experiment.run_count - (latest?.length ?? 0);
        setText(note, latest === undefined ? 'Loading…' : latest.length === 0 ? 'No runs yet' : older > 0 ? `and ${older.toLocaleString('en-US')} older` : '');
        setHidden(note, !isOpen || note.textContent === '');
      },
    };
  }

  private toggle(experiment: ExperimentEntry): void {
    const id = experiment.experiment_id;
    if (!this.open.delete(id)) {
      this.open.add(id);
      this.refresh();
    }
    this.list.update(this.experiments);
  }
}

function experimentTitle(experiment: ExperimentEntry): string {
  const last = experiment.last_start_time_ms;
  const when = last === null ? '' : `, latest ${formatRelative(last)} (${formatAbsolute(last)})`;
  return `${experiment.name}: ${formatCount(experiment.run_count, 'run')}${when}`;
}

function hint(): HTMLElement[] {
  const code = (text: string): HTMLElement =>
    h('div', { class: 'jt-code-block' }, h('pre', { class: 'jt-code' }, text), copyButton('code', () => text));
  return [
    h('div', { class: 'jt-message-title' }, 'No runs yet'),
    h('div', { class: 'jt-muted' }, 'Your first one takes a minute. In a notebook, run'),
    code(HINT),
    h('div', { class: 'jt-muted' }, 'then begin a cell with'),
    code(HINT_CELL),
    h('div', { class: 'jt-muted' }, 'A live card appears under the cell, and the run appears here.'),
  ];
}
