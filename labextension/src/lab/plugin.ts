// The JupyterLab plugin: side panel, commands, renderer and what surrounds them. Every token is optional, so Notebook 7 works too.
import { ILayoutRestorer, IRouter, JupyterFrontEnd, JupyterFrontEndPlugin } from '@jupyterlab/application';
import { ICommandPalette, WidgetTracker } from '@jupyterlab/apputils';
import { INotebookTracker } from '@jupyterlab/notebook';
import { IRenderMimeRegistry } from '@jupyterlab/rendermime';
import type { IRenderMime } from '@jupyterlab/rendermime-interfaces';
import { ISettingRegistry } from '@jupyterlab/settingregistry';
import { IStatusBar } from '@jupyterlab/statusbar';
import { ITranslator } from '@jupyterlab/translation';
import { BatchClient } from '../batch_client.js';
import { ModelList } from '../components/model_list.js';
import { ensureHub } from '../model.js';
import { english, speak } from '../words.js';
import { addAddressRoute } from './address_route.js';
import { addCommands, COMMANDS, restoreArguments, RunActions } from './commands.js';
import { addExperimentCommands } from './experiment_commands.js';
import { labMarkdown } from './markdown.js';
import { Notebooks } from './notebooks.js';
import { ExperimentsWidget, PanelTab } from './panel_widget.js';
import { RANK, rendererFactory } from './renderer.js';
import { addRunCommands } from './run_commands.js';
import { followRuns } from './run_follower.js';
import { RunWatcher } from './run_watcher.js';
import { serverClient } from './server.js';
import { readSettings } from './settings.js';
import { addTrackCommand, TRACK_CELL } from './track_cell.js';

export const PLUGIN_ID = 'jupyter-tracker:plugin';

export const plugin: JupyterFrontEndPlugin<void> = {
  id: PLUGIN_ID,
  description: 'Experiments, live run cards and run tables.',
  autoStart: true,
  optional: [IRenderMimeRegistry, ICommandPalette, ILayoutRestorer, INotebookTracker, IStatusBar, ISettingRegistry, ITranslator, IRouter],
  activate: (
    app: JupyterFrontEnd,
    rendermime: IRenderMimeRegistry | null,
    palette: ICommandPalette | null,
    restorer: ILayoutRestorer | null,
    notebookTracker: INotebookTracker | null,
    statusBar: IStatusBar | null,
    registry: ISettingRegistry | null,
    translator: ITranslator | null,
    router: IRouter | null
  ) => {
    const words = translator?.load('jupyter_tracker') ?? english;
    speak(words);
    const server = new BatchClient(serverClient(app.serviceManager.serverSettings));
    const hub = ensureHub();
    const execute = (command: string, args: object): void => void app.commands.execute(command, { ...args });
    const actions = runActions(app);
    const side = new ExperimentsWidget({
      client: server,
      words,
      ...actions,
      onOpenTable: (store_id, { experiment_id, name }) => execute(COMMANDS.openTable, { store_id, experiment_id, name }),
      onRename: run => execute(COMMANDS.renameRun, run),
      onDelete: runs => execute(COMMANDS.deleteRuns, { runs }),
      onRenameExperiment: experiment => execute(COMMANDS.renameExperiment, experiment),
      onDeleteExperiment: experiment => execute(COMMANDS.deleteExperiment, experiment),
      models: new ModelList({ client: server, words, onOpen: (store_id, model) => execute(COMMANDS.openRegistry, { store_id, model }) }),
      hasMenu: true,
    }, words.__('Experiments and runs'));
    const tabs = new WidgetTracker<PanelTab>({ namespace: 'jupyter-tracker' });
    const notebooks = new Notebooks(notebookTracker);
    const watcher = new RunWatcher({
      client: server,
      isVisible: () => document.visibilityState === 'visible',
      mayRun: () => notebooks.isBusy || side.isSeen,
    });
    const refresh = (): void => void app.commands.execute(COMMANDS.refresh);
    const markdown = labMarkdown(rendermime);
    addCommands({ app, server, hub, side, tabs, words, actions, markdown });
    const changes = { app, server, words, side, notebooks, watcher, refresh };
    addRunCommands(changes);
    addExperimentCommands(changes);
    addTrackCommand(app, notebooks, words);
    addAddressRoute(app, router);
    addRenderer(app, rendermime, rendererFactory({ server, hub, ...actions, markdown }));
    app.shell.add(side, 'left', { rank: 600 });
    const settings = readSettings(registry, PLUGIN_ID);
    followRuns({ app, server, words, side, notebooks, watcher, statusBar, settings, onOpenRun: actions.onOpenRun });
    for (const command of [COMMANDS.open, COMMANDS.refresh, COMMANDS.openRun, COMMANDS.openDashboard, COMMANDS.openRegistry, COMMANDS.openActive, COMMANDS.stopRun, TRACK_CELL]) {
      palette?.addItem({ command, category: words.__('Tracker') });
    }
    restorer?.add(side, side.id);
    restore(restorer, tabs);
  },
};

function runActions(app: JupyterFrontEnd): RunActions {
  const execute = (command: string, args: object): void => void app.commands.execute(command, { ...args });
  return {
    onOpenRun: run => execute(COMMANDS.openRun, run),
    onCompare: ({ store_id, run_ids }) => execute(COMMANDS.compare, { store_id, run_ids: [...run_ids] }),
    onStop: run => execute(COMMANDS.stopRun, run),
  };
}

/**
 * Registers the renderer for outputs to come, wherever they are.
 *
 * A notebook has a copy of the registry, in which ipywidgets registers its view later than we do in the
 * global one; so ours is added to each panel's copy as well.
 */
function addRenderer(app: JupyterFrontEnd, rendermime: IRenderMimeRegistry | null, factory: IRenderMime.IRendererFactory): void {
  rendermime?.addFactory(factory, RANK);
  app.docRegistry.addWidgetExtension('Notebook', {
    createNew: panel => {
      const { content } = panel as unknown as { content: { rendermime?: IRenderMimeRegistry } };
      content.rendermime?.addFactory(factory, RANK);
    },
  });
}

/** Tabs of two kinds in one tracker: which command opens a tab again is part of its arguments. */
function restore(restorer: ILayoutRestorer | null, tabs: WidgetTracker<PanelTab>): void {
  if (restorer !== null) {
    void restorer.restore(tabs, {
      command: COMMANDS.restore,
      args: tab => restoreArguments(tab),
      name: tab => tab.id,
    });
  }
}
