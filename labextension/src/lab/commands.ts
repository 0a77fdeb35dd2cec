// Commands of the palette, and the tabs they open.
import type { JupyterFrontEnd } from '@jupyterlab/application';
import { InputDialog, WidgetTracker } from '@jupyterlab/apputils';
import type { ReadonlyJSONObject } from '@lumino/coreutils';
import type { Client } from '../client.js';
import { shortId } from '../format.js';
import type { MarkdownToHtml } from '../markdown.js';
import type { Hub } from '../model.js';
import type { PanelContext } from '../panels/panel_context.js';
import { comparisonOptions, dashboardOptions, makePayload } from '../payload.js';
import type { PanelPayload, StoreListView } from '../types.js';
import type { Words } from '../words.js';
import { trackerIcon } from './icon.js';
import { ExperimentsWidget, PanelTab } from './panel_widget.js';
import { Args, targets } from './run_targets.js';

export const COMMANDS = {
  open: 'tracker:open',
  refresh: 'tracker:refresh',
  openRun: 'tracker:open-run',
  openTable: 'tracker:open-table',
  openActive: 'tracker:open-active-run',
  /** `{store_id, run_ids}` */
  compare: 'tracker:compare',
  openDashboard: 'tracker:open-dashboard',
  /** `{store_id, model}` */
  openRegistry: 'tracker:open-registry',
  compareRuns: 'tracker:compare-runs',
  renameRun: 'tracker:rename-run',
  deleteRuns: 'tracker:delete-runs',
  copyRunId: 'tracker:copy-run-id',
  copyExperimentName: 'tracker:copy-experiment-name',
  renameExperiment: 'tracker:rename-experiment',
  deleteExperiment: 'tracker:delete-experiment',
  loadModel: 'tracker:load-model',
  stopRun: 'tracker:stop-run',
  /** Only for the restorer: opens what a tab showed before a reload. */
  restore: 'tracker:restore-tab',
} as const;

/** What panels do with runs, by commands. */
export type RunActions = Required<Pick<PanelContext, 'onOpenRun' | 'onCompare' | 'onStop'>>;

export interface CommandContext {
  app: JupyterFrontEnd;
  server: Client;
  hub: Hub;
  side: ExperimentsWidget;
  tabs: WidgetTracker<PanelTab>;
  words: Words;
  actions: RunActions;
  markdown: MarkdownToHtml | undefined;
}

export function addCommands(context: CommandContext): void {
  const { words } = context;
  const { commands, shell } = context.app;
  commands.addCommand(COMMANDS.open, {
    label: words.__('Show Experiments'),
    caption: words.__('Show the experiments and runs of this project'),
    icon: args => (args.isPalette === true ? undefined : trackerIcon),
    execute: () => shell.activateById(context.side.id),
  });
  commands.addCommand(COMMANDS.refresh, {
    label: words.__('Refresh Experiments and Runs'),
    execute: () => {
      context.side.refresh();
      context.tabs.forEach(tab => tab.refresh());
    },
  });
  commands.addCommand(COMMANDS.openRun, {
    label: args => (args.menu === true ? words.__('Open') : words.__('Open Run…')),
    caption: words.__('Open all of a run in a tab: metrics, params, files'),
    execute: args => openRun(context, args),
  });
  commands.addCommand(COMMANDS.openTable, {
    label: words.__('Open Run Table'),
    execute: args => openTable(context, args.menu === true ? experimentUnderMenu(context) : args),
    // Without arguments it would not know which experiment.
    isVisible: args => args.menu === true || typeof args.store_id === 'string',
  });
  commands.addCommand(COMMANDS.compare, {
    label: words.__('Compare Runs'),
    caption: words.__('Compare the selected runs side by side in a tab'),
    execute: args => compare(context, args),
    // Without arguments it would not know which runs.
    isVisible: args => texts(args.run_ids).length > 0,
    isEnabled: args => texts(args.run_ids).length > 1,
  });
  commands.addCommand(COMMANDS.openDashboard, {
    label: words.__('Open Dashboard'),
    caption: words.__('Experiments, runs, curves and a comparison as linked tabs'),
    execute: args => openDashboard(context, args),
  });
  commands.addCommand(COMMANDS.openRegistry, {
    label: words.__('Open Model Registry'),
    caption: words.__('Registered models: versions by stage, and what has happened to them'),
    execute: args => openRegistry(context, args),
  });
  commands.addCommand(COMMANDS.restore, {
    execute: args => commands.execute(String(args.command), args.args as ReadonlyJSONObject),
    isVisible: () => false,
  });
}

/** `{store_id, run_id, name}`; from the palette, which gives none, the id is asked for. The tab finds out what the run is called. */
async function openRun(context: CommandContext, given: Args): Promise<void> {
  const args: Args = given.menu === true ? { ...targets(context, given)[0] } : given;
  if (given.menu === true && args.run_id === undefined) {
    return;
  }
  const runId = text(args.run_id) ?? (await askRunId(context.words));
  if (runId === null) {
    return;
  }
  const storeId = text(args.store_id) ?? (await defaultStore(context.server));
  const payload = makePayload('run_detail', storeId, { run_id: runId });
  openTab(context, `jupyter-tracker-run-${storeId}-${runId}`, payload, text(args.name) ?? shortId(runId));
}

