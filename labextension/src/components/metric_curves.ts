// The metrics of several runs as small plots that are pointed at, zoomed and coloured together.
import type { Client } from '../client.js';
import type { Range } from '../curve_data.js';
import { curvesCsv, curvesSvg, pngOf, saveFile } from '../curve_export.js';
import { CurveSource, CurvesQuery, DecodedPanel } from '../curve_source.js';
import { h, hasFocus, KeyedList, setAttr, setHidden, setText } from '../dom.js';
import { isLive } from '../format.js';
import type { Plotly, PlotlyLoader } from '../plotly.js';
import { pagePlotly } from '../plotly.js';
import { ChartColors, chartColors, watchTheme } from '../theme.js';
import type { CurveLine, CurveOptions, MetricCurvesView } from '../types.js';
import { __ } from '../words.js';
import { CurveLegend } from './curve_legend.js';
import { CurvePlot } from './curve_plot.js';
import { curvesState } from './curves_state.js';
import { curveTable } from './curve_table.js';
import { CurveToolbar, FileKind } from './curve_toolbar.js';
import { adviceFor, messageBox } from './message.js';

/** What a user changes on the screen, and a kernel may change too. */
export interface CurvesState extends CurveOptions {
  /** Ids of lines that are not drawn. */
  hidden: string[];
  zoom: Range | null;
}

export interface MetricCurvesOptions {
  client: Client;
  plotly: PlotlyLoader;
  query: CurvesQuery;
  fill?: boolean;
  /** The user changed something. */
  onChange?(change: Partial<CurvesState>): void;
  /** The user wants all runs, whatever the filter. Where left out the panel does without it until it is made anew. */
  onClearFilter?(): void;
}

const MIN_POINTS = 200;
const MAX_POINTS = 1000;
/** Of all curves of a plot together: what can be drawn between two pictures, and more than can be told apart. */
const POINTS_A_PLOT = 6000;
/** How long plots wait for the points of what is zoomed into, before they draw those on hand in their place. */
const HOLD_MS = 120;
/** Before the plots know how wide they are. */
const WIDTH = 480;

export class MetricCurves {
  readonly node: HTMLElement;
  private readonly source: CurveSource;
  private readonly toolbar: CurveToolbar;
  private readonly legend: CurveLegend;
  private readonly plots = new Map<string, CurvePlot>();
  private readonly grid: HTMLElement;
  private readonly list: KeyedList<string>;
  private readonly message = h('div', { class: 'jt-curves-message' });
  private readonly data = h('div', { class: 'jt-curve-table', role: 'region', tabindex: 0, 'aria-label': __('Data table') });
  private readonly details = h('details', { class: 'jt-curve-data', ontoggle: () => this.drawTable() }, h('summary', {}, __('Data table')), this.data);
  private readonly status = h('div', { class: 'jt-sr', role: 'status' });
  private state: CurvesState;
  private filter: string;
  private plotly: Plotly | null = null;
  private libraryFailure: unknown = null;
  private colors: ChartColors | null = null;
  private focus: string | null = null;
  private frame: number | null = null;
  private hold: ReturnType<typeof setTimeout> | null = null;
  private dirty = new Set<CurvePlot>();
  private readonly unwatchTheme: () => void;
  private readonly resizes: ResizeObserver | null;
  private width = 0;
  private disposed = false;

  constructor(private readonly options: MetricCurvesOptions) {
    this.state = { ...options.query.options, hidden: [], zoom: null };
    this.filter = options.query.filter;
    this.source = new CurveSource(options.client, () => this.wanted(), () => this.onSource());
    this.toolbar = new CurveToolbar({
      onChange: change => this.change(change), onReset: () => this.resetZoom(), onExport: kind => void this.save(kind),
    });
    this.legend = new CurveLegend({ onToggle: id => this.toggle(id), onOnly: id => this.only(id), onFocus: id => this.setFocus(id) });
    this.grid = h('div', { class: 'jt-plots' });
    this.list = new KeyedList(this.grid, key => key, key => this.plot(key));
    this.node = h('section', { class: `jt jt-curves${options.fill ? ' jt-curves-fill' : ''}`, 'aria-label': __('Metric curves'), tabindex: -1 },
      this.toolbar.node, this.legend.node, this.message, this.grid, this.details, this.status);
    this.unwatchTheme = watchTheme(() => this.recolor());
    this.resizes = typeof ResizeObserver === 'undefined' ? null : new ResizeObserver(() => this.onResize());
    this.resizes?.observe(this.grid);
    this.toolbar.update(this.state, null, false);
    void this.loadLibrary();
    this.update();
  }

  get failure(): unknown {
    return this.source.failure;
  }

  /** A run that is shown goes on. */
  get isLive(): boolean {
    return this.source.view?.lines.some(line => isLive(line.status)) ?? false;
  }

  /** Runs may come that match; a fixed list has all it will ever have. */
  get isOpen(): boolean {
    return this.state.run_ids.length === 0;
  }

  /** Asks for what has changed. */
  load(): Promise<void> {
    return this.source.ask();
  }

