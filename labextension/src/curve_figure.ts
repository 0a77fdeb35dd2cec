// What plotly is told to draw for one metric. Pure: no DOM, so that a test can read it.
import { Decoded, localMs, Range, timeUnit } from './curve_data.js';
import type { PlotlyFigure, PlotlyTrace } from './plotly.js';
import type { ChartColors } from './theme.js';
import type { CurveLine, CurveX } from './types.js';

export interface FigureOptions {
  curves: readonly Decoded[];
  lines: ReadonlyMap<string, CurveLine>;
  x: CurveX;
  logX: boolean;
  logY: boolean;
  /** In the view's units. */
  xRange: Range;
  yRange: Range;
  /** The line that is pointed at in the legend: the others step back. */
  focus: string | null;
  colors: ChartColors;
  width: number;
  height: number;
}

export const MARGIN = { l: 52, r: 12, t: 8, b: 28 };
const DASHES = ['solid', 'dash', 'dot', 'dashdot'];
/** So few points are also drawn as points. */
const FEW = 12;

export function curveFigure(options: FigureOptions): PlotlyFigure {
  const scale = axisScale(options);
  const drawn = [...options.curves].sort((a, b) => rank(a, options) - rank(b, options));
  const data = [
    ...drawn.flatMap(curve => band(curve, options, scale)),
    ...drawn.flatMap(curve => raw(curve, options, scale)),
    ...drawn.map(curve => line(curve, options, scale)),
    ...liveEnds(drawn, options, scale),
  ];
  return { data, layout: layout(options, scale) };
}

export function lineColor(line: CurveLine | undefined, colors: ChartColors): string {
  return colors.runs[(line?.color ?? 0) % colors.runs.length];
}

/** From the view's unit to the one the axis is labelled in. */
function axisScale({ x, xRange }: FigureOptions): (at: number) => number {
  if (x === 'time') {
    return localMs;
  }
  const { size } = x === 'relative' ? timeUnit(xRange[1]) : { size: 1 };
  return at => at / size;
}

/** What is pointed at lies on top. */
function rank(curve: Decoded, { focus }: FigureOptions): number {
  return curve.line === focus ? 1 : 0;
}

function opacity(curve: Decoded, { focus }: FigureOptions): number {
  return focus === null || focus === curve.line ? 1 : 0.16;
}

function axis(values: Float64Array, scale: (at: number) => number): Float64Array {
  return values.map(scale);
}

const QUIET = { type: 'scatter', hoverinfo: 'skip', showlegend: false };

function line(curve: Decoded, options: FigureOptions, scale: (at: number) => number): PlotlyTrace {
  const about = options.lines.get(curve.line);
  const color = lineColor(about, options.colors);
  const few = curve.x.length <= FEW;
  return {
    ...QUIET,
    mode: few ? 'lines+markers' : 'lines',
    cliponaxis: !few,  // a dot at the edge stays round
    x: axis(curve.x, scale),
    y: curve.y,
    opacity: opacity(curve, options),
    line: { color, width: curve.line === options.focus ? 2.4 : 1.6, dash: DASHES[about?.dash ?? 0] },
    marker: { color, size: curve.x.length === 1 ? 7 : 4 },
  };
}

function raw(curve: Decoded, options: FigureOptions, scale: (at: number) => number): PlotlyTrace[] {
  if (curve.raw_x.length === 0) {
    return [];
  }
  const color = lineColor(options.lines.get(curve.line), options.colors);
  return [{ ...QUIET, mode: 'lines', x: axis(curve.raw_x, scale), y: curve.raw_y, opacity: 0.2 * opacity(curve, options), line: { color, width: 1 } }];
}

/** Mean ± one standard deviation, as a shape between two lines that are not drawn. */
function band(curve: Decoded, options: FigureOptions, scale: (at: number) => number): PlotlyTrace[] {
  if (curve.low.length === 0) {
    return [];
  }
  const color = lineColor(options.lines.get(curve.line), options.colors);
  const edge = { ...QUIET, mode: 'lines', x: axis(curve.x, scale), line: { width: 0 } };
  return [
    { ...edge, y: curve.low },
    { ...edge, y: curve.high, fill: 'tonexty', fillcolor: faint(color, 0.14 * opacity(curve, options)) },
  ];
}

