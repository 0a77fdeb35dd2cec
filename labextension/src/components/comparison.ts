// Some runs side by side: what differs first, metrics against a baseline, all linked by one selection of runs.
import type { Client } from '../client.js';
import { ComparisonQuery, ComparisonSource } from '../comparison_source.js';
import { h, setHidden, setText } from '../dom.js';
import { formatCount, isLive } from '../format.js';
import { RunLink } from '../run_link.js';
import type { ComparedMetric, ComparisonOptions, ComparisonView, MetricGoal } from '../types.js';
import { __, _n } from '../words.js';
import { ComparisonTable } from './comparison_table.js';
import { icon } from './icons.js';
import { adviceFor, messageBox } from './message.js';

export interface RunComparisonOptions {
  client: Client;
  query: ComparisonQuery;
  /** Fills its container, as in a tab. */
  fill?: boolean;
  /** The user changed how runs are compared. */
  onChange?(change: Partial<ComparisonOptions>): void;
  onSelect?(runIds: string[]): void;
  onOpen?(run: { store_id: string; run_id: string; name: string }): void;
}

const NEXT_GOAL: Record<MetricGoal, MetricGoal> = { max: 'min', min: 'none', none: 'max' };

export class RunComparison {
  readonly node: HTMLElement;
  private readonly source: ComparisonSource;
  private readonly link: RunLink;
  private readonly table: ComparisonTable;
  private readonly count = h('span', { class: 'jt-count', role: 'status', 'aria-live': 'polite' });
  private readonly search = h('input', { type: 'search', class: 'jt-input', placeholder: __('Find a param, metric, package …'), 'aria-label': __('Find a row'), oninput: () => this.table.find(this.search.value) });
  private readonly refreshButton = h('button', { type: 'button', class: 'jt-button jt-refresh', title: __('Refresh'), 'aria-label': __('Refresh'), onclick: () => this.refreshAll() }, icon('refresh'));
  private readonly message = h('div', { class: 'jt-cmp-message' });
  private state: ComparisonOptions;

  constructor(private readonly options: RunComparisonOptions) {
    this.state = { ...options.query.options };
    this.source = new ComparisonSource(options.client, () => ({ ...options.query, options: this.state }), () => this.draw());
    this.link = new RunLink(ids => options.onSelect?.(ids));
    this.link.listen(() => this.drawCount());
    this.table = new ComparisonTable(options.client, this.link, {
      onBaseline: baseline => this.change({ baseline }),
      onGoal: metric => this.change(nextGoal(this.state, metric)),
      onOpen: options.onOpen === undefined ? undefined : run => options.onOpen?.({ store_id: options.query.store_id, run_id: run.run_id, name: run.name }),
    });
    this.node = h('section', { class: `jt jt-comparison${options.fill ? ' jt-comparison-fill' : ''}`, 'aria-label': __('Comparison of runs') },
      h('div', { class: 'jt-toolbar', role: 'toolbar', 'aria-label': __('Comparison') },
        h('div', { class: 'jt-filter' }, icon('filter'), this.search), this.count, this.refreshButton),
      this.message, this.table.node);
    this.draw();
  }

  get failure(): unknown {
    return this.source.failure;
  }

  /** A run that is compared goes on. */
  get isLive(): boolean {
    return this.source.view?.runs.some(run => isLive(run.status)) ?? false;
  }

  /** Asks for what has changed. */
  load(): Promise<void> {
    return this.source.ask();
  }

  refresh(): void {
    void this.source.ask().catch(() => undefined);
  }

  /** Reads the files again, too. */
  private refreshAll(): void {
    this.table.refresh();
    this.refresh();
  }

  setView(view: ComparisonView): void {
    this.source.seed(view);
  }

  /** Takes what somebody else changed, without telling them. */
  setState(change: Partial<ComparisonOptions>): void {
    const next = { ...this.state, ...change };
    if (JSON.stringify(next) !== JSON.stringify(this.state)) {
      this.state = next;
      this.refresh();
    }
  }

  setSelection(runIds: readonly string[]): void {
    this.link.replace(runIds);
  }

  dispose(): void {
    this.source.dispose();
    this.table.dispose();
    this.node.remove();
  }

  private change(change: Partial<ComparisonOptions>): void {
    this.state = { ...this.state, ...change };
    this.options.onChange?.(change);
    this.refresh();
  }

  private draw(): void {
    const { view, failure } = this.source;
    this.refreshButton.classList.toggle('jt-busy', this.source.loading);
    const box = this.messageFor(view, failure);
    setHidden(this.message, box === null);
    if (box !== null && box.textContent !== this.message.textContent) {
      this.message.replaceChildren(box);
    }
    setHidden(this.table.node, view === null);
    if (view !== null) {
      this.table.update(view);
    }
    this.drawCount();
  }

  private drawCount(): void {
    const { view } = this.source;
    const selected = this.link.selected.length;
    setText(this.count, view === null ? '' : `${formatCount(view.runs.length, 'run')}${selected > 0 ? ` · ${selected} selected` : ''}`);
  }

  private messageFor(view: ComparisonView | null, failure: unknown): HTMLElement | null {
    if (failure !== null) {
      return messageBox(adviceFor(failure));
    }
    if (view === null) {
      return h('div', { class: 'jt-state jt-muted' }, this.state.run_ids.length < 2 ? __('Select two runs or more to compare them.') : __('Loading the comparison…'));
    }
    return view.missing.length === 0 ? null
      : messageBox({ title: _n('%1 run of this comparison is gone.', '%1 runs of this comparison are gone.', view.missing.length), text: __('What is left is compared.') });
  }
}

/** The options in which a metric's goal is the next one. */
function nextGoal(state: ComparisonOptions, metric: ComparedMetric): Partial<ComparisonOptions> {
  const goal = NEXT_GOAL[metric.goal];
  const without = (keys: readonly string[]): string[] => keys.filter(key => key !== metric.key);
  const change = { minimize: without(state.minimize), maximize: without(state.maximize), unranked: without(state.unranked) };
  change[goal === 'min' ? 'minimize' : goal === 'max' ? 'maximize' : 'unranked'].push(metric.key);
  return change;
}
