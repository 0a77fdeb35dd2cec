// The curves of one metric: drawn by plotly, read by pointer or keys, zoomed along the axis.
import { anyWithin, Decoded, Range, xRange, xText, yRange } from '../curve_data.js';
import { curveFigure, FigureOptions, MARGIN, place, valueAt } from '../curve_figure.js';
import { h, setAttr, setHidden, setText, svg } from '../dom.js';
import { formatCount, formatNumber } from '../format.js';
import type { Plotly, PlotlyElement, RelayoutEvent } from '../plotly.js';
import type { ChartColors } from '../theme.js';
import type { CurveLine, CurveX } from '../types.js';
import { __ } from '../words.js';
import { CurveTooltip, Reading, readings } from './curve_tooltip.js';
import { setName } from './middle_cut.js';
import { BoxArea, Part, ZoomBox } from './zoom_box.js';

export interface PlotState {
  key: string;
  /** Those that are shown, of the part that is zoomed into. */
  curves: readonly Decoded[];
  /** All that the metric has, whatever is zoomed into. */
  whole: readonly Decoded[];
  lines: ReadonlyMap<string, CurveLine>;
  x: CurveX;
  logX: boolean;
  logY: boolean;
  zoom: Range | null;
  focus: string | null;
}

export interface PlotOptions {
  /** The pointer or a key went to a place of the axis; null: it left. */
  onPoint(plot: CurvePlot, at: number | null): void;
  onZoom(zoom: Range): void;
  /** All of the axis, in every plot. */
  onReset(): void;
  /** Only this plot is to be drawn again. */
  onRedraw(plot: CurvePlot): void;
}

const CONFIG = { displayModeBar: false, doubleClick: false, displaylogo: false, showTips: false, responsive: false };
/** How far the pointer may be from a line, in pixels, to be on it. */
const CLOSE = 24;

export class CurvePlot {
  readonly node: HTMLElement;
  private readonly title = h('span', { class: 'jt-plot-title', role: 'heading', 'aria-level': '4' });
  private readonly warning = h('span', { class: 'jt-plot-warning' });
  private readonly chart = h('div', { class: 'jt-plot-chart' }) as PlotlyElement;
  private readonly cross = svg('line', { class: 'jt-plot-cross' });
  private readonly dots = svg('g');
  private readonly overlay = svg('svg', { class: 'jt-plot-overlay', 'aria-hidden': 'true' }, this.cross, this.dots);
  private readonly tooltip = new CurveTooltip();
  private readonly area: HTMLElement;
  private readonly box: ZoomBox;
  private readonly none = h('div', { class: 'jt-plot-none jt-muted' });
  private state: PlotState | null = null;
  private drawn: FigureOptions | null = null;
  private yZoom: Range | null = null;
  private at: number | null = null;
  private listening = false;
  /** What plotly's drag shows by now; null while there is none. */
  private dragged: RelayoutEvent | null = null;
  private toldEarly = false;
  /** What is drawn is not what the state says. */
  private stale = false;

  constructor(private readonly options: PlotOptions) {
    this.area = h('div', {
      class: 'jt-plot-area', tabindex: '0', role: 'slider', 'aria-orientation': 'horizontal',
      onpointermove: (event: PointerEvent) => this.onPointer(event), onpointerleave: () => this.options.onPoint(this, null),
      onkeydown: (event: KeyboardEvent) => this.onKey(event), onblur: () => this.options.onPoint(this, null),
      ondblclick: () => this.options.onReset(),
    }, this.chart, this.overlay as unknown as HTMLElement, this.none, this.tooltip.node);
    this.box = new ZoomBox(this.area, {
      area: () => this.plotArea(), onStart: () => this.options.onPoint(this, null), onEnd: (x, y) => this.onBox(x, y),
    });
    this.node = h('figure', { class: 'jt-plot' }, h('figcaption', { class: 'jt-plot-head' }, this.title, this.warning), this.area);
  }

  /** What is drawn, so that it can be exported; null before it is. */
  get figure(): FigureOptions | null {
    return this.drawn;
  }

  /** Takes what is to be drawn; returns whether it differs from what was. */
  update(state: PlotState): boolean {
    const changed = this.state === null || this.stale || !same(this.state, state);
    this.stale = false;
    this.state = state;
    if (!changed) {
      return false;
    }
    setName(this.title, state.key);
    this.title.title = state.key;
    const warning = nonfiniteText(state);
    setText(this.warning, warning);
    setHidden(this.warning, warning === '');
    setAttr(this.area, 'aria-label', `${state.key}: ${summary(state)}`);
    return true;
  }

