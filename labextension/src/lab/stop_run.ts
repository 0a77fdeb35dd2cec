// Stops a run by interrupting its kernel through the Jupyter server, which works in the middle of a cell, also where no
// comm message reaches the kernel. Only the kernel that the run's own record names, and never without a question.
import { Dialog, Notification, showDialog } from '@jupyterlab/apputils';
import { KernelAPI, ServiceManager } from '@jupyterlab/services';
import type { Client } from '../client.js';
import type { RunRef } from '../refs.js';
import { isLive } from '../format.js';
import type { RunCardView } from '../types.js';
import type { Words } from '../words.js';

const PATIENCE_MS = 6000;

export interface StopOptions {
  client: Client;
  services: ServiceManager.IManager;
  words: Words;
}

export async function stopRun(run: RunRef, options: StopOptions): Promise<void> {
  const { words, services } = options;
  const kernelId = await runningKernel(run, options);
  if (kernelId === null) {
    return;
  }
  const answer = await showDialog({
    title: words.__('Stop the run %1?', run.name),
    body: words.__('This interrupts the cell that is running in %1. The run ends as killed; all that it logged stays.', await whereOf(kernelId, options)),
    buttons: [Dialog.cancelButton({ label: words.__('Cancel') }), Dialog.warnButton({ label: words.__('Stop') })],
  });
  // It may have ended while the question stood, and another cell may be running now.
  if (answer.button.accept && (await runningKernel(run, options)) === kernelId) {
    await KernelAPI.interruptKernel(kernelId, services.serverSettings);
    setTimeout(() => void sayIfItGoesOn(run, options).catch(() => undefined), PATIENCE_MS);
  }
}

/** A kernel's state says nothing: widgets make a busy one idle and an idle one busy. So what came of it is looked at. */
async function sayIfItGoesOn(run: RunRef, { client, words }: StopOptions): Promise<void> {
  const view = await viewOf(run, client);
  if (isLive(view.status)) {
    Notification.warning(words.__('Run %1 goes on: no cell of it is running, or its code does not let itself be interrupted. tracker.end_run() in its notebook ends it.', view.name), { autoClose: 10_000 });
  }
}

function viewOf({ store_id, run_id }: RunRef, client: Client): Promise<RunCardView> {
  return client.get<RunCardView>('/views/run-card', { store: store_id, run_id });
}

/** The kernel to interrupt, as the store has it now; null, after saying why, where there is none. */
async function runningKernel(run: RunRef, { client, services, words }: StopOptions): Promise<string | null> {
  const view = await viewOf(run, client);
  if (!isLive(view.status)) {
    Notification.info(words.__('Run %1 has ended already.', view.name), { autoClose: 5000 });
    return null;
  }
  await services.kernels.refreshRunning();
  const kernel = [...services.kernels.running()].find(model => model.id === view.kernel_id);
  if (kernel === undefined) {
    Notification.warning(words.__('Run %1 was not started by a kernel of this Jupyter server, so it cannot be stopped from here.', view.name), { autoClose: 8000 });
    return null;
  }
  return kernel.id;
}

async function whereOf(kernelId: string, { services, words }: StopOptions): Promise<string> {
  await services.sessions.refreshRunning();
  const session = [...services.sessions.running()].find(model => model.kernel?.id === kernelId);
  return session?.path ?? words.__('its notebook');
}
