// What stands in place of the rows of a run table: why there are none, and what to type.
import { h } from '../dom.js';
import { __ } from '../words.js';
import { codeLine } from './copy_button.js';
import type { Advice } from './message.js';

export interface StateActions {
  refresh(): void;
  clear(): void;
}

const FIRST_RUN = '%%track run_name=baseline';

/**
 * @param kind `failed`, `nothing` (no run matches), `trash` (which is empty), `none`, `loading`, or empty for nothing at all.
 * @param hint What a filter that nothing matches may have meant.
 */
export function tableState(kind: string, advice: Advice | null, hint: string, actions: StateActions): HTMLElement[] {
  const button = (label: string, onclick: () => void): HTMLElement => h('button', { type: 'button', class: 'jt-button', onclick }, label);
  const box = (...children: (HTMLElement | string)[]): HTMLElement[] => [h('div', { class: 'jt-state', role: 'status' }, ...children)];
  const heading = (words: string): HTMLElement => h('div', { class: 'jt-message-title' }, words);
  const muted = (words: string): HTMLElement => h('div', { class: 'jt-muted' }, words);
  switch (kind) {
    case 'failed':
      return box(heading(advice?.title ?? ''), muted(advice?.text ?? ''), button(__('Try again'), actions.refresh));
    case 'nothing':
      return box(heading(__('No run matches this filter')), muted(hint || __('Type in the box above what it should be, or take it away.')), button(__('Clear filter'), actions.clear));
    case 'trash':
      return box(heading(__('The trash is empty')), button(__('Show the runs'), actions.clear));
    case 'none':
      return box(heading(__('No runs yet')), muted(__('Begin a cell with this line to track it:')),
        codeLine(FIRST_RUN));
    case 'loading':
      return box(muted(__('Loading runs…')));
    default:
      return [];
  }
}
