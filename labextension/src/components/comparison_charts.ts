// Which settings lead where: runs across their params, and a param against a metric, pointed at and selected together.
import type { Client } from '../client.js';
import { h, setHidden } from '../dom.js';
import type { RunLink } from '../run_link.js';
import type { ComparisonView, ParallelCoordinatesView, ScatterView } from '../types.js';
import { __ } from '../words.js';
import { adviceFor, messageBox } from './message.js';
import { ParallelCoordinates } from './parallel_coordinates.js';
import { Scatter } from './scatter.js';

export interface ComparisonChartsOptions {
  client: Client;
  link: RunLink;
  onOpen?(runId: string): void;
}

export class ComparisonCharts {
  readonly node: HTMLElement;
  private readonly parallel: ParallelCoordinates;
  private readonly scatter: Scatter;
  private readonly metric = this.select(__('Metric'), () => this.wanted.metric, value => (this.wanted.metric = value));
  private readonly across = this.select(__('Against'), () => this.wanted.x, value => (this.wanted.x = value));
  private readonly charts: HTMLElement;
  private readonly message = h('div', { hidden: true });
  private wanted = { metric: '', x: '' };
  private view: ComparisonView | null = null;
  private shown = '';

  constructor(private readonly options: ComparisonChartsOptions) {
    const { link } = options;
    const callbacks = {
      onSelect: (ids: string[] | null) => link.select(ids ?? []),
      onHover: (id: string | null) => link.hover(id),
      onOpen: options.onOpen,
    };
    this.parallel = new ParallelCoordinates(callbacks);
    this.scatter = new Scatter(callbacks);
    this.charts = h('div', { class: 'jt-cmp-charts' }, this.parallel.node, this.scatter.node);
    this.node = h('div', { class: 'jt-cmp-chart-box' },
      h('div', { class: 'jt-cmp-chart-bar' }, this.label(__('Metric'), this.metric), this.label(__('against'), this.across)), this.message, this.charts);
    link.listen(() => this.mark());
  }

  /** There is a metric, and something that differs to lay it against. */
  static canDraw(view: ComparisonView): boolean {
    return metricsOf(view).length > 0 && axesOf(view).length > 1;
  }

  update(view: ComparisonView): void {
    this.view = view;
    const metrics = metricsOf(view);
    if (!metrics.includes(this.wanted.metric)) {
      this.wanted.metric = view.metrics.find(({ key, goal }) => goal !== 'none' && metrics.includes(key))?.key ?? metrics[0] ?? '';
    }
    const axes = axesOf(view).filter(axis => axis !== `metrics.${this.wanted.metric}`);
    if (!axes.includes(this.wanted.x)) {
      this.wanted.x = axes[0] ?? '';
    }
    fill(this.metric, metrics.map(key => [key, key]), this.wanted.metric);
    fill(this.across, axes.map(axis => [axis, axis.slice(axis.indexOf('.') + 1)]), this.wanted.x);
    void this.load();
  }

  private label(words: string, select: HTMLSelectElement): HTMLElement {
    return h('label', {}, h('span', { class: 'jt-muted' }, words), select);
  }

  private select(label: string, _get: () => string, set: (value: string) => void): HTMLSelectElement {
    const node: HTMLSelectElement = h('select', {
      class: 'jt-select', 'aria-label': label, onchange: () => {
        set(node.value);
        if (this.view !== null) {
          this.update(this.view);
        }
      },
    });
    return node;
  }

  private async load(): Promise<void> {
    const { view, wanted } = this;
    if (view === null || wanted.metric === '') {
      return;
    }
    const key = JSON.stringify([view.token, wanted]);
    if (key === this.shown) {
      return;
    }
    this.shown = key;
    const query = { store: view.store_id, run_ids: view.runs.map(run => run.run_id).join(',') };
    try {
      const [lines, points] = await Promise.all([
        this.options.client.get<ParallelCoordinatesView>('/views/parallel-coordinates', { ...query, metric: wanted.metric }),
        this.options.client.get<ScatterView>('/views/scatter', { ...query, x: wanted.x, y: `metrics.${wanted.metric}` }),
      ]);
      if (this.shown === key) {
        this.parallel.update(lines);
        this.scatter.update(points);
        this.mark();
        setHidden(this.message, true);
        setHidden(this.charts, false);
      }
    } catch (error) {
      if (this.shown === key) {
        this.shown = '';
        this.message.replaceChildren(messageBox(adviceFor(error)));
        setHidden(this.message, false);
        setHidden(this.charts, true);
      }
    }
  }

  private mark(): void {
    for (const chart of [this.parallel, this.scatter]) {
      chart.setSelection(this.options.link.marked);
      chart.setHover(this.options.link.hovered);
    }
  }
}

function metricsOf(view: ComparisonView): string[] {
  return view.metrics.filter(metric => !/^system[/.]/.test(metric.key)).map(metric => metric.key);
}

/** Params that differ, then metrics: what a metric can be laid against. */
function axesOf(view: ComparisonView): string[] {
  const params = view.groups.find(group => group.id === 'params')?.rows.filter(row => row.differs) ?? [];
  return [...params.map(row => `params.${row.key}`), ...metricsOf(view).map(key => `metrics.${key}`)];
}

function fill(select: HTMLSelectElement, options: readonly [value: string, text: string][], chosen: string): void {
  if (options.map(([value]) => value).join('\n') !== [...select.options].map(option => option.value).join('\n')) {
    select.replaceChildren(...options.map(([value, text]) => h('option', { value }, text)));
  }
  select.value = chosen;
}
