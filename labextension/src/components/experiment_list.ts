// The side panel: runs that go on, a search, every experiment of a store, and the latest runs of those that are unfolded.
import type { Client } from '../client.js';
import { h, Item, KeyedList, setHidden, setText } from '../dom.js';
import { Poller } from '../poller.js';
import type { ExperimentRef, RunRef } from '../refs.js';
import type { ExperimentEntry, ExperimentListView, RunEntry, RunListView, RunningRun, StoreListView } from '../types.js';
import { english, Words } from '../words.js';
import { codeBlock } from './copy_button.js';
import { experimentNode } from './experiment_node.js';
import { icon } from './icons.js';
import { Advice, adviceFor } from './message.js';
import { runLine } from './run_line.js';
import { RunningList } from './running_list.js';
import { TreeKeys } from './tree_keys.js';

const POLL_MS = 3000;
const LATEST = 10;
const FOUND = 30;
const TYPING_MS = 200;
const HINT = '%load_ext jupyter_tracker';
const HINT_CELL = '%%track run_name=first\nmodel.fit(X, y)';

export interface ExperimentListOptions {
  client: Client;
  words?: Words;
  isVisible(): boolean;
  onOpenRun(run: RunRef): void;
  onOpenTable?(storeId: string, experiment: ExperimentEntry): void;
  /** An experiment was unfolded. */
  onUnfold?(experimentId: string): void;
  onStop?(run: RunRef): void;
  onRename?(run: RunRef): void;
  onDelete?(runs: RunRef[]): void;
  onRenameExperiment?(experiment: ExperimentRef): void;
  onDeleteExperiment?(experiment: ExperimentRef): void;
  /** What else a store has, below its experiments. */
  models?: { readonly node: HTMLElement; load(storeId: string): Promise<void>; narrow(text: string): void };
  /** The host shows a context menu over what has `data-run-id` or `data-experiment-id`. */
  hasMenu?: boolean;
}

interface Known {
  runs: RunEntry[];
  total: number;
}

export class ExperimentList {
  readonly node: HTMLElement;
  private readonly words: Words;
  private readonly poller: Poller;
  private readonly running: RunningList;
  private readonly store: HTMLSelectElement;
  /** Isolated, so that its beginning is cut and not its end. */
  private readonly location = h('bdi', { dir: 'ltr' });
  private readonly refreshButton: HTMLButtonElement;
  private readonly search: HTMLInputElement;
  private readonly message = h('div', { class: 'jt-state', role: 'status', hidden: true });
  private readonly list: KeyedList<ExperimentEntry>;
  private readonly found: KeyedList<RunEntry>;
  private readonly foundNote = h('div', { class: 'jt-muted jt-lines-note', role: 'status' });
  private readonly foundSection: HTMLElement;
  private readonly keys: TreeKeys[];
  private readonly open = new Set<string>();
  private readonly runs = new Map<string, Known>();
  private readonly chosen = new Map<string, RunEntry>();
  private storeId: string | null = null;
  private experiments: ExperimentEntry[] = [];
  private typing: ReturnType<typeof setTimeout> | null = null;
  private messageKey = '';

  constructor(private readonly options: ExperimentListOptions) {
    const words = (this.words = options.words ?? english);
    this.running = new RunningList({ words, onOpen: options.onOpenRun, onStop: options.onStop });
    this.store = h('select', { class: 'jt-select', 'aria-label': words.__('Store'), hidden: true, onchange: () => this.chooseStore() });
    this.refreshButton = h('button', { type: 'button', class: 'jt-button-bare jt-refresh', title: words.__('Refresh'), 'aria-label': words.__('Refresh'), onclick: () => this.refresh() }, icon('refresh'));
    this.search = h('input', { type: 'search', class: 'jt-input jt-side-search', placeholder: words.__('Search by name'), 'aria-label': words.__('Search experiments and runs'), spellcheck: 'false', oninput: () => this.onSearch() });
    this.list = new KeyedList<ExperimentEntry>(h('ul', { class: 'jt-experiments', role: 'tree', 'aria-multiselectable': 'true', 'aria-label': words.__('Experiments') }), e => e.experiment_id, () => this.entry());
    this.found = new KeyedList<RunEntry>(h('ul', { class: 'jt-lines jt-found', role: 'tree', 'aria-multiselectable': 'true', 'aria-label': words.__('Runs that match') }), run => run.run_id, () => this.line());
    this.foundSection = h('div', { class: 'jt-side-section', hidden: true }, this.heading(words.__('Runs')), this.found.parent, this.foundNote);
    this.keys = [this.list.parent, this.found.parent].map(tree => this.keysOf(tree));
    this.node = h('div', { class: 'jt jt-side' },
      h('div', { class: 'jt-side-head' }, h('div', { class: 'jt-side-title', role: 'heading', 'aria-level': '2' }, words.__('Tracker')), this.refreshButton),
      h('div', { class: 'jt-side-store' }, this.store, h('div', { class: 'jt-location' }, this.location)),
      h('div', { class: 'jt-side-searchbox' }, icon('search'), this.search),
      this.running.node, this.message,
      h('div', { class: 'jt-side-section' }, this.heading(words.__('Experiments')), this.list.parent), this.foundSection, options.models?.node ?? null);
    this.poller = new Poller({ task: () => this.load(), interval: () => POLL_MS, isVisible: () => options.isVisible() });
  }