  /** Draws what was last given to `update`, in the size that the plot has now. */
  draw(plotly: Plotly, colors: ChartColors): void {
    const state = this.state!;
    const { clientWidth: width, clientHeight: height } = this.area;
    const whole = xRange(state.whole, state.logX);
    setText(this.none, whole === null ? __('No finite value to draw') : '');
    const inZoom = state.zoom !== null && anyWithin(state.curves, state.zoom);
    const curves = inZoom ? state.curves : state.whole;
    const range = inZoom ? state.zoom! : roomy(whole ?? [0, 1]);
    this.drawn = {
      curves, lines: state.lines, x: state.x, logX: state.logX && state.x !== 'time', logY: state.logY, xRange: range,
      yRange: this.yZoom ?? yRange(curves, range, state.logY) ?? [0.1, 1], focus: state.focus, colors, width, height,
    };
    const { data, layout } = curveFigure(this.drawn);
    void plotly.react(this.chart, data, layout, CONFIG);
    if (!this.listening) {
      this.listening = true;
      this.chart.on?.('plotly_relayouting', event => this.onDrag(event));
      this.chart.on?.('plotly_relayout', event => this.onRelayout(event));
      this.chart.on?.('plotly_doubleclick', () => this.options.onReset());
    }
    this.setSlider();
    this.point(this.at);
  }

  /** Shows the crosshair at a place of the axis; the values too where `own`. */
  point(at: number | null, own = !this.tooltip.node.hidden, pointer: number | null = null): void {
    this.at = at;
    const drawn = this.drawn;
    const part = at === null || drawn === null ? -1 : place(at, drawn.xRange, drawn.logX);
    const hidden = part < 0 || part > 1;
    this.overlay.style.display = hidden ? 'none' : '';
    if (hidden || drawn === null || at === null) {
      this.tooltip.hide();
      return;
    }
    const values = readings(drawn.curves, drawn.lines, at, (drawn.xRange[1] - drawn.xRange[0]) * 0.02);
    const left = MARGIN.l + part * (drawn.width - MARGIN.l - MARGIN.r);
    this.drawCross(drawn, left, values);
    setAttr(this.area, 'aria-valuetext', `${xText(at, drawn.x)}: ${values.map(value => `${value.line.label} ${formatNumber(value.y, 4)}`).join(', ')}`);
    setAttr(this.area, 'aria-valuenow', at);
    if (own && values.length > 0) {
      this.tooltip.show(at, drawn.x, values, pointer === null ? null : this.closest(drawn, values, pointer));
      this.tooltip.move(left, drawn.width);
    } else {
      this.tooltip.hide();
    }
  }

  /** Forgets that the plot was zoomed into from bottom to top. */
  resetY(): void {
    this.stale ||= this.yZoom !== null;
    this.yZoom = null;
  }

  dispose(plotly: Plotly | null): void {
    window.removeEventListener('mouseup', this.onRelease, true);
    this.box.dispose();
    plotly?.purge(this.chart);
    this.node.remove();
  }

  private drawCross(drawn: FigureOptions, left: number, values: readonly Reading[]): void {
    setAttr(this.overlay, 'viewBox', `0 0 ${drawn.width} ${drawn.height}`);
    for (const [name, value] of Object.entries({ x1: left, x2: left, y1: MARGIN.t, y2: drawn.height - MARGIN.b })) {
      setAttr(this.cross, name, value);
    }
    this.dots.replaceChildren(...values.flatMap(({ line, x, y }) => {
      const [px, py] = this.pixel(drawn, x, y);
      return py < MARGIN.t || py > drawn.height - MARGIN.b ? [] : [svg('circle', { cx: px, cy: py, r: 3, style: `fill: var(--jt-run-${line.color})` })];
    }));
  }

  private pixel(drawn: FigureOptions, x: number, y: number): [number, number] {
    return [
      MARGIN.l + place(x, drawn.xRange, drawn.logX) * (drawn.width - MARGIN.l - MARGIN.r),
      drawn.height - MARGIN.b - place(y, drawn.yRange, drawn.logY) * (drawn.height - MARGIN.t - MARGIN.b),
    ];
  }

