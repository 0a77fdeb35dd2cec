// What can be done with runs: by the side panel's context menu, its keys, or the palette.
import type { JupyterFrontEnd } from '@jupyterlab/application';
import { Dialog, InputDialog, Notification, showDialog } from '@jupyterlab/apputils';
import { NotebookActions } from '@jupyterlab/notebook';
import type { Client } from '../client.js';
import type { RunRef } from '../refs.js';
import { copyText } from '../dom.js';
import { lastMade } from '../run_models.js';
import type { RunCardView, RunDetailView } from '../types.js';
import type { Words } from '../words.js';
import { COMMANDS } from './commands.js';
import type { Notebooks } from './notebooks.js';
import type { ExperimentsWidget } from './panel_widget.js';
import type { RunWatcher } from './run_watcher.js';
import { activeRun, Args, targets } from './run_targets.js';
import { stopRun } from './stop_run.js';
import { saidWithUndo, told } from './told.js';

export interface RunCommandContext {
  app: JupyterFrontEnd;
  server: Client;
  words: Words;
  side: ExperimentsWidget;
  notebooks: Notebooks;
  watcher: RunWatcher;
  /** Asks anew for what panels show: something was changed. */
  refresh(): void;
}

export function addRunCommands(context: RunCommandContext): void {
  const { words } = context;
  const { commands } = context.app;
  const one = (act: (run: RunRef) => unknown) => (args: Args): unknown => {
    const run = targets(context, args)[0];
    return run === undefined ? undefined : act(run);
  };
  commands.addCommand(COMMANDS.compareRuns, {
    label: args => words._n('Compare (choose more with Ctrl+Click or Space)', 'Compare %1 Runs', targets(context, args).length),
    isEnabled: args => targets(context, args).length > 1 && commands.hasCommand(COMMANDS.compare),
    execute: args => {
      const runs = targets(context, args);
      return commands.execute(COMMANDS.compare, { store_id: runs[0].store_id, run_ids: runs.map(run => run.run_id) });
    },
  });
  commands.addCommand(COMMANDS.renameRun, {
    label: words.__('Rename…'),
    isEnabled: args => targets(context, args).length === 1,
    execute: one(run => renameRun(run, context)),
  });
  commands.addCommand(COMMANDS.deleteRuns, {
    label: args => words._n('Move to Trash', 'Move %1 Runs to Trash', targets(context, args).length),
    execute: args => deleteRuns(targets(context, args), context),
  });
  commands.addCommand(COMMANDS.copyRunId, { label: words.__('Copy Run Id'), execute: one(run => copyText(run.run_id)) });
  commands.addCommand(COMMANDS.loadModel, {
    label: words.__('Insert Cell That Loads This Run\'s Model'),
    isEnabled: () => context.notebooks.front !== null,
    execute: one(run => insertModelCell(run, context)),
  });
  commands.addCommand(COMMANDS.stopRun, {
    label: args => (args.menu === true ? words.__('Stop…') : words.__('Stop the Run of This Notebook…')),
    isEnabled: args => stoppable(context, args) !== null,
    isVisible: args => args.menu !== true || stoppable(context, args) !== null,
    execute: async args => {
      const run = stoppable(context, args);
      if (run !== null) {
        await stopRun(run, { client: context.server, services: context.app.serviceManager, words });
        context.watcher.wake();
      }
    },
  });
}

function stoppable(context: RunCommandContext, args: Args): RunRef | null {
  if (args.menu !== true && args.run_id === undefined) {
    return activeRun(context);
  }
  const run = targets(context, args)[0];
  // What a card asks for is looked up anew; a menu shows only what is known to go on.
  return run === undefined || (args.menu === true && !context.watcher.runs.some(one => one.run_id === run.run_id)) ? null : run;
}

async function renameRun(run: RunRef, { server, words, refresh }: RunCommandContext): Promise<void> {
  const { value } = await InputDialog.getText({ title: words.__('Rename the Run'), text: run.name, selectionRange: run.name.length, okLabel: words.__('Rename'), cancelLabel: words.__('Cancel') });
  const name = value?.trim() ?? '';
  if (name !== '' && name !== run.name) {
    await told(words, () => server.post('/runs/rename', { store: run.store_id, run_id: run.run_id, name }));
    refresh();
  }
}

async function deleteRuns(runs: RunRef[], { server, words, refresh }: RunCommandContext): Promise<void> {
  if (runs.length === 0) {
    return;
  }
  const answer = await showDialog({
    title: words._n('Move the run %2 to the trash?', 'Move %1 runs to the trash?', runs.length, runs[0].name),
    body: words.__('It can be taken out again until `jupyter tracker gc` empties the trash.'),
    buttons: [Dialog.cancelButton({ label: words.__('Cancel') }), Dialog.warnButton({ label: words.__('Move to Trash') })],
  });
  if (!answer.button.accept) {
    return;
  }
  const body = { store: runs[0].store_id, run_ids: runs.map(run => run.run_id) };
  if (await told(words, () => server.post('/runs/delete', body))) {
    refresh();
    saidWithUndo(words, words._n('The run is in the trash.', '%1 runs are in the trash.', runs.length), async () => {
      await told(words, () => server.post('/runs/restore', body));
      refresh();
    });
  }
}

async function insertModelCell(run: RunRef, { server, notebooks, words }: RunCommandContext): Promise<void> {
  const panel = notebooks.front;
  if (panel === null) {
    return;
  }
  const { name, uri } = await modelOf(run, server);
  if (uri === null) {
    Notification.warning(words.__('Run %1 has logged no model.', name), { autoClose: 8000 });
    return;
  }
  NotebookActions.insertBelow(panel.content);
  panel.content.activeCell?.model.sharedModel.setSource(
    `# ${name.replace(/\s+/g, ' ')}\nfrom jupyter_tracker import pyfunc\n\nmodel = pyfunc.load_model(${JSON.stringify(uri)})`
  );
}

/** The URI of the model that a run made last: one that is linked to it, or one among its files. */
async function modelOf({ store_id: store, run_id }: RunRef, server: Client): Promise<{ name: string; uri: string | null }> {
  const { name, models } = await server.get<RunDetailView>('/views/run-detail', { store, run_id });
  const linked = lastMade(models);
  if (linked !== null) {
    return { name, uri: `models:/${linked.model_id}` };
  }
  const { artifacts } = await server.get<RunCardView>('/views/run-card', { store, run_id });
  const file = artifacts.find(({ path }) => path === 'MLmodel' || path.endsWith('/MLmodel'));
  return { name, uri: file === undefined ? null : `runs:/${run_id}/${file.path.replace(/\/?MLmodel$/, '')}`.replace(/\/$/, '') };
}
