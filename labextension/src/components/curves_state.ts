// What stands in place of curves: why there are none, and what to do or to type.
import { h } from '../dom.js';
import type { CurveOptions, MetricCurvesView } from '../types.js';
import { __ } from '../words.js';
import { codeBlock } from './copy_button.js';
import { messageBox } from './message.js';

const FIRST_POINT = 'tracker.log_metric("loss", loss, step=epoch)';

/** For who may write it says what to type: the page hides that from who may only read. */
export function curvesState(view: MetricCurvesView, asked: Pick<CurveOptions, 'run_ids' | 'metrics'> & { filter: string }, onClearFilter: () => void): HTMLElement {
  const box = (...children: HTMLElement[]): HTMLElement => h('div', { class: 'jt-state', role: 'status' }, ...children);
  const heading = (words: string): HTMLElement => h('div', { class: 'jt-message-title' }, words);
  const muted = (words: string): HTMLElement => h('div', { class: 'jt-muted' }, words);
  const clear = (): HTMLElement => h('button', { type: 'button', class: 'jt-button', onclick: onClearFilter }, __('Clear filter'));
  if (view.error !== null) {
    return messageBox({ title: __('The filter cannot be read.'), text: view.error.message }, clear());
  }
  if (view.lines.length === 0) {
    if (asked.run_ids.length > 0) {
      return box(heading(__('These runs are gone')));
    }
    return asked.filter !== ''
      ? box(heading(__('No run matches this filter')), h('pre', { class: 'jt-code' }, asked.filter), clear())
      : box(heading(__('No runs yet')), muted(__('Track a cell, and its curves appear here:')), codeBlock(`%%track\n${FIRST_POINT}`));
  }
  if (view.keys.length === 0) {
    return box(heading(__('No metrics yet')), muted(__('Log one in the loop, and watch it here:')), codeBlock(FIRST_POINT));
  }
  const title = asked.metrics === null || asked.metrics.length === 0
    ? __('None of these runs has a metric that was chosen. There are:')
    : __('None of these runs has %1. There are:', asked.metrics.join(', '));
  return box(muted(title), h('pre', { class: 'jt-code' }, view.keys.slice(0, 12).join(', ')));
}
