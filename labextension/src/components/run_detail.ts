// Everything of one run: where it came from, all that it logged, its curves, its files and its relatives.
import type { Client } from '../client.js';
import { h, setAttr, setHidden, setText } from '../dom.js';
import { formatAbsolute, formatDuration, formatElapsed, isLive, shortId } from '../format.js';
import type { MarkdownToHtml } from '../markdown.js';
import type { PlotlyLoader } from '../plotly.js';
import { RunWrites } from '../run_writes.js';
import type { RunDetailView } from '../types.js';
import { __ } from '../words.js';
import { ArtifactBrowser } from './artifact_browser.js';
import { CellEditor } from './cell_editor.js';
import { copyButton } from './copy_button.js';
import type { RunRef } from '../refs.js';
import { icon } from './icons.js';
import { Menu } from './menu.js';
import { adviceFor, messageBox } from './message.js';
import { MetricCurves } from './metric_curves.js';
import { setName } from './middle_cut.js';
import { Notice } from './notice.js';
import { RunOverview } from './run_overview.js';
import { StatusBadge } from './status.js';
import { Tabs } from './tabs.js';

export interface RunDetailOptions {
  client: Client;
  plotly: PlotlyLoader;
  storeId: string;
  runId: string;
  markdown?: MarkdownToHtml;
  fill?: boolean;
  onOpenRun?(run: RunRef): void;
  /** What the run is called; told again when that changes. */
  onName?(name: string): void;
}

export class RunDetail {
  readonly node: HTMLElement;
  failure: unknown = null;
  private view: RunDetailView | null = null;
  private find = '';
  private asked = 0;
  private ticker: ReturnType<typeof setInterval> | null = null;
  private curves: MetricCurves | null = null;
  private files: ArtifactBrowser | null = null;
  private readonly status = new StatusBadge(true);
  private readonly name = h('span', { class: 'jt-card-name', role: 'heading', 'aria-level': '3', ondblclick: () => this.view?.deleted === false && this.rename() });
  private readonly experiment = h('span');
  private readonly deleted = h('span', { class: 'jt-badge', title: __('This run is in the trash') }, __('Deleted'));
  private readonly elapsed = h('span', { class: 'jt-elapsed' });
  private readonly runId = h('code', { class: 'jt-id' });
  private readonly message = h('div');
  private readonly curvesPage = h('div', { class: 'jt-detail-page' });
  private readonly filesPage = h('div', { class: 'jt-detail-page' });
  private readonly overview: RunOverview;
  private readonly tabs: Tabs;
  private readonly writes: RunWrites;
  private readonly notice: Notice;
  private readonly editor: CellEditor;
  private readonly menu: Menu;
  private readonly menuButton: HTMLButtonElement = h('button', { type: 'button', class: 'jt-button-bare jt-detail-menu', 'aria-haspopup': 'menu', title: __('Actions'), 'aria-label': __('Actions'), onclick: () => this.openMenu() }, icon('more'));

  constructor(private readonly options: RunDetailOptions) {
    const { client, storeId, runId } = options;
    const reload = (): Promise<void> => this.load();
    this.writes = new RunWrites(client, () => storeId);
    this.notice = new Notice({ undo: ({ undo }) => this.writes.undo(undo), onChanged: reload });
    this.node = h('section', { class: `jt jt-detail${options.fill ? ' jt-detail-fill' : ''}`, 'aria-label': __('Run') });
    this.editor = new CellEditor(this.node);
    this.menu = new Menu(this.node);
    this.overview = new RunOverview({
      ...options,
      onFind: find => this.search(find),
      onMetric: key => this.showCurves([key]),
      onFile: path => this.showFile(path),
      onChanged: () => void reload().catch(() => undefined),
      tags: {
        editor: this.editor,
        whole: key => this.whole(key),
        save: (key, value) => this.notice.done(this.writes.tag([runId], key, value), value === '' ? __('Tag %1 removed.', key) : __('Tag %1 set.', key)),
      },
    });
    this.tabs = new Tabs(__('Parts of the run'), [
      { id: 'overview', label: __('Overview'), node: this.overview.node },
      { id: 'curves', label: __('Curves'), node: this.curvesPage },
      { id: 'files', label: __('Files'), node: this.filesPage },
    ], id => this.onTab(id));
    const head = h('header', { class: 'jt-card-head' }, this.status.node, this.name, h('span', { class: 'jt-card-experiment' }, this.experiment), this.deleted, h('span', { class: 'jt-space' }),
      this.elapsed, copyButton(__('run id'), () => options.runId, this.runId), this.menuButton);
    this.node.prepend(head, this.notice.node, this.message, this.tabs.node);
    setText(this.runId, shortId(options.runId));
    setHidden(this.deleted, true);
    setHidden(this.tabs.node, true);
    setHidden(this.menuButton, true);
  }

  get isLive(): boolean {
    return this.view !== null && isLive(this.view.status);
  }

