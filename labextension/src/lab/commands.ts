// Commands of the palette, and the tabs they open.
import type { JupyterFrontEnd } from '@jupyterlab/application';
import { InputDialog, WidgetTracker } from '@jupyterlab/apputils';
import type { ReadonlyJSONObject } from '@lumino/coreutils';
import type { Client } from '../client.js';
import type { Hub } from '../model.js';
import type { RunsRef } from '../panels/panel.js';
import { comparisonOptions, makePayload } from '../payload.js';
import type { PanelPayload, StoreListView } from '../types.js';
import { ExperimentsWidget, PanelTab } from './panel_widget.js';

export const COMMANDS = {
  open: 'tracker:open',
  refresh: 'tracker:refresh',
  openRun: 'tracker:open-run',
  openTable: 'tracker:open-table',
  compare: 'tracker:compare',
  /** Only for the restorer: opens what a tab showed before a reload. */
  restore: 'tracker:restore-tab',
} as const;

export interface CommandContext {
  app: JupyterFrontEnd;
  server: Client;
  hub: Hub;
  side: ExperimentsWidget;
  tabs: WidgetTracker<PanelTab>;
}

type Args = Record<string, unknown>;

export function addCommands(context: CommandContext): void {
  const { commands, shell } = context.app;
  commands.addCommand(COMMANDS.open, {
    label: 'Show Experiments',
    caption: 'Show the experiments and runs of this project',
    execute: () => shell.activateById(context.side.id),
  });
  commands.addCommand(COMMANDS.refresh, {
    label: 'Refresh Experiments and Runs',
    execute: () => {
      context.side.refresh();
      context.tabs.forEach(tab => tab.refresh());
    },
  });
  commands.addCommand(COMMANDS.openRun, {
    label: 'Open Run…',
    caption: 'Open the card of a run in a tab',
    execute: args => openRun(context, args),
  });
  commands.addCommand(COMMANDS.openTable, {
    label: 'Open Run Table',
    execute: args => openTable(context, args),
    // Without arguments it would not know which experiment.
    isVisible: args => typeof args.store_id === 'string',
  });
  commands.addCommand(COMMANDS.compare, {
    label: 'Compare Runs',
    caption: 'Compare the selected runs side by side in a tab',
    execute: args => compare(context, args),
    // Without arguments it would not know which runs.
    isVisible: args => texts(args.run_ids).length > 0,
    isEnabled: args => texts(args.run_ids).length > 1,
  });
  commands.addCommand(COMMANDS.restore, {
    execute: args => commands.execute(String(args.command), args.args as ReadonlyJSONObject),
    isVisible: () => false,
  });
}

/** `{store_id, run_id, name}`; from the palette, which gives none, the id is asked for. */
async function openRun(context: CommandContext, args: Args): Promise<void> {
  const runId = text(args.run_id) ?? (await askRunId());
  if (runId === null) {
    return;
  }
  const storeId = text(args.store_id) ?? (await defaultStore(context.server));
  const payload = makePayload('run_card', storeId, { run_id: runId });
  openTab(context, `jupyter-tracker-run-${storeId}-${runId}`, payload, text(args.name) ?? runId.slice(0, 8));
}

/** `{store_id, experiment_id, name}` */
function openTable(context: CommandContext, args: Args): void {
  const storeId = text(args.store_id);
  const experimentId = text(args.experiment_id);
  if (storeId === null || experimentId === null) {
    return;
  }
  const payload = makePayload('run_table', storeId, { experiment_ids: [experimentId] });
  openTab(context, `jupyter-tracker-table-${storeId}-${experimentId}`, payload, text(args.name) ?? 'Runs');
}

/** `{store_id, run_ids}`: two runs or more. */
async function compare(context: CommandContext, args: Args): Promise<void> {
  const runIds = texts(args.run_ids);
  if (runIds.length < 2) {
    return;
  }
  const storeId = text(args.store_id) ?? (await defaultStore(context.server));
  const payload = makePayload('comparison', storeId, { comparison: comparisonOptions({ run_ids: runIds }) });
  openTab(context, `jupyter-tracker-comparison-${storeId}-${runIds.join('-')}`, payload, `Comparison of ${runIds.length} runs`);
}

function openTab(context: CommandContext, id: string, payload: PanelPayload, label: string): void {
  const { app, server, hub, tabs } = context;
  let tab = tabs.find(other => other.id === id);
  if (tab === undefined) {
    const onOpenRun = (run: object): void => void app.commands.execute(COMMANDS.openRun, { ...run });
    const onCompare = (runs: RunsRef): void => void app.commands.execute(COMMANDS.compare, { store_id: runs.store_id, run_ids: [...runs.run_ids] });
    tab = new PanelTab({ payload, server, hub, onOpenRun, onCompare }, label);
    tab.id = id;
    app.shell.add(tab, 'main');
    if (!tab.isAttached) {
      // Notebook 7 holds one document in its main area and adds nothing to it.
      app.shell.add(tab, 'right');
    }
    // Before the tracker saves it.
    tabArguments.set(tab, payload);
    void tabs.add(tab);
  }
  app.shell.activateById(tab.id);
}

/** What a tab was opened with, so that it can be opened again after a reload. */
const tabArguments = new WeakMap<PanelTab, PanelPayload>();

export function restoreArguments(tab: PanelTab): { command: string; args: ReadonlyJSONObject } {
  const payload = tabArguments.get(tab);
  if (payload?.panel === 'comparison') {
    return { command: COMMANDS.compare, args: { store_id: payload.store_id, run_ids: payload.comparison?.run_ids ?? [] } };
  }
  const args = { store_id: payload?.store_id ?? '', name: tab.title.label };
  return payload?.panel === 'run_card'
    ? { command: COMMANDS.openRun, args: { ...args, run_id: payload.run_id ?? '' } }
    : { command: COMMANDS.openTable, args: { ...args, experiment_id: payload?.experiment_ids[0] ?? '' } };
}

async function askRunId(): Promise<string | null> {
  const { value } = await InputDialog.getText({ title: 'Open Run', label: 'Run id', placeholder: '32 hex digits' });
  const id = value?.trim() ?? '';
  return id === '' ? null : id;
}

async function defaultStore(server: Client): Promise<string> {
  const { stores } = await server.get<StoreListView>('/views/stores');
  return (stores.find(store => store.is_default) ?? stores[0])?.store_id ?? '';
}

function texts(value: unknown): string[] {
  return Array.isArray(value) ? value.filter((item): item is string => typeof item === 'string') : [];
}

function text(value: unknown): string | null {
  return typeof value === 'string' && value !== '' ? value : null;
}
