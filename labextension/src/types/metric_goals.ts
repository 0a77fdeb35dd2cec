// Generated from jupyter_tracker/views by `python -m jupyter_tracker.views.typescript`. Do not edit.

/** Whether small or large values are better; `none` where neither is. */
export type MetricGoal = 'min' | 'max' | 'none';