  /** Takes a view that the kernel made, which knows nothing of a filter that was taken away here. */
  setView(view: MetricCurvesView): void {
    if (this.filter === this.options.query.filter) {
      this.source.seed(view);
    }
  }

  /** Takes what somebody else changed, without telling them. */
  setState(change: Partial<CurvesState>): void {
    const before = JSON.stringify(this.state);
    this.state = { ...this.state, ...change };
    if (JSON.stringify(this.state) !== before) {
      this.changed(change);
    }
  }

  dispose(): void {
    this.disposed = true;
    this.unwatchTheme();
    this.resizes?.disconnect();
    this.source.dispose();
    this.toolbar.dispose();
    this.release();
    if (this.frame !== null) {
      cancelAnimationFrame(this.frame);
    }
    this.plots.forEach(plot => plot.dispose(this.plotly));
    this.node.remove();
  }

  private wanted(): { query: CurvesQuery; zoom: Range | null; points: number } {
    const { hidden: _hidden, zoom, ...options } = this.state;
    const width = this.grid.firstElementChild?.clientWidth || WIDTH;
    const most = Math.min(MAX_POINTS, POINTS_A_PLOT / Math.max(this.source.view?.lines.length ?? 1, 1));
    const points = Math.max(Math.min(Math.ceil(width / 100), Math.floor(most / 100)) * 100, MIN_POINTS);
    return { query: { ...this.options.query, filter: this.filter, options }, zoom, points };
  }

  private change(change: Partial<CurvesState>): void {
    // A place on one axis means nothing on another.
    const full = 'x' in change && change.x !== this.state.x ? { ...change, zoom: null } : change;
    this.state = { ...this.state, ...full };
    this.options.onChange?.(full);
    this.changed(full);
  }

  private changed(change: Partial<CurvesState>): void {
    if ('zoom' in change || 'x' in change || 'log_y' in change) {
      this.plots.forEach(plot => plot.resetY());
    }
    if ('zoom' in change) {
      this.source.forgetPart();
    }
    if (change.zoom) {
      this.release();
      this.hold = setTimeout(() => this.release(), HOLD_MS);
    }
    this.update();
    const onlyDrawn = Object.keys(change).every(name => name === 'hidden' || name === 'log_y' || (name === 'zoom' && change.zoom === null));
    if (!onlyDrawn) {
      // The poller tells what went wrong; here it must only not be lost as a rejection.
      void this.source.ask().catch(() => undefined);
    }
  }

  private clearFilter(): void {
    if (this.options.onClearFilter !== undefined) {
      this.options.onClearFilter();
      return;
    }
    this.filter = '';
    this.source.forgetPart();
    void this.source.ask().catch(() => undefined);
  }

  private toggle(id: string): void {
    const { hidden } = this.state;
    this.change({ hidden: hidden.includes(id) ? hidden.filter(other => other !== id) : [...hidden, id] });
  }

  private only(id: string): void {
    const others = (this.source.view?.lines ?? []).map(line => line.id).filter(other => other !== id);
    const isAlone = others.every(other => this.state.hidden.includes(other)) && !this.state.hidden.includes(id);
    this.change({ hidden: isAlone ? [] : others });
  }

  private setFocus(id: string | null): void {
    if (this.focus !== id && (id === null || !this.state.hidden.includes(id))) {
      this.focus = id;
      this.updatePlots();
    }
  }

  private resetZoom(): void {
    if (this.state.zoom === null) {
      this.plots.forEach(plot => plot.resetY());
      this.updatePlots();
    } else {
      this.change({ zoom: null });
    }
  }

  private async loadLibrary(): Promise<void> {
    try {
      this.plotly = await pagePlotly(this.options.plotly);
    } catch (error) {
      this.libraryFailure = error;
      this.update();
    }
    this.plots.forEach(plot => this.schedule(plot));
  }

  private plot(key: string): { node: HTMLElement; update(): void } {
    const plot = new CurvePlot({
      onPoint: (from, at) => this.plots.forEach(other => other.point(at, other === from)),
      onZoom: zoom => this.change({ zoom }),
      onReset: () => this.resetZoom(),
      onRedraw: one => this.schedule(one),
    });
    this.plots.set(key, plot);
    return { node: plot.node, update: () => undefined };
  }

  /** Brings all of it up to date with the state and the newest view. */
  private update(): void {
    const { view } = this.source;
    this.toolbar.update(this.state, view, this.state.zoom !== null);
    this.legend.update(view?.lines ?? [], new Set(this.state.hidden), view?.runs_total ?? 0);
    setHidden(this.legend.node, (view?.lines.length ?? 0) === 0);
    const keys = this.source.whole.filter(panel => panel.curves.length > 0).map(panel => panel.key);
    for (const [key, plot] of this.plots) {
      if (!keys.includes(key)) {
        plot.dispose(this.plotly);
        this.plots.delete(key);
      }
    }
    this.list.update(keys);
    // Four in two rows of two, rather than one that is left over.
    setAttr(this.grid, 'data-count', keys.length === 4 ? 4 : Math.min(keys.length, 3));
    this.drawMessage(view, keys.length);
    setHidden(this.details, keys.length === 0);
    this.updatePlots();
    this.drawTable();
  }