function experimentUnderMenu({ app }: CommandContext): Args {
  const data = app.contextMenuHitTest(node => node.dataset.experimentId !== undefined)?.dataset;
  return { store_id: data?.storeId, experiment_id: data?.experimentId, name: data?.experimentName };
}

/** `{store_id, experiment_id, name}` */
function openTable(context: CommandContext, args: Args): void {
  const storeId = text(args.store_id);
  const experimentId = text(args.experiment_id);
  if (storeId === null || experimentId === null) {
    return;
  }
  const payload = makePayload('run_table', storeId, { experiment_ids: [experimentId] });
  openTab(context, `jupyter-tracker-table-${storeId}-${experimentId}`, payload, text(args.name) ?? context.words.__('Runs'));
}

/** `{store_id, run_ids}`: two runs or more. */
async function compare(context: CommandContext, args: Args): Promise<void> {
  const runIds = texts(args.run_ids);
  if (runIds.length < 2) {
    return;
  }
  const storeId = text(args.store_id) ?? (await defaultStore(context.server));
  const payload = makePayload('comparison', storeId, { comparison: comparisonOptions({ run_ids: runIds }) });
  openTab(context, `jupyter-tracker-comparison-${storeId}-${runIds.join('-')}`, payload, context.words._n('Comparison of %1 run', 'Comparison of %1 runs', runIds.length));
}

/** `{store_id, experiment_id, name}`; all experiments of the usual store where they are left out. */
async function openDashboard(context: CommandContext, args: Args): Promise<void> {
  const storeId = text(args.store_id) ?? (await defaultStore(context.server));
  const experimentId = text(args.experiment_id);
  const payload = makePayload('dashboard', storeId, { experiment_ids: experimentId === null ? [] : [experimentId], dashboard: dashboardOptions(null) });
  openTab(context, `jupyter-tracker-dashboard-${storeId}-${experimentId ?? 'all'}`, payload, text(args.name) ?? context.words.__('Dashboard'));
}

/** `{store_id, model}`; the model that was changed last in the usual store where they are left out. */
async function openRegistry(context: CommandContext, args: Args): Promise<void> {
  const storeId = text(args.store_id) ?? (await defaultStore(context.server));
  const payload = makePayload('registry_board', storeId, { model: text(args.model) });
  openTab(context, `jupyter-tracker-registry-${storeId}-${text(args.model) ?? ''}`, payload, context.words.__('Model registry'));
}

function openTab(context: CommandContext, id: string, payload: PanelPayload, label: string): void {
  const { app, server, hub, tabs, actions, markdown } = context;
  if (tabs.find(other => other.id === id) === undefined) {
    const tab = new PanelTab({ payload, server, hub, ...actions, markdown }, label);
    tab.id = id;
    app.shell.add(tab, 'main');
    if (!tab.isAttached) {
      // Notebook 7 holds one document in its main area and adds nothing to it.
      app.shell.add(tab, 'right');
    }
    // Before the tracker saves it.
    tabArguments.set(tab, payload);
    void tabs.add(tab);
    // What it is called after a reload, too, before anybody looks at it.
    tab.title.changed.connect(() => void tabs.save(tab));
  }
  app.shell.activateById(id);
}

/** What a tab was opened with, so that it can be opened again after a reload. */
const tabArguments = new WeakMap<PanelTab, PanelPayload>();

export function restoreArguments(tab: PanelTab): { command: string; args: ReadonlyJSONObject } {
  const payload = tabArguments.get(tab);
  if (payload?.panel === 'dashboard') {
    return { command: COMMANDS.openDashboard, args: { store_id: payload.store_id, experiment_id: payload.experiment_ids[0] ?? '', name: tab.title.label } };
  }
  if (payload?.panel === 'registry_board') {
    return { command: COMMANDS.openRegistry, args: { store_id: payload.store_id, model: payload.model ?? '' } };
  }
  if (payload?.panel === 'comparison') {
    return { command: COMMANDS.compare, args: { store_id: payload.store_id, run_ids: payload.comparison?.run_ids ?? [] } };
  }
  const args = { store_id: payload?.store_id ?? '', name: tab.title.label };
  return payload?.panel === 'run_detail'
    ? { command: COMMANDS.openRun, args: { ...args, run_id: payload.run_id ?? '' } }
    : { command: COMMANDS.openTable, args: { ...args, experiment_id: payload?.experiment_ids[0] ?? '' } };
}

async function askRunId(words: Words): Promise<string | null> {
  const { value } = await InputDialog.getText({ title: words.__('Open Run'), label: words.__('Run id'), placeholder: words.__('32 hex digits') });
  const id = value?.trim() ?? '';
  return id === '' ? null : id;
}

/** Empty where the server has none or cannot say: the tab that is opened then tells why. */
async function defaultStore(server: Client): Promise<string> {
  const { stores } = await server.get<StoreListView>('/views/stores').catch(() => ({ stores: [] as StoreListView['stores'] }));
  return (stores.find(store => store.is_default) ?? stores[0])?.store_id ?? '';
}

function texts(value: unknown): string[] {
  return Array.isArray(value) ? value.filter((item): item is string => typeof item === 'string') : [];
}

function text(value: unknown): string | null {
  return typeof value === 'string' && value !== '' ? value : null;
}
