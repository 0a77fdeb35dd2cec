// What the page shows while there are no runs that may be seen: what to type and where, or whom to ask.
import { codeBlock } from '../components/copy_button.js';
import { h } from '../dom.js';
import { __ } from '../words.js';
import { START } from '../address.js';
import { mayWriteAt } from './rights.js';
import { serverRoot, Visitor } from './server.js';

/** @param experiment The name of one that may be written to, for who may not write everywhere. */
export function emptyPage(who: Visitor, experiment: string | null): HTMLElement {
  if (who.by_token_only === true) {
    // The store is a project's own: code that runs there finds it without being told.
    return page(__('No runs yet'), __('Three lines in a notebook of this project: the first in a cell of its own, the others in the next.'),
      '%load_ext jupyter_tracker\n%%track run_name=first\nmodel.fit(X, y)');
  }
  if (mayWriteAt(who, START)) {
    const place = experiment === null ? '' : `mlflow.set_experiment(${JSON.stringify(experiment)})\n`;
    return page(__('No runs yet'), __('A few lines of Python, on any machine that reaches this server:'),
      `import mlflow  # or: import jupyter_tracker as mlflow\nmlflow.set_tracking_uri("${serverRoot()}")\n${place}mlflow.log_metric("loss", 0.5)`,
      who.signs_in ? __('They need MLFLOW_TRACKING_TOKEN in the environment, or MLFLOW_TRACKING_USERNAME and MLFLOW_TRACKING_PASSWORD.') : '');
  }
  if (who.role === 'limited') {
    const command = `jupyter tracker users grant ${who.user ?? ''} \\\n    --experiment NAME --role viewer`;
    return page(__('No runs are shared with you yet'), __('Whoever looks after this server shares an experiment with you by this command:'), command);
  }
  return page(__('No runs yet'), '', '');
}

function page(title: string, text: string, code: string, more = ''): HTMLElement {
  return h('section', { class: 'jt-app-empty', 'aria-label': title },
    h('h1', {}, title),
    text === '' ? null : h('p', { class: 'jt-muted' }, text),
    code === '' ? null : codeBlock(code),
    more === '' ? null : h('p', { class: 'jt-muted' }, more),
    h('p', { class: 'jt-muted', role: 'status' }, __('This page shows a run as soon as there is one.')));
}
