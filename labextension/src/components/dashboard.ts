// Experiments, runs, curves and a comparison as linked tabs: what is selected in the table feeds the others.
import type { Client } from '../client.js';
import { h, setText } from '../dom.js';
import { comparisonOptions, DEFAULT_CURVES } from '../payload.js';
import type { PlotlyLoader } from '../plotly.js';
import type { DashboardOptions, DashboardTab, ExperimentEntry } from '../types.js';
import type { Rights } from '../rights.js';
import { __ } from '../words.js';
import type { RunComparison } from './comparison.js';
import { ExperimentTable } from './experiment_table.js';
import { adviceFor, messageBox } from './message.js';
import { MetricCurves } from './metric_curves.js';
import { RunTable } from './run_table.js';
import { Tabs } from './tabs.js';

export interface DashboardState extends DashboardOptions {
  experiment_ids: string[];
}

export interface DashboardComponentOptions {
  client: Client;
  plotly: PlotlyLoader;
  /** Called when the first comparison is looked at: few dashboards get there. */
  comparison(): Promise<typeof RunComparison>;
  query: { store_id: string; filter: string; state: DashboardState };
  /** Everything may be changed where left out. */
  rights?: Rights;
  /** Fills its container, as in a tab of Lab. */
  fill?: boolean;
  /** The user opened a tab, or selected something. */
  onChange?(change: Partial<DashboardState>): void;
  /** The user filtered the runs. */
  onFilter?(filter: string): void;
  /** There is something to be asked for, by `load`, now. */
  onWant?(): void;
  onOpen?(run: { store_id: string; run_id: string; name: string }): void;
}

/** As many as curves and a comparison take. */
const MAX_RUNS = 200;
const LIVE_MS: Record<DashboardTab, number> = { experiments: 5000, table: 5000, curves: 500, comparison: 2000 };
/** A run that matches may start at any time. */
const OPEN_MS = 5000;

export class Dashboard {
  readonly node: HTMLElement;
  private readonly tabs: Tabs;
  private readonly pages: Record<DashboardTab, HTMLElement>;
  private readonly where = h('span', { class: 'jt-muted jt-dash-where' });
  private readonly experiments: ExperimentTable;
  private table: RunTable | null = null;
  private curves: MetricCurves | null = null;
  private comparison: RunComparison | null = null;
  private comparing: typeof RunComparison | null = null;
  private asking: Promise<void> | null = null;
  private state: DashboardState;
  /** Of this place; where another is opened the one it began with holds, unless it was taken away. */
  private filter: string;
  private first: string;
  private named = false;
  private disposed = false;

  constructor(private readonly options: DashboardComponentOptions) {
    const { store_id, state, filter } = options.query;
    this.state = { ...state };
    this.filter = this.first = filter;
    this.experiments = new ExperimentTable({ client: options.client, storeId: store_id, rights: options.rights, onOpen: experiment => this.openExperiment(experiment) });
    const page = (...children: HTMLElement[]): HTMLElement => h('div', { class: 'jt-dash-page' }, ...children);
    this.pages = { experiments: page(this.experiments.node), table: page(), curves: page(), comparison: page() };
    this.tabs = new Tabs(__('Dashboard'), [
      { id: 'experiments', label: __('Experiments'), node: this.pages.experiments }, { id: 'table', label: __('Runs'), node: this.pages.table },
      { id: 'curves', label: __('Curves'), node: this.pages.curves }, { id: 'comparison', label: __('Comparison'), node: this.pages.comparison },
    ], id => this.change({ tab: id as DashboardTab }));
    this.node = h('section', { class: `jt jt-dashboard${options.fill ? ' jt-dashboard-fill' : ''}`, 'aria-label': __('Dashboard') }, this.tabs.node);
    this.tabs.node.querySelector('[role=tablist]')!.after(this.where);
    this.show();
  }

  /** Why the open tab could not be asked for. */
  get failure(): unknown {
    return this.part()?.failure ?? null;
  }

  /** When the open tab is to be asked for again; null for never. */
  get interval(): number | null {
    const { tab } = this.state;
    const part = this.part();
    if (part === null) {
      return null;
    }
    return part.isLive ? LIVE_MS[tab] : tab === 'curves' && this.curves?.isOpen ? OPEN_MS : null;
  }

  /** Asks for what the open tab shows, and for nothing else. */
  async load(): Promise<void> {
    if (!this.named && this.state.tab !== 'experiments' && this.state.experiment_ids.length === 1) {
      this.named = true;
      void this.experiments.load().then(() => this.showWhere(), () => undefined); // for its name, once
    }
    await this.part()?.load();
  }

  /** Takes what somebody else changed, without telling them. */
  setState(change: Partial<DashboardState>): void {
    const before = this.state;
    this.state = { ...before, ...change };
    if (JSON.stringify(before.experiment_ids) !== JSON.stringify(this.state.experiment_ids)) {
      this.forget();
    }
    const selected = JSON.stringify(before.selection) !== JSON.stringify(this.state.selection);
    if (selected) {
      this.table?.setSelection(this.state.selection);
    }
    if (JSON.stringify(before) !== JSON.stringify(this.state)) {
      this.show();
      // What is selected in the table changes nothing of the table.
      if (before.tab !== this.state.tab || before.experiment_ids !== this.state.experiment_ids || (selected && this.state.tab !== 'table')) {
        this.options.onWant?.();
      }
    }
  }

