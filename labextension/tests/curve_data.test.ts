import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { decodeCurve, decodeFloats, nearest, nearestFinite, timeUnit, xRange, xText, yRange } from '../src/curve_data.js';
import { curveFigure, faint, place, valueAt } from '../src/curve_figure.js';
import type { MetricCurvesView } from '../src/types.js';
import { COLORS, curve, floats, line } from './curves.js';

const golden = (name: string): MetricCurvesView => JSON.parse(readFileSync(`../tests/golden/views/${name}.json`, 'utf8')) as MetricCurvesView;

test('floats come as Python sent them, NaN too', () => {
  expect([...decodeFloats(floats([0.5, NaN, -1e300]))]).toEqual([0.5, NaN, -1e300]);
  expect(decodeFloats('')).toHaveLength(0);
});

test('the golden view can be read', () => {
  const [panel] = golden('metric_curves').panels;
  const [forest] = panel.curves.map(decodeCurve);
  expect([...forest.x]).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
  expect(forest.y.at(-1)).toBe(0.95);
  const grouped = decodeCurve(golden('metric_curves_grouped').panels[0].curves[0]);
  expect(grouped.low.length).toBe(grouped.x.length);
});

test('the nearest point, and the nearest that is no gap', () => {
  const x = Float64Array.of(0, 10, 20, 30);
  expect([-5, 4, 6, 25, 99].map(at => nearest(x, at))).toEqual([0, 0, 1, 2, 3]);
  expect(nearest(new Float64Array(), 1)).toBe(-1);
  expect(nearestFinite(x, Float64Array.of(1, NaN, NaN, 4), 10)).toBe(0);
  expect(nearestFinite(x, Float64Array.of(NaN, NaN, NaN, NaN), 10)).toBe(-1);
});

describe('ranges', () => {
  const a = decodeCurve(curve('a', [0, 1, 2, 3], [5, NaN, 1, 100]));
  test('x over all curves; a logarithmic axis begins above zero', () => {
    expect(xRange([a], false)).toEqual([0, 3]);
    expect(xRange([a], true)).toEqual([1, 3]);
    expect(xRange([], false)).toBeNull();
  });
  test('y of what is within, with room', () => {
    const [low, high] = yRange([a], [0, 2], false)!;
    expect(low).toBeLessThan(1);
    expect(high).toBeGreaterThan(5);
    expect(high).toBeLessThan(6);
    expect(yRange([a], [10, 20], false)).toBeNull();
  });
  test('one spike of the raw line does not flatten what was smoothed', () => {
    const raw = Array.from({ length: 200 }, (_, i) => (i === 50 ? 1e6 : 1));
    const smooth = { ...curve('b', [0, 199], [1, 2]), raw_x: floats(raw.map((_, i) => i)), raw_y: floats(raw) };
    expect(yRange([decodeCurve(smooth)], [0, 199], false)![1]).toBeLessThan(3);
  });
  test('the largest floats, and a flat line', () => {
    const huge = yRange([decodeCurve(curve('c', [0, 1], [-1e308, 1e308]))], [0, 1], false)!;
    expect(huge.every(Number.isFinite) || huge[1] === Infinity).toBe(true);
    expect(yRange([decodeCurve(curve('d', [0, 1], [4, 4]))], [0, 1], false)).toEqual([3.6, 4.4]);
  });
});

test('places and values are each other’s inverse', () => {
  for (const [log, range] of [[false, [10, 30]], [true, [1, 1000]]] as const) {
    expect(place(valueAt(0.3, [...range], log), [...range], log)).toBeCloseTo(0.3);
  }
  expect(place(0, [1, 10], true)).toBeLessThan(0);
});

test('texts of an axis', () => {
  expect(xText(1234, 'step')).toBe('step 1,234');
  expect([0.5, 75, 3725].map(s => xText(s, 'relative'))).toEqual(['0.50s', '1m 15s', '1h 2m 5s']);
  expect([30, 600, 90_000].map(s => timeUnit(s).name)).toEqual(['seconds', 'minutes', 'hours']);
});

describe('the figure', () => {
  const lines = new Map([['a', line('a')], ['b', { ...line('b'), color: 1, dash: 1, status: 'RUNNING' as const }]]);
  const options = {
    lines, x: 'step' as const, logX: false, logY: false, xRange: [0, 20] as [number, number], yRange: [0, 1] as [number, number],
    focus: null, colors: COLORS, width: 400, height: 200,
  };
  const long = Array.from({ length: 20 }, (_, i) => i);

  test('one line a run, in its colour and dash; a dot where it still grows', () => {
    const { data } = curveFigure({ ...options, curves: [decodeCurve(curve('a', long, long)), decodeCurve(curve('b', long, long))] });
    expect(data.map(trace => trace.mode)).toEqual(['lines', 'lines', 'markers']);
    expect(data[1].line).toMatchObject({ color: '#000001', dash: 'dash' });
    expect(data[2].x).toEqual([19]);
  });

  test('the raw line lies faintly behind; a band below all', () => {
    const smooth = { ...curve('a', long, long), raw_x: floats(long), raw_y: floats(long) };
    const group = { ...curve('b', long, long), low: floats(long), high: floats(long) };
    const { data } = curveFigure({ ...options, curves: [decodeCurve(smooth), decodeCurve(group)] });
    expect(data.map(trace => trace.fill ?? trace.opacity)).toEqual([undefined, 'tonexty', 0.2, 1, 1, undefined]);
  });

  test('what is pointed at lies on top, the others step back', () => {
    const { data } = curveFigure({ ...options, focus: 'a', curves: [decodeCurve(curve('a', long, long)), decodeCurve(curve('b', long, long))] });
    expect(data[1].opacity).toBe(1);
    expect(data[0].opacity).toBeLessThan(0.3);
  });

  test('ranges are ours, in what each kind of axis is told in', () => {
    const axes = (change: object): any => curveFigure({ ...options, curves: [], ...change }).layout;
    expect(axes({}).xaxis).toMatchObject({ type: 'linear', range: [0, 20], autorange: false });
    expect(axes({ logX: true, xRange: [1, 1000] }).xaxis).toMatchObject({ type: 'log', range: [0, 3] });
    expect(axes({ logY: true, yRange: [0.1, 10] }).yaxis).toMatchObject({ type: 'log', range: [-1, 1] });
    expect(axes({ x: 'relative', xRange: [0, 7200] }).xaxis.range).toEqual([0, 2]);
    expect(axes({ x: 'time', xRange: [0, 1000] }).xaxis.type).toBe('date');
  });

  test('numbers are labelled without being measured, dates are not', () => {
    const axes = (x: string): any => curveFigure({ ...options, curves: [], x: x as any }).layout;
    const unmeasured = { tickangle: 0, ticklabeloverflow: 'allow' };
    expect(axes('step')).toMatchObject({ xaxis: unmeasured, yaxis: unmeasured });
    expect(axes('relative').xaxis).toMatchObject(unmeasured);
    expect(axes('time').xaxis.ticklabeloverflow).toBeUndefined();
    expect(axes('time').yaxis).toMatchObject(unmeasured);
  });

  test('colours in either form can be made faint', () => {
    expect(faint('#102030', 0.5)).toBe('rgba(16, 32, 48, 0.5)');
    expect(faint('rgb(1, 2, 3)', 0.1)).toBe('rgba(1, 2, 3, 0.1)');
  });
});
