// Generated from jupyter_tracker/views by `python -m jupyter_tracker.views.typescript`. Do not edit.

/** A number as JSON carries it: NaN and the infinities travel as text. */
export type JsonNumber = number | 'NaN' | 'Infinity' | '-Infinity';
