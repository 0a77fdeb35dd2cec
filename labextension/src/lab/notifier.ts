// Says that a run has ended when nobody is looking at its notebook.
import { Notification } from '@jupyterlab/apputils';
import type { Client } from '../client.js';
import type { RunRef } from '../refs.js';
import { formatDuration, isLive } from '../format.js';
import type { RunCardView, RunningRun } from '../types.js';
import type { Words } from '../words.js';
import type { Notebooks } from './notebooks.js';

export interface NotifierOptions {
  client: Client;
  words: Words;
  notebooks: Notebooks;
  /** Shortest run to speak of, in ms; null to say nothing. */
  afterMs(): number | null;
  onOpen(run: RunRef): void;
}

export async function notifyEnd(run: RunningRun, options: NotifierOptions): Promise<void> {
  const after = options.afterMs();
  // Scripts have their own ways to be noticed; children end with their parent, which is spoken of.
  if (after === null || run.kernel_id === null || run.parent_run_id !== null || isInView(run.kernel_id, options.notebooks)) {
    return;
  }
  const view = await options.client.get<RunCardView>('/views/run-card', { store: run.store_id, run_id: run.run_id });
  const took = (view.end_time_ms ?? Date.now()) - (view.start_time_ms ?? 0);
  if (isLive(view.status) || view.deleted || took < after) {
    return;
  }
  const open = { label: options.words.__('Open'), callback: () => options.onOpen({ store_id: run.store_id, run_id: run.run_id, name: view.name }) };
  Notification.emit(message(view, formatDuration(took), options.words), view.status === 'FINISHED' ? 'success' : 'error', {
    autoClose: view.status === 'FINISHED' ? 10_000 : false, actions: [open],
  });
}

function isInView(kernelId: string, notebooks: Notebooks): boolean {
  return document.visibilityState === 'visible' && notebooks.ofKernel(kernelId)?.isVisible === true;
}

function message({ status, name, error }: RunCardView, took: string, words: Words): string {
  switch (status) {
    case 'FAILED':
      return error === null ? words.__('Run %1 failed after %2.', name, took) : words.__('Run %1 failed after %2: %3', name, took, error.type);
    case 'KILLED':
      return words.__('Run %1 was killed after %2.', name, took);
    default:
      return words.__('Run %1 finished after %2.', name, took);
  }
}