  private closest(drawn: FigureOptions, values: readonly Reading[], pointer: number): string | null {
    const away = values.map(({ line, x, y }) => ({ id: line.id, by: Math.abs(this.pixel(drawn, x, y)[1] - pointer) }));
    const best = away.reduce((a, b) => (b.by < a.by ? b : a), away[0]);
    return best !== undefined && best.by <= CLOSE ? best.id : null;
  }

  private onPointer(event: PointerEvent): void {
    const drawn = this.drawn;
    if (drawn === null || event.buttons !== 0) {
      return;
    }
    const box = this.area.getBoundingClientRect();
    const part = (event.clientX - box.left - MARGIN.l) / (drawn.width - MARGIN.l - MARGIN.r);
    if (part < 0 || part > 1) {
      this.options.onPoint(this, null);
      return;
    }
    const at = this.snapped(valueAt(part, drawn.xRange, drawn.logX));
    this.options.onPoint(this, at);
    this.point(at, true, event.clientY - box.top);
  }

  /** The place that a run has a point at: a crosshair between two steps would say nothing. */
  private snapped(at: number): number {
    const values = readings(this.drawn!.curves, this.drawn!.lines, at, 0);
    return values.reduce((best, { x }) => (Math.abs(x - at) < Math.abs(best - at) ? x : best), values[0]?.x ?? at);
  }

  private onKey(event: KeyboardEvent): void {
    const drawn = this.drawn;
    const moves: Record<string, number> = { ArrowRight: 0.01, ArrowLeft: -0.01, PageUp: 0.1, PageDown: -0.1, Home: -2, End: 2 };
    if (drawn === null || (!(event.key in moves) && !'+-=Escape'.includes(event.key))) {
      return;
    }
    event.preventDefault();
    event.stopPropagation();
    const part = this.at === null ? 1 : place(this.at, drawn.xRange, drawn.logX);
    if (event.key === 'Escape') {
      this.options.onPoint(this, null);
      this.options.onReset();
    } else if (event.key in moves) {
      const at = this.step(Math.min(Math.max(part + moves[event.key], 0), 1), event.key);
      this.options.onPoint(this, at);
      this.point(at, true);
    } else {
      this.zoomBy(drawn, part, event.key === '-' ? 2 : 0.5);
    }
  }

  /** One step of the keyboard goes to the next point at least. */
  private step(part: number, key: string): number {
    const drawn = this.drawn!;
    const wanted = valueAt(part, drawn.xRange, drawn.logX);
    const at = this.snapped(wanted);
    if (at !== this.at || !key.startsWith('Arrow')) {
      return at;
    }
    const all = drawn.curves.flatMap(curve => [...curve.x]).filter(x => (key === 'ArrowRight' ? x > at : x < at));
    return all.length === 0 ? at : key === 'ArrowRight' ? Math.min(...all) : Math.max(...all);
  }

  private zoomBy(drawn: FigureOptions, part: number, factor: number): void {
    const ends = [part - part * factor, part + (1 - part) * factor].map(end => valueAt(end, drawn.xRange, drawn.logX));
    const whole = xRange(this.state!.whole, drawn.logX) ?? drawn.xRange;
    const zoom: Range = [Math.max(ends[0], whole[0]), Math.min(ends[1], whole[1])];
    if (zoom[0] <= whole[0] && zoom[1] >= whole[1]) {
      this.options.onReset();
    } else {
      this.options.onZoom(zoom);
    }
  }

  /** Where the curves are, between the axes. */
  private plotArea(): BoxArea | null {
    const { drawn } = this;
    return drawn && { left: MARGIN.l, top: MARGIN.t, width: drawn.width - MARGIN.l - MARGIN.r, height: drawn.height - MARGIN.t - MARGIN.b };
  }

  private onBox(x: Part | null, y: Part | null): void {
    const { xRange: across, yRange: up, logX, logY } = this.drawn!;
    const within = ([low, high]: Part, range: Range, log: boolean): Range => [valueAt(low, range, log), valueAt(high, range, log)];
    const high = y === null ? null : within(y, up, logY);
    if (x !== null) {
      this.options.onZoom(within(x, across, logX));
    }
    if (high !== null) {
      this.yZoom = high; // after `onZoom`, which forgets the height of what was shown before
      this.options.onRedraw(this);
    }
  }