  private updatePlots(): void {
    const { view, whole, part } = this.source;
    if (view === null) {
      return;
    }
    const lines = new Map(view.lines.filter(line => !this.state.hidden.includes(line.id)).map(line => [line.id, line]));
    for (const panel of whole) {
      const plot = this.plots.get(panel.key);
      if (plot !== undefined) {
        const changed = plot.update({
          key: panel.key, whole: visible(panel, lines), curves: visible(part?.find(other => other.key === panel.key) ?? panel, lines),
          lines, x: view.x, logX: this.state.log_x, logY: this.state.log_y, zoom: this.state.zoom, focus: this.focus,
        });
        if (changed) {
          this.schedule(plot);
        }
      }
    }
  }

  /** Draws once a frame at most, and only in a page that lays out. */
  private schedule(plot: CurvePlot): void {
    this.dirty.add(plot);
    if (this.frame === null && this.hold === null && this.plotly !== null) {
      this.frame = requestAnimationFrame(() => {
        this.frame = null;
        this.draw();
      });
    }
  }

  private onSource(): void {
    this.release();
    this.update();
  }

  /** Draws what has waited for points. */
  private release(): void {
    if (this.hold !== null) {
      clearTimeout(this.hold);
      this.hold = null;
      this.dirty.forEach(plot => this.schedule(plot));
    }
  }

  private draw(): void {
    if (this.disposed || this.plotly === null || !this.node.isConnected || this.grid.clientWidth === 0) {
      return; // drawn when the panel gets a size
    }
    this.width = this.grid.clientWidth;
    this.colors ??= chartColors(this.node);
    const present = new Set(this.plots.values());
    for (const plot of this.dirty) {
      if (present.has(plot)) {
        plot.draw(this.plotly, this.colors);
      }
    }
    this.dirty.clear();
  }

  private onResize(): void {
    if (this.grid.clientWidth !== this.width) {
      this.plots.forEach(plot => this.schedule(plot));
    }
  }

  private recolor(): void {
    this.colors = null;
    this.plots.forEach(plot => this.schedule(plot));
  }

  private drawMessage(view: MetricCurvesView | null, plots: number): void {
    const box = this.messageFor(view, plots);
    const stays = box !== null && this.message.textContent === box.textContent;
    if (!stays && hasFocus(this.message)) {
      // Its button goes, and who pressed it by a key is to stay here.
      this.node.focus({ preventScroll: true });
    }
    setHidden(this.message, box === null);
    if (box !== null && !stays) {
      this.message.replaceChildren(box);
    }
  }

  private messageFor(view: MetricCurvesView | null, plots: number): HTMLElement | null {
    if (this.libraryFailure !== null && plots > 0) {
      return messageBox({ title: __('The chart library could not be loaded.'), text: __('The values are in the data table below. Reload the page to try again.') });
    }
    if (view === null) {
      return this.failure === null ? h('div', { class: 'jt-curves-wait', 'aria-hidden': 'true' }) : messageBox(adviceFor(this.failure));
    }
    return plots > 0 && view.error === null ? null : curvesState(view, { ...this.state, filter: this.source.filter }, () => this.clearFilter());
  }

  private drawTable(): void {
    const { view, whole } = this.source;
    if (view !== null && this.details.open) {
      this.data.replaceChildren(curveTable(whole, view));
    }
  }

  private async save(kind: FileKind): Promise<void> {
    setText(this.status, __('Preparing the file'));
    try {
      await this.saved(kind);
      setText(this.status, __('The file is saved'));
    } catch {
      setText(this.status, __('The file could not be made'));
    }
  }

  private async saved(kind: FileKind): Promise<void> {
    if (kind === 'csv') {
      const { view, panels } = await this.source.everything();
      const lines = new Map(view.lines.map(line => [line.id, line]));
      const shown = panels.map(panel => ({ key: panel.key, curves: panel.curves.filter(curve => !this.state.hidden.includes(curve.line)) }));
      saveFile('curves.csv', new Blob([curvesCsv(shown, lines, view.x, view.group_by !== null)], { type: 'text/csv' }));
      return;
    }
    const sources = [...this.plots].flatMap(([key, plot]) => (plot.figure === null ? [] : [{ key, figure: plot.figure }]));
    if (this.plotly === null || sources.length === 0) {
      throw new Error(__('Nothing is drawn yet.'));
    }
    const lines = (this.source.view?.lines ?? []).filter(line => !this.state.hidden.includes(line.id));
    const picture = await curvesSvg(this.plotly, sources, lines, this.colors ?? chartColors(this.node));
    const blob = kind === 'svg' ? new Blob([picture.svg], { type: 'image/svg+xml' }) : await pngOf(picture);
    saveFile(`curves.${kind}`, blob);
  }
}

function visible(panel: DecodedPanel, lines: ReadonlyMap<string, CurveLine>): DecodedPanel['curves'] {
  return panel.curves.filter(curve => lines.has(curve.line));
}
