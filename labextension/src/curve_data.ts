// Curves as numbers: decoded, searched, and laid on an axis.
import type { Curve, CurveX } from './types.js';

/** A curve whose arrays can be read. */
export interface Decoded extends Omit<Curve, 'x' | 'y' | 'raw_x' | 'raw_y' | 'low' | 'high'> {
  x: Float64Array;
  y: Float64Array;
  raw_x: Float64Array;
  raw_y: Float64Array;
  low: Float64Array;
  high: Float64Array;
}

export type Range = [number, number];

/** Base64 of little-endian float64, as every machine that runs a browser has it. */
export function decodeFloats(text: string): Float64Array {
  const binary = atob(text);
  const bytes = new Uint8Array(binary.length);
  for (let i = 0; i < binary.length; i += 1) {
    bytes[i] = binary.charCodeAt(i);
  }
  return new Float64Array(bytes.buffer);
}

export function decodeCurve(curve: Curve): Decoded {
  return {
    ...curve,
    x: decodeFloats(curve.x),
    y: decodeFloats(curve.y),
    raw_x: decodeFloats(curve.raw_x),
    raw_y: decodeFloats(curve.raw_y),
    low: decodeFloats(curve.low),
    high: decodeFloats(curve.high),
  };
}

/** Index of the point nearest to `at`; −1 where there is none. `x` never falls. */
export function nearest(x: Float64Array, at: number): number {
  let low = 0;
  let high = x.length - 1;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (x[middle] < at) {
      low = middle + 1;
    } else {
      high = middle;
    }
  }
  return low > 0 && at - x[low - 1] <= x[low] - at ? low - 1 : high;
}

/** Like `nearest`, but a gap (NaN) gives way to the finite point beside it. */
export function nearestFinite(x: Float64Array, y: Float64Array, at: number): number {
  const i = nearest(x, at);
  if (i < 0 || Number.isFinite(y[i])) {
    return i;
  }
  for (let by = 1; by < y.length; by += 1) {
    if (Number.isFinite(y[i - by])) {
      return i - by;
    }
    if (Number.isFinite(y[i + by])) {
      return i + by;
    }
  }
  return -1;
}

/** First and last x of some curves that an axis can show; null where there is none. */
export function xRange(curves: readonly Decoded[], log: boolean): Range | null {
  let [low, high] = [Infinity, -Infinity];
  for (const { x } of curves) {
    for (let i = 0; i < x.length; i += 1) {
      if (!log || x[i] > 0) {
        low = Math.min(low, x[i]);
        break;
      }
    }
    if (x.length > 0 && x[x.length - 1] >= low) {
      high = Math.max(high, x[x.length - 1]);
    }
  }
  return low <= high ? [low, high] : null;
}

/** Whether one of the curves has a finite point within a part of the axis. */
export function anyWithin(curves: readonly Decoded[], [first, last]: Range): boolean {
  return curves.some(({ x, y }) => x.some((at, i) => at >= first && at <= last && Number.isFinite(y[i])));
}

/**
 * Smallest and largest value within a part of the axis, with a little room; null where there is none.
 *
 * The faint raw line counts only with its middle 98 %, or one spike of it would flatten what was smoothed.
 */
export function yRange(curves: readonly Decoded[], within: Range, log: boolean): Range | null {
  let [low, high] = [Infinity, -Infinity];
  const widen = (value: number): void => {
    if (Number.isFinite(value) && (!log || value > 0)) {
      low = Math.min(low, value);
      high = Math.max(high, value);
    }
  };
  for (const curve of curves) {
    for (const values of [curve.y, curve.low, curve.high]) {
      curve.x.forEach((at, i) => at >= within[0] && at <= within[1] && i < values.length && widen(values[i]));
    }
    middle(curve.raw_x, curve.raw_y, within).forEach(widen);
  }
  return low <= high ? padded([low, high], log) : null;
}

function middle(x: Float64Array, y: Float64Array, [first, last]: Range): number[] {
  const inside = y.filter((value, i) => Number.isFinite(value) && x[i] >= first && x[i] <= last).sort();
  return inside.length === 0 ? [] : [inside[Math.floor(inside.length * 0.01)], inside[Math.ceil(inside.length * 0.99) - 1]];
}

/** Room above and below; a flat line lies in the middle. */
function padded([low, high]: Range, log: boolean): Range {
  if (log) {
    const room = Math.max((Math.log10(high) - Math.log10(low)) * 0.06, 0.05);
    return [10 ** (Math.log10(low) - room), 10 ** (Math.log10(high) + room)];
  }
  // In halves: the span of the largest floats would overflow.
  const room = (high / 2 - low / 2) * 0.12 || Math.abs(high) * 0.1 || 1;
  return [low - room, high + room];
}

/** The unit in which an axis of seconds reads best. */
export function timeUnit(seconds: number): { size: number; name: string } {
  const units = [{ size: 86_400, name: 'days' }, { size: 3600, name: 'hours' }, { size: 60, name: 'minutes' }];
  return units.find(({ size }) => seconds >= 2 * size) ?? { size: 1, name: 'seconds' };
}

/** ms UTC as a chart without time zones must be given it to show this place's time. */
export function localMs(ms: number): number {
  return ms - new Date(ms).getTimezoneOffset() * 60_000;
}

/** What `at` means on an axis, for people. */
export function xText(at: number, x: CurveX): string {
  if (x === 'step') {
    return `step ${Math.round(at).toLocaleString('en-US')}`;
  }
  if (x === 'time') {
    return new Date(at).toLocaleString(undefined, { dateStyle: 'medium', timeStyle: 'medium' });
  }
  const whole = Math.floor(at);
  const parts = [Math.floor(whole / 3600), Math.floor((whole % 3600) / 60)];
  const seconds = at < 60 ? at.toFixed(at < 10 ? 2 : 1) : String(whole % 60);
  return [parts[0] > 0 ? `${parts[0]}h` : '', parts[0] > 0 || parts[1] > 0 ? `${parts[1]}m` : '', `${seconds}s`].filter(part => part !== '').join(' ');
}
