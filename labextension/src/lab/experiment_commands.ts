// What can be done with experiments: by the side panel's context menu and its keys.
import { Dialog, InputDialog, showDialog } from '@jupyterlab/apputils';
import type { ExperimentRef } from '../refs.js';
import { copyText } from '../dom.js';
import { COMMANDS } from './commands.js';
import type { RunCommandContext } from './run_commands.js';
import type { Args } from './run_targets.js';
import { saidWithUndo, told } from './told.js';

export function addExperimentCommands(context: RunCommandContext): void {
  const { words } = context;
  const { commands } = context.app;
  const one = (act: (experiment: ExperimentRef) => unknown) => (args: Args): unknown => {
    const experiment = target(context, args);
    return experiment === null ? undefined : act(experiment);
  };
  // Without an experiment under the menu, or in the arguments, there is nothing to do.
  const isVisible = (args: Args): boolean => target(context, args) !== null;
  commands.addCommand(COMMANDS.copyExperimentName, { label: words.__('Copy Experiment Name'), isVisible, execute: one(({ name }) => copyText(name)) });
  commands.addCommand(COMMANDS.renameExperiment, { label: words.__('Rename…'), isVisible, execute: one(experiment => rename(experiment, context)) });
  commands.addCommand(COMMANDS.deleteExperiment, { label: words.__('Move to Trash'), isVisible, execute: one(experiment => remove(experiment, context)) });
}

function target({ app }: RunCommandContext, args: Args): ExperimentRef | null {
  if (typeof args.experiment_id === 'string' && typeof args.store_id === 'string') {
    return { store_id: args.store_id, experiment_id: args.experiment_id, name: String(args.name ?? args.experiment_id) };
  }
  const data = args.menu === true ? app.contextMenuHitTest(node => node.dataset.experimentId !== undefined)?.dataset : undefined;
  return data === undefined ? null : { store_id: data.storeId ?? '', experiment_id: data.experimentId ?? '', name: data.experimentName ?? '' };
}

async function rename({ store_id, experiment_id, name: old }: ExperimentRef, { server, words, refresh }: RunCommandContext): Promise<void> {
  const { value } = await InputDialog.getText({ title: words.__('Rename the Experiment'), text: old, selectionRange: old.length, okLabel: words.__('Rename'), cancelLabel: words.__('Cancel') });
  const name = value?.trim() ?? '';
  if (name !== '' && name !== old) {
    await told(words, () => server.post('/experiments/rename', { store: store_id, experiment_id, name }));
    refresh();
  }
}

async function remove({ store_id, experiment_id, name }: ExperimentRef, { server, words, refresh }: RunCommandContext): Promise<void> {
  const answer = await showDialog({
    title: words.__('Move the experiment %1 to the trash?', name),
    body: words.__('Its runs go with it. It can be taken out again until `jupyter tracker gc` empties the trash.'),
    buttons: [Dialog.cancelButton({ label: words.__('Cancel') }), Dialog.warnButton({ label: words.__('Move to Trash') })],
  });
  const body = { store: store_id, experiment_id };
  if (answer.button.accept && (await told(words, () => server.post('/experiments/delete', body)))) {
    refresh();
    saidWithUndo(words, words.__('The experiment %1 is in the trash.', name), async () => {
      await told(words, () => server.post('/experiments/restore', body));
      refresh();
    });
  }
}