  /** Fetches now, and goes on every three seconds while visible. */
  refresh(): void {
    this.poller.kick();
  }

  showRunning(runs: readonly RunningRun[]): void {
    this.running.update(runs);
  }

  /** The runs that are chosen, for what is done with several. */
  selection(): RunRef[] {
    return [...this.chosen.values()].map(run => this.ref(run));
  }

  dispose(): void {
    if (this.typing !== null) {
      clearTimeout(this.typing);
    }
    this.running.dispose();
    this.poller.dispose();
    this.node.remove();
  }

  private get text(): string {
    return this.search.value.trim();
  }

  private async load(): Promise<void> {
    this.refreshButton.classList.add('jt-busy');
    try {
      const before = this.storeId;
      // Side by side, so that they travel as one request; a store that has gone fails only if it is still wanted.
      const early = before === null ? null : this.loadStore(before).then(() => null, error => error as unknown);
      this.drawStores((await this.options.client.get<StoreListView>('/views/stores')).stores);
      if (this.storeId === null) {
        this.experiments = [];
        this.say('empty');
      } else if (early === null || this.storeId !== before) {
        await this.loadStore(this.storeId);
      } else {
        const error = await early;
        if (error !== null) {
          throw error;
        }
      }
    } catch (error) {
      this.say('failed', adviceFor(error));
      throw error;
    } finally {
      this.refreshButton.classList.remove('jt-busy');
    }
    this.draw();
  }

  private async loadStore(storeId: string): Promise<void> {
    const { options } = this;
    const { client } = options;
    const [view] = await Promise.all([
      client.get<ExperimentListView>('/views/experiments', { store: storeId }),
      ...[...this.open].map(id => this.loadRuns(storeId, id)),
      this.loadFound(storeId),
      options.models?.load(storeId),
    ]);
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
    this.runs.set(experimentId, await this.options.client.get<RunListView>('/views/run-list', { store: storeId, experiment_ids: experimentId, limit: LATEST }));
  }

  private async loadFound(storeId: string): Promise<void> {
    const text = this.text;
    if (text === '') {
      return;
    }
    const view = await this.options.client.get<RunListView>('/views/run-list', { store: storeId, text, limit: FOUND });
    if (text === this.text && storeId === this.storeId) {
      this.drawFound(view);
    }
  }

