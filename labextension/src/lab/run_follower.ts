// What follows the runs that go on: the side panel's list, the status bar, notifications, and the command that opens the active one.
import type { JupyterFrontEnd } from '@jupyterlab/application';
import type { IStatusBar } from '@jupyterlab/statusbar';
import type { Client } from '../client.js';
import type { RunRef } from '../refs.js';
import type { Words } from '../words.js';
import { COMMANDS } from './commands.js';
import { notifyEnd } from './notifier.js';
import type { Notebooks } from './notebooks.js';
import type { ExperimentsWidget } from './panel_widget.js';
import { activeRun } from './run_targets.js';
import type { RunWatcher } from './run_watcher.js';
import type { TrackerSettings } from './settings.js';
import { StatusItem } from './status_item.js';

export interface FollowerContext {
  app: JupyterFrontEnd;
  server: Client;
  words: Words;
  side: ExperimentsWidget;
  notebooks: Notebooks;
  watcher: RunWatcher;
  statusBar: IStatusBar | null;
  settings: TrackerSettings;
  onOpenRun(run: RunRef): void;
}

export function followRuns(context: FollowerContext): void {
  const { app, server, words, side, notebooks, watcher, settings, onOpenRun } = context;
  const item = addStatusItem(context);
  const update = (): void => {
    item?.showRun(activeRun(context));
    app.commands.notifyCommandChanged(COMMANDS.openActive);
    app.commands.notifyCommandChanged(COMMANDS.stopRun);
  };
  app.commands.addCommand(COMMANDS.openActive, {
    label: words.__('Open the Run of This Notebook'),
    isEnabled: () => activeRun(context) !== null,
    execute: () => {
      const run = activeRun(context);
      return run === null ? undefined : onOpenRun({ store_id: run.store_id, run_id: run.run_id, name: run.name });
    },
  });
  watcher.changed.connect(() => {
    side.showRunning(watcher.runs);
    update();
  });
  notebooks.changed.connect(() => {
    update();
    watcher.wake();
  });
  side.seen.connect(() => watcher.wake());
  const afterMs = (): number | null => (settings.notifyRunEnd ? settings.notifyAfterSeconds * 1000 : null);
  watcher.ended.connect((_, run) => {
    // A run that is gone from the store, or a server that is away, is no news.
    void notifyEnd(run, { client: server, words, notebooks, afterMs, onOpen: onOpenRun }).catch(() => undefined);
  });
  document.addEventListener('visibilitychange', () => watcher.wake());
}

function addStatusItem({ statusBar, words, onOpenRun }: FollowerContext): StatusItem | null {
  if (statusBar === null) {
    return null;
  }
  const item = new StatusItem(words, onOpenRun);
  statusBar.registerStatusItem(item.id, { item, align: 'left', rank: 50, isActive: () => item.isActive, activeStateChanged: item.activeChanged });
  return item;
}
