// Generated from jupyter_tracker/views by `python -m jupyter_tracker.views.typescript`. Do not edit.

export type AxisScale = 'linear' | 'log' | 'category';

/** A mark on an axis: where it is (0 to 1), and what stands beside it. */
export interface AxisTick {
  at: number;
  text: string;
}

/** One param or metric as an axis. */
export interface ParamAxis {
  /** As in a filter: `params.lr`, `metrics.f1`. */
  id: string;
  label: string;
  scale: AxisScale;
  ticks: AxisTick[];
}