  private drawStores(stores: StoreListView['stores']): void {
    if (!stores.some(s => s.store_id === this.storeId)) {
      this.storeId = (stores.find(s => s.is_default) ?? stores[0])?.store_id ?? null;
      this.forget();
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
    this.forget();
    this.list.update([]);
    this.refresh();
  }

  private forget(): void {
    this.open.clear();
    this.runs.clear();
    this.chosen.clear();
  }

  private onSearch(): void {
    this.draw();
    if (this.typing !== null) {
      clearTimeout(this.typing);
    }
    this.typing = setTimeout(() => this.refresh(), TYPING_MS);
  }

  private draw(): void {
    const text = this.text.toLowerCase();
    this.list.update(this.experiments.filter(experiment => experiment.name.toLowerCase().includes(text)));
    setHidden(this.foundSection, text === '');
    this.options.models?.narrow(text);
    if (text === '') {
      this.found.update([]);
      setText(this.foundNote, '');
    }
    this.keys.forEach(keys => keys.refresh());
  }

  private drawFound({ runs, total }: RunListView): void {
    this.found.update(runs);
    const older = total - runs.length;
    setText(this.foundNote, total === 0 ? this.words.__('No run has this in its name.') : older > 0 ? this.words.__('and %1 older', older.toLocaleString('en-US')) : '');
    setHidden(this.foundNote, this.foundNote.textContent === '');
  }

  private say(kind: 'none' | 'empty' | 'failed', advice: Advice | null = null): void {
    const key = kind + (advice?.title ?? '');
    if (key === this.messageKey) {
      return;
    }
    this.messageKey = key;
    setHidden(this.message, kind === 'none');
    this.message.replaceChildren(...(kind === 'empty' ? hint(this.words) : advice === null ? [] : [
      h('div', { class: 'jt-message-title' }, advice.title), h('div', { class: 'jt-muted' }, advice.text)]));
  }

  private heading(text: string): HTMLElement {
    return h('div', { class: 'jt-side-heading', role: 'heading', 'aria-level': '3' }, text);
  }

  private entry(): Item<ExperimentEntry> {
    const { onOpenTable, hasMenu } = this.options;
    return experimentNode({
      words: this.words,
      isOpen: id => this.open.has(id),
      runs: id => this.runs.get(id),
      storeId: () => this.storeId ?? '',
      onFold: experiment => this.fold(experiment.experiment_id),
      onOpenTable: onOpenTable && (experiment => this.storeId !== null && onOpenTable(this.storeId, experiment)),
      line: () => this.line(),
      hasMenu: hasMenu === true,
    });
  }

  private line(): Item<RunEntry> {
    return runLine({
      words: this.words,
      storeId: () => this.storeId ?? '',
      isSelected: id => this.chosen.has(id),
      onOpen: run => this.options.onOpenRun(this.ref(run)),
      onSelect: run => this.choose(run),
      hasMenu: this.options.hasMenu === true,
    });
  }

  private ref(run: RunEntry): RunRef {
    return { store_id: this.storeId ?? '', run_id: run.run_id, name: run.name };
  }

  private fold(id: string): void {
    if (!this.open.delete(id)) {
      this.open.add(id);
      this.refresh();
      this.options.onUnfold?.(id);
    }
    this.draw();
  }

  private choose(run: RunEntry): void {
    if (!this.chosen.delete(run.run_id)) {
      this.chosen.set(run.run_id, run);
    }
    for (const line of this.node.querySelectorAll('.jt-line')) {
      line.setAttribute('aria-selected', this.chosen.has(line.getAttribute('data-run-id') ?? '') ? 'true' : 'false');
    }
  }

  /** What keys do to an item, by what it stands for. */
  private keysOf(tree: HTMLElement): TreeKeys {
    const { onOpenRun, onRename, onDelete, onRenameExperiment, onDeleteExperiment } = this.options;
    const run = (item: HTMLElement): RunEntry | undefined => {
      const id = item.dataset.runId;
      const known = [...this.runs.values()].flatMap(({ runs }) => runs);
      return id === undefined ? undefined : known.find(one => one.run_id === id) ?? { run_id: id, experiment_id: '', name: item.dataset.runName ?? id, status: 'FINISHED', start_time_ms: null, metric: '', value: '' };
    };
    const withRun = (item: HTMLElement, act: (entry: RunEntry) => void): void => {
      const entry = run(item);
      if (entry !== undefined) {
        act(entry);
      }
    };
    const experiment = ({ dataset }: HTMLElement): ExperimentRef | null => dataset.experimentId === undefined ? null : { store_id: this.storeId ?? '', experiment_id: dataset.experimentId, name: dataset.experimentName ?? '' };
    const either = (item: HTMLElement, onExperiment: ((one: ExperimentRef) => void) | undefined, onRun: (one: RunEntry) => void): void => {
      const found = experiment(item);
      if (found === null) {
        withRun(item, onRun);
      } else {
        onExperiment?.(found);
      }
    };
    return new TreeKeys(tree, {
      open: item => (item.dataset.experimentId === undefined ? withRun(item, entry => onOpenRun(this.ref(entry))) : this.fold(item.dataset.experimentId)),
      fold: item => this.fold(item.dataset.experimentId ?? ''),
      select: item => withRun(item, entry => this.choose(entry)),
      rename: item => either(item, onRenameExperiment, entry => onRename?.(this.ref(entry))),
      remove: item => either(item, onDeleteExperiment, entry => onDelete?.(this.chosen.has(entry.run_id) ? this.selection() : [this.ref(entry)])),
    });
  }
}

function hint(words: Words): HTMLElement[] {
  return [
    h('div', { class: 'jt-message-title' }, words.__('No runs yet')),
    h('div', { class: 'jt-muted' }, words.__('Your first one takes a minute. In a notebook, run')),
    codeBlock(HINT),
    h('div', { class: 'jt-muted' }, words.__('then begin a cell with')),
    codeBlock(HINT_CELL),
    h('div', { class: 'jt-muted' }, words.__('A live card appears under the cell, and the run appears here.')),
  ];
}
