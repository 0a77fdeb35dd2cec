// Generated from jupyter_tracker/views by `python -m jupyter_tracker.views.typescript`. Do not edit.

export type RunStatus = 'RUNNING' | 'SCHEDULED' | 'FINISHED' | 'FAILED' | 'KILLED';

/** What a curve is drawn over: steps, ms UTC, or seconds since the run's start. */
export type CurveX = 'step' | 'time' | 'relative';
