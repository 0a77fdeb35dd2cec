// The table of a comparison: a column for each run, a foldable group of rows for each kind of thing.
import { h, markScrolled, setAttr } from '../dom.js';
import { RunLink } from '../run_link.js';
import type { Client } from '../client.js';
import { ComparisonParts, PARTS } from '../comparison_parts.js';
import { formatCount } from '../format.js';
import type { ComparedMetric, ComparedRun, ComparisonFilesView, ComparisonGroup, ComparisonPart, ComparisonView } from '../types.js';
import { viewLabel } from '../view_labels.js';
import { __ } from '../words.js';
import { ComparisonCharts } from './comparison_charts.js';
import { ComparisonGroupRows } from './comparison_group.js';
import { ComparisonHeader } from './comparison_header.js';
import { metricRow, plainRow, RowItem } from './comparison_row.js';
import { adviceFor } from './message.js';
import { SourceDiff } from './source_diff.js';

export interface ComparisonTableCallbacks {
  onBaseline(runId: string): void;
  onGoal(metric: ComparedMetric): void;
  onOpen?(run: ComparedRun): void;
}

/** In the order in which they stand; titles for people. */
const groups = (): [string, string][] => [
  ['params', __('Params')], ['metrics', __('Metrics')], ['charts', __('Charts')], ['tags', __('Tags')], ['datasets', __('Data sets')], ['code', __('Code')], ['git', __('Git')],
  ['packages', __('Packages')], ['environment', __('Python and platform')], ['artifacts', __('Artifacts')], ['run', __('Run')],
];
/** Groups whose rows are called by the view, and not by what was logged. */
const OURS: ReadonlySet<string> = new Set(['git', 'environment', 'run', 'code']);

export class ComparisonTable {
  /** What scrolls. */
  readonly node: HTMLElement;
  private readonly columns = h('colgroup');
  private readonly header: ComparisonHeader;
  private readonly table: HTMLTableElement;
  private readonly groups = new Map<string, ComparisonGroupRows>();
  private readonly charts: ComparisonCharts;
  private readonly diff: SourceDiff;
  private readonly parts: ComparisonParts;
  private view: ComparisonView | null = null;
  private words = '';

  constructor(client: Client, private readonly link: RunLink, private readonly callbacks: ComparisonTableCallbacks) {
    this.parts = new ComparisonParts(client, part => this.drawPart(part));
    this.diff = new SourceDiff(client);
    this.charts = new ComparisonCharts({ client, link, onOpen: callbacks.onOpen === undefined ? undefined : id => this.open(id) });
    this.header = new ComparisonHeader(link, callbacks);
    this.table = h('table', { class: 'jt-cmp' }, h('caption', { class: 'jt-sr' }, __('Runs side by side')), this.columns, this.header.node);
    for (const [id, title] of groups()) {
      const pane = { charts: this.charts.node, code: this.diff.node }[id] ?? null;
      const group = new ComparisonGroupRows(id, title, pane, isPart(id) ? () => void this.parts.ask(id) : undefined);
      this.groups.set(id, group);
      this.table.append(group.node);
    }
    this.node = h('div', {
      class: 'jt-cmp-scroll', tabindex: 0, role: 'region', 'aria-label': __('Runs side by side'),
      onpointerover: (event: PointerEvent) => this.onPointer(event), onpointerleave: () => link.hover(null),
    }, this.table);
    markScrolled(this.node);
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

  /** Reads the files again. */
  refresh(): void {
    this.parts.refresh();
  }

  dispose(): void {
    this.parts.dispose();
  }

  private open(runId: string): void {
    const run = this.view?.runs.find(other => other.run_id === runId);
    if (run !== undefined) {
      this.callbacks.onOpen?.(run);
    }
  }

  /** A kind of files that has been read, or could not be. */
  private drawPart(part: ComparisonPart): void {
    const { view } = this;
    const [files, failure, group] = [this.parts.get(part), this.parts.failure(part), this.groups.get(part)!];
    if (view === null || (files === null && failure === null)) {
      return;
    }
    if (files === null || files.group.rows.some(row => row.differs && row.cells.length !== view.runs.length)) {
      group.fail(failure === null ? '' : adviceFor(failure).text);
      return;
    }
    if (part === 'code' && files.group.total > 0) {
      const other = files.group.rows.find(row => row.differs)?.cells.findIndex((cell, i, cells) => i !== view.baseline && cell !== cells[view.baseline]) ?? -1;
      this.diff.update(view, view.runs[other < 0 ? (view.baseline === 0 ? Math.min(1, view.runs.length - 1) : 0) : other].run_id);
    }
    group.update(this.rowsOf(files.group, view), files.group.differing, files.group.total, view.runs.length, aboutFiles(files));
  }

  private draw(view: ComparisonView): void {
    const focused = (this.node.getRootNode() as Document | ShadowRoot).activeElement?.closest<HTMLElement>('[data-metric]')?.dataset.metric;
    const count = view.runs.length;
    this.table.style.setProperty('--jt-runs', String(count));
    this.columns.replaceChildren(h('col', { class: 'jt-cmp-keys' }), ...view.runs.map(() => h('col')));
    this.header.update(view);
    for (const group of view.groups) {
      this.groups.get(group.id)?.update(this.rowsOf(group, view), group.differing, group.total, count);
    }
    const metrics = view.metrics.map((metric): RowItem => ({ key: metric.key, differs: metric.differs, draw: () => metricRow(metric, view, this.callbacks.onGoal) }));
    this.groups.get('metrics')!.update(metrics, view.metrics.filter(metric => metric.differs).length, view.metrics_total, count);
    const charts = this.groups.get('charts')!;
    const canDraw = ComparisonCharts.canDraw(view);
    charts.update([], canDraw ? 1 : 0, canDraw ? 1 : 0, count);
    if (canDraw) {
      this.charts.update(view);
    }
    for (const part of PARTS) {
      if (this.parts.get(part) === null) {
        this.groups.get(part)!.wait(count);
      } else {
        this.drawPart(part);
      }
    }
    this.parts.update(view);
    this.find(this.words);
    this.mark();
    if (focused !== undefined) {
      // Its row was drawn anew.
      [...this.node.querySelectorAll<HTMLElement>('[data-metric]')].find(row => row.dataset.metric === focused)?.querySelector('button')?.focus();
    }
  }

  private rowsOf(group: ComparisonGroup, view: ComparisonView): RowItem[] {
    return group.rows.map(row => ({ key: row.key, differs: row.differs, draw: () => plainRow(row, view, OURS.has(group.id) ? viewLabel(row.key) : row.key) }));
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

function isPart(id: string): id is ComparisonPart {
  return (PARTS as string[]).includes(id);
}

/** What files were added and removed, and who has none. */
function aboutFiles({ group, added, removed, changed, without }: ComparisonFilesView): string {
  const counts = group.id === 'code' ? [] : [[changed, 'changed'], [added, 'added'], [removed, 'removed']].filter(([n]) => n !== 0).map(([n, word]) => `${n} ${word}`);
  const none = without.length === 0 ? [] : [`${formatCount(without.length, 'run')} without any`];
  return [...counts, ...none].join(', ');
}
