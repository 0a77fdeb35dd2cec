// The table of a comparison: a column for each run, a foldable group of rows for each kind of thing.
import { h, setAttr } from '../dom.js';
import { RunLink } from '../run_link.js';
import type { ComparedMetric, ComparedRun, ComparisonGroup, ComparisonView } from '../types.js';
import { ComparisonGroupRows } from './comparison_group.js';
import { ComparisonHeader } from './comparison_header.js';
import { metricRow, plainRow, RowItem } from './comparison_row.js';

export interface ComparisonTableCallbacks {
  onBaseline(runId: string): void;
  onGoal(metric: ComparedMetric): void;
  onOpen?(run: ComparedRun): void;
}

/** In the order in which they stand; titles for people. */
const GROUPS: [string, string][] = [
  ['params', 'Params'], ['metrics', 'Metrics'], ['tags', 'Tags'], ['datasets', 'Data sets'], ['run', 'Run'], ['git', 'Git'], ['environment', 'Environment'],
];
const KEY_WIDTH = 220;
const RUN_WIDTH = 132;

export class ComparisonTable {
  /** What scrolls. */
  readonly node: HTMLElement;
  private readonly columns = h('colgroup');
  private readonly header: ComparisonHeader;
  private readonly table: HTMLTableElement;
  private readonly groups = new Map<string, ComparisonGroupRows>();
  private view: ComparisonView | null = null;
  private words = '';

  constructor(private readonly link: RunLink, private readonly callbacks: ComparisonTableCallbacks) {
    this.header = new ComparisonHeader(link, callbacks);
    this.table = h('table', { class: 'jt-cmp' }, h('caption', { class: 'jt-sr' }, 'Runs side by side'), this.columns, this.header.node);
    for (const [id, title] of GROUPS) {
      const group = new ComparisonGroupRows(id, title);
      this.groups.set(id, group);
      this.table.append(group.node);
    }
    this.node = h('div', {
      class: 'jt-cmp-scroll', tabindex: 0, role: 'region', 'aria-label': 'Runs side by side',
      onpointerover: (event: PointerEvent) => this.onPointer(event), onpointerleave: () => link.hover(null),
    }, this.table);
    link.listen(() => this.mark());
  }

  update(view: ComparisonView): void {
    const before = this.view;
    this.view = view;
    if (before?.token !== view.token) {
      this.draw(view);
    }
  }

  /** Shows only rows whose key has these words. */
  find(words: string): void {
    this.words = words;
    this.groups.forEach(group => group.find(words));
  }

  private draw(view: ComparisonView): void {
    const focused = (this.node.getRootNode() as Document | ShadowRoot).activeElement?.closest<HTMLElement>('[data-metric]')?.dataset.metric;
    const count = view.runs.length;
    this.table.style.minWidth = `${KEY_WIDTH + count * RUN_WIDTH}px`;
    this.columns.replaceChildren(h('col', { style: `width: ${KEY_WIDTH}px` }), ...view.runs.map(() => h('col')));
    this.header.update(view);
    for (const group of view.groups) {
      this.groups.get(group.id)?.update(this.rowsOf(group, view), group.differing, group.total, count);
    }
    const metrics = view.metrics.map((metric): RowItem => ({ key: metric.key, differs: metric.differs, draw: () => metricRow(metric, view, this.callbacks.onGoal) }));
    this.groups.get('metrics')!.update(metrics, view.metrics.filter(metric => metric.differs).length, view.metrics_total, count);
    this.find(this.words);
    this.mark();
    if (focused !== undefined) {
      // Its row was drawn anew.
      [...this.node.querySelectorAll<HTMLElement>('[data-metric]')].find(row => row.dataset.metric === focused)?.querySelector('button')?.focus();
    }
  }

  private rowsOf(group: ComparisonGroup, view: ComparisonView): RowItem[] {
    return group.rows.map(row => ({ key: row.key, differs: row.differs, draw: () => plainRow(row, view) }));
  }

  /** A column is marked as a whole: its cells need not be touched. */
  private mark(): void {
    const columns = [...this.columns.children].slice(1);
    this.view?.runs.forEach((run, i) => {
      setAttr(columns[i], 'data-on', run.run_id === this.link.hovered);
      setAttr(columns[i], 'data-selected', this.link.selected.includes(run.run_id));
    });
    this.header.mark();
  }

  private onPointer(event: PointerEvent): void {
    const cell = (event.target as Element).closest?.('td, th') as HTMLTableCellElement | null;
    const isOfRun = cell !== null && cell.colSpan === 1 && cell.cellIndex > 0;
    this.link.hover(isOfRun ? this.view?.runs[cell.cellIndex - 1]?.run_id ?? null : null);
  }
}