  private onDrag(event: RelayoutEvent): void {
    this.dragged = event;
    this.toldEarly = false;
    window.addEventListener('mouseup', this.onRelease, { capture: true, once: true });
  }

  /** Plotly tells what was moved to when it has drawn it; asking for its points waits that long for nothing. */
  private readonly onRelease = (): void => {
    const event = this.dragged;
    this.dragged = null;
    if (event !== null) {
      this.onRelayout(event);
      this.toldEarly = true;
    }
  };

  private onRelayout(event: RelayoutEvent): void {
    const drawn = this.drawn;
    if (this.toldEarly) {
      this.toldEarly = false;
      return;
    }
    const x = span(event, 'xaxis');
    const y = span(event, 'yaxis');
    if (drawn === null || (x === null && y === null)) {
      return;
    }
    if (y !== null) {
      this.yZoom = drawn.logY ? [10 ** y[0], 10 ** y[1]] : y;
    }
    if (x !== null) {
      const size = drawn.width - MARGIN.l - MARGIN.r;
      const shown = drawnRange(drawn);
      // By where the box was, not by what it says: dates come as text.
      const [from, to] = x.map(end => (end - shown[0]) / (shown[1] - shown[0]));
      if (Math.abs(to - from) * size >= 3) {
        this.options.onZoom([valueAt(from, drawn.xRange, drawn.logX), valueAt(to, drawn.xRange, drawn.logX)]);
      }
    } else {
      this.options.onRedraw(this);
    }
  }

  private setSlider(): void {
    const [low, high] = this.drawn!.xRange;
    setAttr(this.area, 'aria-valuemin', low);
    setAttr(this.area, 'aria-valuemax', high);
    setAttr(this.area, 'aria-valuenow', Math.min(Math.max(this.at ?? high, low), high));
    if (this.at === null) {
      setAttr(this.area, 'aria-valuetext', summary(this.state!));
    }
  }
}

/** The same curves of the same lines in the same place: a panel that asks every few seconds draws nothing anew. */
function same(a: PlotState, b: PlotState): boolean {
  const equal = (some: readonly unknown[], others: readonly unknown[]): boolean =>
    some.length === others.length && some.every((one, i) => one === others[i]);
  return a.key === b.key && a.x === b.x && a.logX === b.logX && a.logY === b.logY && a.focus === b.focus
    && a.zoom?.[0] === b.zoom?.[0] && a.zoom?.[1] === b.zoom?.[1]
    && equal(a.curves, b.curves) && equal(a.whole, b.whole) && a.whole.every(({ line }) => a.lines.get(line) === b.lines.get(line));
}

/** The axis as plotly has it. */
function drawnRange(drawn: FigureOptions): Range {
  const { range } = curveFigure({ ...drawn, curves: [] }).layout.xaxis as { range: Range };
  return range;
}

function span(event: RelayoutEvent, name: string): Range | null {
  const ends = [event[`${name}.range[0]`], event[`${name}.range[1]`]].map(end =>
    typeof end === 'number' ? end : typeof end === 'string' ? Date.parse(`${end.replace(' ', 'T')}Z`) : NaN);
  return ends.every(Number.isFinite) ? [ends[0], ends[1]] : null;
}

/** A single point has room on both sides. */
function roomy([low, high]: Range): Range {
  return low < high ? [low, high] : [low - 0.5, high + 0.5];
}

function nonfiniteText({ whole, lines, x }: PlotState): string {
  const bad = whole.filter(curve => curve.nonfinite > 0 && lines.has(curve.line));
  if (bad.length === 0) {
    return '';
  }
  const first = bad.reduce((a, b) => (b.nonfinite_x! < a.nonfinite_x! ? b : a));
  const where = bad.length === 1 ? lines.get(first.line)!.label : formatCount(bad.length, 'line');
  return __('NaN or ∞ in %1, from %2', where, xText(first.nonfinite_x!, x));
}

/** The chart in words. */
function summary({ whole, lines, x }: PlotState): string {
  const ends = whole.map(curve => `${lines.get(curve.line)?.label ?? ''} ${formatNumber(curve.last, 4)} at ${xText(curve.last_x, x)}`);
  return ends.length === 0 ? 'nothing shown' : `${formatCount(ends.length, 'line')}, latest ${ends.slice(0, 10).join(', ')}`;
}
