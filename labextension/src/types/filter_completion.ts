// Generated from jupyter_tracker/views by `python -m jupyter_tracker.views.typescript`. Do not edit.

/** One way to go on. */
export interface Completion {
  /** What takes the place of the word that is being typed. */
  text: string;
  /** `metric`, `param`, `tag`, `attribute`, `operator` or `value`. */
  about: string;
}

/** How a filter may go on at the cursor; columns count code points, from 0. */
export interface FilterCompletionView {
  /** Where the word begins that is being typed. */
  start: number;
  end: number;
  items: Completion[];
}
