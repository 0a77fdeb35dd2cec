// The JupyterLab plugin: side panel, commands, renderer. Every token is optional, so Notebook 7 works too.
import { ILayoutRestorer, JupyterFrontEnd, JupyterFrontEndPlugin } from '@jupyterlab/application';
import { ICommandPalette, WidgetTracker } from '@jupyterlab/apputils';
import { IRenderMimeRegistry } from '@jupyterlab/rendermime';
import type { IRenderMime } from '@jupyterlab/rendermime-interfaces';
import type { RunRef } from '../components/experiment_list.js';
import { ensureHub } from '../model.js';
import type { RunsRef } from '../panels/panel.js';
import { addCommands, COMMANDS, restoreArguments } from './commands.js';
import { ExperimentsWidget, PanelTab } from './panel_widget.js';
import { RANK, rendererFactory } from './renderer.js';
import { serverClient } from './server.js';

const CATEGORY = 'Tracker';

export const plugin: JupyterFrontEndPlugin<void> = {
  id: 'jupyter-tracker:plugin',
  description: 'Experiments, live run cards and run tables.',
  autoStart: true,
  optional: [IRenderMimeRegistry, ICommandPalette, ILayoutRestorer],
  activate: (
    app: JupyterFrontEnd,
    rendermime: IRenderMimeRegistry | null,
    palette: ICommandPalette | null,
    restorer: ILayoutRestorer | null
  ) => {
    const server = serverClient(app.serviceManager.serverSettings);
    const hub = ensureHub();
    const onOpenRun = (run: RunRef): void => void app.commands.execute(COMMANDS.openRun, { ...run });
    const onCompare = (runs: RunsRef): void => void app.commands.execute(COMMANDS.compare, { store_id: runs.store_id, run_ids: [...runs.run_ids] });
    const side = new ExperimentsWidget({
      client: server,
      onOpenRun,
      onOpenTable: (store_id, { experiment_id, name }) =>
        void app.commands.execute(COMMANDS.openTable, { store_id, experiment_id, name }),
    });
    const tabs = new WidgetTracker<PanelTab>({ namespace: 'jupyter-tracker' });
    addCommands({ app, server, hub, side, tabs });
    addRenderer(app, rendermime, rendererFactory({ server, hub, onOpenRun, onCompare }));
    app.shell.add(side, 'left', { rank: 600 });
    for (const command of [COMMANDS.open, COMMANDS.refresh, COMMANDS.openRun]) {
      palette?.addItem({ command, category: CATEGORY });
    }
    restorer?.add(side, side.id);
    restore(restorer, tabs);
  },
};

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
