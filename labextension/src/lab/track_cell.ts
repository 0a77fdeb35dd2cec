// The notebook toolbar's button "track this cell".
import type { JupyterFrontEnd } from '@jupyterlab/application';
import { Notification } from '@jupyterlab/apputils';
import { NotebookActions, NotebookPanel } from '@jupyterlab/notebook';
import { canTrack, loadsExtension, toggled, trackLine } from '../track_line.js';
import type { Words } from '../words.js';
import { trackIcon } from './icon.js';
import type { Notebooks } from './notebooks.js';

export const TRACK_CELL = 'tracker:track-cell';
const LOAD = '%load_ext jupyter_tracker';

export function addTrackCommand(app: JupyterFrontEnd, notebooks: Notebooks, words: Words): void {
  const source = (): string | null => activeCode(notebooks.front)?.model.sharedModel.getSource() ?? null;
  const isTracked = (): boolean => trackLine(source() ?? '') !== null;
  app.commands.addCommand(TRACK_CELL, {
    label: args => (args.toolbar === true ? '' : words.__('Track This Cell')),
    caption: () => (isTracked() ? words.__('This cell is tracked: take %%%%track away') : words.__('Track this cell: each time it runs it becomes a run')),
    icon: args => (args.toolbar === true ? trackIcon : undefined),
    isToggleable: true,
    isToggled: isTracked,
    isEnabled: () => canTrack(source() ?? '%%'),
    execute: async () => {
      const panel = notebooks.front;
      const cell = activeCode(panel);
      if (panel === null || cell === null) {
        return;
      }
      const { start, end, text } = toggled(cell.model.sharedModel.getSource());
      cell.model.sharedModel.updateSource(start, end, text);
      app.commands.notifyCommandChanged(TRACK_CELL);
      if (text !== '' && !(await isLoaded(panel))) {
        advise(panel, words);
      }
    },
  });
  watch(app, notebooks);
}

/** The button follows the active cell and what is typed into it. */
function watch(app: JupyterFrontEnd, notebooks: Notebooks): void {
  const notify = (): void => app.commands.notifyCommandChanged(TRACK_CELL);
  const seen = new WeakSet<NotebookPanel>();
  notebooks.changed.connect(() => {
    const panel = notebooks.front;
    if (panel !== null && !seen.has(panel)) {
      seen.add(panel);
      panel.content.activeCellChanged.connect((_, cell) => {
        notify();
        cell?.model.contentChanged.connect(notify);
      });
      panel.content.activeCell?.model.contentChanged.connect(notify);
    }
    notify();
  });
}

function activeCode(panel: NotebookPanel | null): NotebookPanel['content']['activeCell'] {
  const cell = panel?.content.activeCell ?? null;
  return cell?.model.type === 'code' ? cell : null;
}

/** Whether the kernel knows `%%track`, or some cell will see to it. A busy kernel is not asked: it would answer too late. */
async function isLoaded(panel: NotebookPanel): Promise<boolean> {
  if (loadsExtension(panel.content.widgets.map(cell => cell.model.sharedModel.getSource()))) {
    return true;
  }
  const kernel = panel.sessionContext.session?.kernel;
  if (kernel?.status !== 'idle') {
    return false;
  }
  const known = "'track' in get_ipython().magics_manager.magics['line']";
  const future = kernel.requestExecute({ code: '', silent: true, store_history: false, user_expressions: { known } });
  const { content } = await future.done;
  const found = (content as { user_expressions?: Record<string, { data?: Record<string, unknown> }> }).user_expressions?.known?.data?.['text/plain'];
  return found === 'True';
}

function advise(panel: NotebookPanel, words: Words): void {
  const insert = (): void => {
    const { content } = panel;
    content.activeCellIndex = 0;
    NotebookActions.insertAbove(content);
    content.activeCell?.model.sharedModel.setSource(LOAD);
    void NotebookActions.run(content, panel.sessionContext);
  };
  Notification.info(words.__('%%%%track needs the extension: run %1 first.', LOAD), {
    autoClose: 15_000,
    actions: [{ label: words.__('Insert and run'), callback: insert, displayType: 'accent' }],
  });
}