  dispose(): void {
    this.disposed = true;
    this.forget();
    this.node.remove();
  }

  private part(): ExperimentTable | RunTable | MetricCurves | RunComparison | null {
    const { experiments, table, curves, comparison } = this;
    return { experiments, table, curves, comparison }[this.state.tab];
  }

  private change(change: Partial<DashboardState>): void {
    const before = JSON.stringify(this.state);
    this.setState(change);
    if (JSON.stringify(this.state) !== before) {
      this.options.onChange?.(change);
    }
  }

  /** Another place than before, or the same: who asked for it wants to see its runs. */
  private openExperiment(experiment: ExperimentEntry | null): void {
    this.change({ experiment_ids: experiment === null ? [] : [experiment.experiment_id], selection: [], tab: 'table' });
  }

  /** What was of other experiments is made anew when it is looked at. */
  private forget(): void {
    [this.table, this.curves, this.comparison].forEach(part => part?.dispose());
    this.filter = this.first;
    [this.table, this.curves, this.comparison] = [null, null, null];
  }

  private show(): void {
    const { tab, selection, experiment_ids } = this.state;
    if (this.tabs.current !== tab) {
      this.tabs.show(tab); // it tells what is the case already
    }
    this.experiments.choose(experiment_ids);
    this.tabs.setNote('curves', selection.length === 0 ? '' : String(selection.length));
    this.tabs.setNote('comparison', selection.length < 2 ? '' : String(selection.length));
    this.showWhere();
    this.prepare(tab);
  }

  private prepare(tab: DashboardTab): void {
    const { selection } = this.state;
    const runs = selection.slice(0, MAX_RUNS);
    if (tab === 'table') {
      this.table ??= this.makeTable();
    } else if (tab === 'curves') {
      this.curves ??= this.makeCurves(runs);
      this.curves.setState({ run_ids: runs });
    } else if (tab === 'comparison') {
      this.prepareComparison(runs);
    }
  }

  private prepareComparison(runs: string[]): void {
    if (runs.length < 2) {
      this.comparison?.dispose();
      this.comparison = null;
      this.pages.comparison.replaceChildren(h('div', { class: 'jt-state', role: 'status' },
        h('div', { class: 'jt-message-title' }, __('Nothing to compare yet')), h('div', { class: 'jt-muted' }, __('Select two runs or more in the table.')),
        h('button', { type: 'button', class: 'jt-button', onclick: () => this.change({ tab: 'table' }) }, __('Go to the table'))));
      return;
    }
    if (this.comparing === null) {
      this.asking ??= this.loadComparing();
      return;
    }
    if (this.comparison === null) {
      const { client, query, fill, onOpen } = this.options;
      this.comparison = new this.comparing({ client, query: { store_id: query.store_id, options: comparisonOptions({ run_ids: runs }) }, fill, onOpen });
      this.pages.comparison.replaceChildren(this.comparison.node);
    }
    this.comparison.setState({ run_ids: runs });
  }

  /** What went wrong is said, and tried again when somebody comes back. */
  private async loadComparing(): Promise<void> {
    this.pages.comparison.replaceChildren(h('div', { class: 'jt-state jt-muted', role: 'status' }, __('Loading…')));
    try {
      this.comparing = await this.options.comparison();
    } catch (error) {
      this.pages.comparison.replaceChildren(messageBox(adviceFor(error)));
    }
    this.asking = null;
    if (this.comparing !== null && this.state.tab === 'comparison' && !this.disposed) {
      this.show();
      this.options.onWant?.();
    }
  }

  private makeTable(): RunTable {
    const { client, query } = this.options;
    const table = new RunTable({
      client,
      query: { store_id: query.store_id, experiment_ids: this.state.experiment_ids, filter: this.filter, order_by: null, columns: null },
      fill: this.options.fill,
      rights: this.options.rights,
      onFilter: filter => this.onFilter(filter),
      onWant: () => this.options.onWant?.(),
      onSelect: selection => this.change({ selection }),
      onOpen: this.options.onOpen,
    });
    table.setSelection(this.state.selection);
    this.pages.table.replaceChildren(table.node);
    return table;
  }

  /** Where nothing is selected, curves are of the runs that the table shows. */
  private onFilter(filter: string): void {
    if (filter !== this.filter) {
      this.filter = filter;
      this.first = filter === '' ? '' : this.first;
      this.curves?.dispose();
      this.curves = null;
      this.options.onFilter?.(filter);
    }
  }

  private clearFilter(): void {
    this.table?.clearFilter();
    this.onFilter('');
    this.show();
    // The button that was pressed is gone with the panel before.
    this.curves?.node.focus({ preventScroll: true });
    this.options.onWant?.();
  }

  private makeCurves(run_ids: string[]): MetricCurves {
    const { client, query, plotly } = this.options;
    const curves = new MetricCurves({
      client, plotly, fill: true,
      onClearFilter: () => this.clearFilter(),
      query: { store_id: query.store_id, experiment_ids: this.state.experiment_ids, filter: this.filter, options: { ...DEFAULT_CURVES, run_ids } },
    });
    this.pages.curves.replaceChildren(curves.node);
    return curves;
  }

  private showWhere(): void {
    const ids = this.state.experiment_ids;
    setText(this.where, ids.length === 0 ? __('all experiments') : ids.length > 1 ? __('%1 experiments', ids.length) : (this.experiments.nameOf(ids[0]) ?? ''));
  }
}