  /** Asks for the present state; throws what went wrong, and shows it where there is nothing else to show. */
  async load(): Promise<void> {
    const { client, storeId, runId } = this.options;
    const [ask, find] = [++this.asked, this.find];
    try {
      const view = await client.get<RunDetailView>('/views/run-detail', { store: storeId, run_id: runId, find: find === '' ? null : find });
      this.failure = null;
      // An answer to an older question is not shown.
      if (ask === this.asked) {
        this.setView(view);
      }
      await (this.tabs.current === 'curves' && this.isLive ? this.curves?.load() : undefined);
    } catch (failure) {
      this.failure = failure;
      if (this.view === null) {
        this.message.replaceChildren(messageBox(adviceFor(failure)));
      }
      throw failure;
    }
  }

  setView(view: RunDetailView): void {
    const ended = this.view !== null && isLive(this.view.status) && !isLive(view.status);
    if (view.name !== this.view?.name) {
      this.options.onName?.(view.name);
    }
    this.view = view;
    this.message.replaceChildren();
    setHidden(this.tabs.node, false);
    setHidden(this.menuButton, false);
    setAttr(this.node, 'aria-label', __('Run %1', view.name));
    setAttr(this.node, 'data-status', view.status);
    this.status.update(view.status);
    setName(this.name, view.name);
    this.name.title = view.name;
    setName(this.experiment, view.experiment_name);
    this.experiment.title = __('Experiment %1', view.experiment_name);
    setHidden(this.deleted, !view.deleted);
    this.overview.update(view);
    if (ended) {
      void this.overview.loadFiles();
      void this.files?.load();
    }
    this.tick();
    this.runTicker(isLive(view.status) && view.start_time_ms !== null);
  }

  dispose(): void {
    this.asked += 1;
    this.runTicker(false);
    this.overview.dispose();
    this.curves?.dispose();
    this.files?.dispose();
    this.node.remove();
  }

  private openMenu(): void {
    const { runId } = this.options;
    const { name, deleted } = this.view!;
    const move = (path: string, did: string) => (): void => void this.notice.attempt(this.writes.write(path, [runId], {}), did);
    this.menu.open(__('Run %1', name), this.menuButton, deleted
      ? [{ label: __('Restore'), run: move('/runs/restore', __('The run is out of the trash.')) }]
      : [{ label: __('Rename'), run: () => this.rename() }, { label: __('Move to trash'), run: move('/runs/delete', __('The run is in the trash.')) }],
    () => this.menuButton.focus());
  }

  private rename(): void {
    const { name } = this.view!;
    this.editor.open(this.name, {
      label: __('Name of %1', name), value: name, multiline: false, done: () => this.menuButton.focus(),
      save: text => this.notice.done(this.writes.rename(this.options.runId, text), __('%1 is called %2 now.', name, text.trim())),
    });
  }

  private async whole(key: string): Promise<string> {
    const { client, storeId, runId } = this.options;
    const { text } = await client.get<{ text: string | null }>('/views/run-value', { store: storeId, run_id: runId, column: `tags.${key}` });
    return text ?? '';
  }

  private search(find: string): void {
    if (find !== this.find) {
      this.find = find;
      void this.load().catch(() => undefined);
    }
  }

  private onTab(id: string): void {
    if (id === 'curves') {
      this.showCurves(null);
    } else if (id === 'files') {
      void this.browser().load();
    }
  }

  private showCurves(metrics: string[] | null): void {
    const { client, plotly, storeId, runId } = this.options;
    if (this.curves === null) {
      const options = { run_ids: [runId], limit: 1, metrics, x: 'step' as const, smoothing: 0, log_x: false, log_y: false, group_by: null };
      this.curves = new MetricCurves({ client, plotly, fill: true, query: { store_id: storeId, experiment_ids: [], filter: '', options } });
      this.curvesPage.append(this.curves.node);
    } else if (metrics !== null) {
      this.curves.setState({ metrics });
    }
    if (this.tabs.current !== 'curves') {
      this.tabs.show('curves');
    } else {
      void this.curves.load().catch(() => undefined);
    }
  }

  private showFile(path: string): void {
    const browser = this.browser();
    this.tabs.show('files');
    void browser.reveal(path).catch(() => undefined);
  }

  private browser(): ArtifactBrowser {
    const { client, storeId, runId, markdown } = this.options;
    if (this.files === null) {
      this.files = new ArtifactBrowser({ client, storeId, runId, markdown });
      this.filesPage.append(this.files.node);
    }
    return this.files;
  }

  private readonly tick = (): void => {
    const { start_time_ms: start, end_time_ms: end, status } = this.view!;
    if (start !== null) {
      this.elapsed.title = end === null ? __('Started %1', formatAbsolute(start)) : __('Started %1, ended %2', formatAbsolute(start), formatAbsolute(end));
      setText(this.elapsed, isLive(status) ? formatElapsed(Date.now() - start) : end === null ? '' : formatDuration(end - start));
    }
  };

  private runTicker(on: boolean): void {
    if (on && this.ticker === null) {
      this.ticker = setInterval(this.tick, 1000);
    } else if (!on && this.ticker !== null) {
      clearInterval(this.ticker);
      this.ticker = null;
    }
  }
}
