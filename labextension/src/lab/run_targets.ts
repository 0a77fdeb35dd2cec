// Which runs a command is about.
import type { JupyterFrontEnd } from '@jupyterlab/application';
import type { RunRef } from '../refs.js';
import type { RunningRun } from '../types.js';
import { kernelOf, Notebooks } from './notebooks.js';
import type { ExperimentsWidget } from './panel_widget.js';
import type { RunWatcher } from './run_watcher.js';

export type Args = Record<string, unknown>;

/** The run that goes on in the notebook in front: of several the innermost, which started last. */
export function activeRun({ notebooks, watcher }: { notebooks: Notebooks; watcher: RunWatcher }): RunningRun | null {
  const kernel = kernelOf(notebooks.front);
  return kernel === null ? null : watcher.runs.find(run => run.kernel_id === kernel) ?? null;
}

/** The runs that a command is about: those of its arguments, or those under the context menu. */
export function targets({ app, side }: { app: JupyterFrontEnd; side: ExperimentsWidget }, args: Args): RunRef[] {
  if (typeof args.run_id === 'string' && typeof args.store_id === 'string') {
    return [{ store_id: args.store_id, run_id: args.run_id, name: typeof args.name === 'string' ? args.name : args.run_id.slice(0, 8) }];
  }
  if (Array.isArray(args.runs)) {
    return args.runs as RunRef[];
  }
  const data = args.menu === true ? app.contextMenuHitTest(node => node.dataset.runId !== undefined) : undefined;
  if (data === undefined) {
    return [];
  }
  // Done to a chosen run, it is done to all that are chosen.
  return data.getAttribute('aria-selected') === 'true'
    ? side.selection()
    : [{ store_id: data.dataset.storeId ?? '', run_id: data.dataset.runId ?? '', name: data.dataset.runName ?? '' }];
}