/** A dot where a curve is still growing. */
function liveEnds(curves: readonly Decoded[], options: FigureOptions, scale: (at: number) => number): PlotlyTrace[] {
  const live = curves.filter(curve => options.lines.get(curve.line)?.status === 'RUNNING' && curve.x.length > 0);
  if (live.length === 0) {
    return [];
  }
  return [{
    ...QUIET,
    mode: 'markers',
    cliponaxis: false,
    x: live.map(curve => scale(curve.x[curve.x.length - 1])),
    y: live.map(curve => curve.y[curve.y.length - 1]),
    marker: { size: 6, color: live.map(curve => lineColor(options.lines.get(curve.line), options.colors)), opacity: live.map(curve => opacity(curve, options)) },
  }];
}

function layout(options: FigureOptions, scale: (at: number) => number): Record<string, unknown> {
  const { colors, logX, logY, x } = options;
  const xRange = options.xRange.map(scale);
  const shared = {
    gridcolor: colors.grid, zeroline: false, showline: false, ticks: '', tickfont: { size: 11, color: colors.muted },
    ticklabelstandoff: 5, autorange: false, separatethousands: true, exponentformat: 'e', minexponent: 4,
  };
  return {
    width: options.width,
    height: options.height,
    margin: { ...MARGIN, pad: 0 },
    paper_bgcolor: 'rgba(0,0,0,0)',
    plot_bgcolor: 'rgba(0,0,0,0)',
    font: { family: colors.font, size: 11, color: colors.text },
    showlegend: false,
    hovermode: false,
    dragmode: 'zoom',
    xaxis: {
      ...shared,
      type: x === 'time' ? 'date' : logX ? 'log' : 'linear',
      range: logX && x !== 'time' ? xRange.map(Math.log10) : xRange,
      showgrid: false,
      nticks: Math.max(3, Math.round(options.width / 60)),
      exponentformat: 'SI',
      ...logTicks(logX && x !== 'time', options.xRange),
      ...(x === 'time' ? {} : UNMEASURED),
    },
    yaxis: {
      ...shared,
      type: logY ? 'log' : 'linear',
      range: logY ? options.yRange.map(Math.log10) : options.yRange,
      nticks: Math.max(3, Math.round(options.height / 34)),
      ...logTicks(logY, options.yRange),
      ...UNMEASURED,
    },
  };
}

/**
 * Plotly measures every label, to hide one that leaves the plot or to turn those that touch: each time the page is laid out, a
 * third of a redraw. Numbers are short: upright they have room, and the last one may stand over the edge by a few pixels (see the
 * style sheet). Dates are long, and are measured.
 */
const UNMEASURED = { tickangle: 0, ticklabeloverflow: 'allow' };

/** Powers of ten; over less than two of them 2 and 5 as well; within one decade as plotly finds best. */
function logTicks(log: boolean, [low, high]: Range): Record<string, unknown> {
  const ratio = log ? high / low : 1;
  return ratio > 100 ? { tickmode: 'linear', dtick: 1 } : ratio > 8 ? { tickmode: 'linear', dtick: 'D2' } : {};
}

/** A colour as `rgb(…)`, or as hex, seen through. */
export function faint(color: string, alpha: number): string {
  const numbers = color.startsWith('#')
    ? [1, 3, 5].map(i => parseInt(color.slice(i, i + 2), 16))
    : (color.match(/[\d.]+/g) ?? ['0', '0', '0']).slice(0, 3).map(Number);
  return `rgba(${numbers.join(', ')}, ${alpha})`;
}

/** Where a value lies between the edges of the plot, as a fraction. */
export function place(value: number, [low, high]: Range, log: boolean): number {
  if (!log) {
    return (value - low) / (high - low);
  }
  return value <= 0 ? -1 : Math.log(value / low) / Math.log(high / low);
}

export function valueAt(fraction: number, [low, high]: Range, log: boolean): number {
  return log ? low * (high / low) ** fraction : low + fraction * (high - low);
}
