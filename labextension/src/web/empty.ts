// What the page shows while its store has no runs: what to type, and where.
import { copyButton } from '../components/copy_button.js';
import { h } from '../dom.js';
import { __ } from '../words.js';
import { serverRoot } from './server.js';

/** @param ofProject The store is a project's own: code that runs there finds it without being told. */
export function emptyPage(ofProject: boolean): HTMLElement {
  const notebook = '%load_ext jupyter_tracker\n%%track run_name=first\nmodel.fit(X, y)';
  const anywhere = `import mlflow  # or: import jupyter_tracker as mlflow\nmlflow.set_tracking_uri("${serverRoot()}")\nmlflow.log_metric("loss", 0.5)`;
  const text = ofProject ? notebook : anywhere;
  return h('section', { class: 'jt-app-empty', 'aria-label': __('No runs yet') },
    h('h1', {}, __('No runs yet')),
    h('p', { class: 'jt-muted' }, ofProject
      ? __('Three lines in a notebook of this project: the first in a cell of its own, the others in the next.')
      : __('Three lines of Python, on any machine that reaches this server:')),
    h('div', { class: 'jt-code-block' }, h('pre', { class: 'jt-code' }, text), copyButton(__('code'), () => text)),
    h('p', { class: 'jt-muted', role: 'status' }, __('This page shows the run as soon as it starts.')));
}
