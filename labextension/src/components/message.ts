// A quiet message in place of a panel: what is missing, and what to do about it.
import { RequestError } from '../client.js';
import { h } from '../dom.js';
import { __ } from '../words.js';

export interface Advice {
  title: string;
  text: string;
}

let ofHost: (error: unknown) => Advice | null = () => null;

/** Has what an error means depend on where the panels are shown: what is said below is true within Jupyter. */
export function adviseBy(advice: (error: unknown) => Advice | null): void {
  ofHost = advice;
}

/** What an error means to somebody who looks at a panel. Never a stack trace. */
export function adviceFor(error: unknown, noun: 'panel' | 'table' = 'panel'): Advice {
  const known = ofHost(error);
  if (known !== null) {
    return known;
  }
  if (error instanceof RequestError) {
    if (error.isMissingExtension) {
      return {
        title: __('The Jupyter server has no tracker extension.'),
        text: __('Install jupyter_tracker where the Jupyter server runs, then restart the server.'),
      };
    }
    if (error.isUnknown) {
      return {
        title: __('This %1\'s store is not known to this Jupyter server.', noun),
        text: __('Run the cell again to bring it back. (%1)', error.message),
      };
    }
    if (error.status === 401 || error.status === 403) {
      return { title: __('You are not allowed to see this store.'), text: error.message };
    }
    if (error.status === 0) {
      return { title: __('No answer yet.'), text: __('%1 Trying again…', error.message) };
    }
    return { title: __('The tracker could not answer.'), text: error.message };
  }
  if (error instanceof Error && error.name === 'ChunkLoadError') {
    return { title: __('The tracker has changed since this page was opened.'), text: __('Reload the page to go on.') };
  }
  return { title: __('The tracker could not answer.'), text: error instanceof Error ? error.message : String(error) };
}

export function messageBox(advice: Advice, ...actions: HTMLElement[]): HTMLElement {
  return h('div', { class: 'jt jt-message', role: 'status' },
    h('div', { class: 'jt-message-title' }, advice.title),
    h('div', { class: 'jt-muted' }, advice.text),
    actions.length === 0 ? null : h('div', { class: 'jt-message-actions' }, ...actions));
}
