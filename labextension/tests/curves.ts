// Views of curves as tests need them.
import type { ChartColors } from '../src/theme.js';
import type { Curve, CurveLine, MetricCurvesView } from '../src/types.js';

export const COLORS: ChartColors = {
  runs: Array.from({ length: 8 }, (_, i) => `#00000${i}`), text: '#111111', muted: '#222222', grid: '#333333', ground: '#ffffff', font: 'sans',
};

export function floats(values: readonly number[]): string {
  const bytes = new Uint8Array(Float64Array.from(values).buffer);
  return btoa(String.fromCharCode(...bytes));
}

export function line(id: string, change: Partial<CurveLine> = {}): CurveLine {
  return { id, label: `run ${id}`, run_ids: [id], status: 'FINISHED', color: 0, dash: 0, ...change };
}

export function curve(id: string, x: readonly number[], y: readonly number[], change: Partial<Curve> = {}): Curve {
  const finite = y.filter(Number.isFinite);
  return {
    line: id, x: floats(x), y: floats(y), raw_x: '', raw_y: '', low: '', high: '', count: x.length, last: y.at(-1) ?? 'NaN', last_x: x.at(-1) ?? 0,
    min: Math.min(...finite), max: Math.max(...finite), nonfinite: y.length - finite.length, nonfinite_x: finite.length < y.length ? x[y.findIndex(v => !Number.isFinite(v))] : null, ...change,
  };
}

export function curvesView(change: Partial<MetricCurvesView> = {}): MetricCurvesView {
  return {
    store_id: 's1', x: 'step', smoothing: 0, log_x: false, group_by: null, window: null, lines: [line('a'), line('b', { color: 1 })],
    panels: [
      { key: 'f1', curves: [curve('a', [0, 1, 2], [0.1, 0.5, 0.9]), curve('b', [0, 1, 2], [0.2, 0.3, 0.4])] },
      { key: 'loss', curves: [curve('a', [0, 1, 2], [3, NaN, 1])] },
    ],
    keys: ['f1', 'loss', 'auc'], group_keys: ['params.lr'], runs_total: 2, missing: [], error: null, token: 't1', ...change,
  };
}
