// Everything of one run: where it came from, all that it logged, its curves, its files and its relatives.
import type { Client } from '../client.js';
import { h, setAttr, setHidden, setText } from '../dom.js';
import { formatAbsolute, formatDuration, formatElapsed, isLive, shortId } from '../format.js';
import type { MarkdownToHtml } from '../markdown.js';
import type { PlotlyLoader } from '../plotly.js';
import type { RunDetailView } from '../types.js';
import { ArtifactBrowser } from './artifact_browser.js';
import { copyButton } from './copy_button.js';
import type { RunRef } from './experiment_list.js';
import { adviceFor, messageBox } from './message.js';
import { MetricCurves } from './metric_curves.js';
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
  private readonly name = h('span', { class: 'jt-card-name', role: 'heading', 'aria-level': '3' });
  private readonly experiment = h('span', { class: 'jt-card-experiment' });
  private readonly deleted = h('span', { class: 'jt-badge', title: 'This run is in the trash' }, 'Deleted');
  private readonly elapsed = h('span', { class: 'jt-elapsed' });
  private readonly runId = h('code', { class: 'jt-id' });
  private readonly message = h('div');
  private readonly curvesPage = h('div', { class: 'jt-detail-page' });
  private readonly filesPage = h('div', { class: 'jt-detail-page' });
  private readonly overview: RunOverview;
  private readonly tabs: Tabs;

  constructor(private readonly options: RunDetailOptions) {
    this.overview = new RunOverview({
      ...options,
      onFind: find => this.search(find),
      onMetric: key => this.showCurves([key]),
      onFile: path => this.showFile(path),
      onChanged: () => void this.load().catch(() => undefined),
    });
    this.tabs = new Tabs('Parts of the run', [
      { id: 'overview', label: 'Overview', node: this.overview.node },
      { id: 'curves', label: 'Curves', node: this.curvesPage },
      { id: 'files', label: 'Files', node: this.filesPage },
    ], id => this.onTab(id));
    const head = h('header', { class: 'jt-card-head' }, this.status.node, this.name, this.experiment, this.deleted, h('span', { class: 'jt-space' }),
      this.elapsed, copyButton('run id', () => options.runId, this.runId));
    this.node = h('section', { class: `jt jt-detail${options.fill ? ' jt-detail-fill' : ''}`, 'aria-label': 'Run' }, head, this.message, this.tabs.node);
    setText(this.runId, shortId(options.runId));
    setHidden(this.deleted, true);
    setHidden(this.tabs.node, true);
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
    this.view = view;
    this.message.replaceChildren();
    setHidden(this.tabs.node, false);
    setAttr(this.node, 'aria-label', `Run ${view.name}`);
    setAttr(this.node, 'data-status', view.status);
    this.status.update(view.status);
    setText(this.name, view.name);
    this.name.title = view.name;
    setText(this.experiment, view.experiment_name);
    this.experiment.title = `Experiment ${view.experiment_name}`;
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
      this.elapsed.title = `Started ${formatAbsolute(start)}${end === null ? '' : `, ended ${formatAbsolute(end)}`}`;
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
