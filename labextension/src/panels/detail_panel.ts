// All of a run, asked of the server, and of the kernel where the server does not know the store.
import { withFallback } from '../client.js';
import { CommClient } from '../comm_client.js';
import { RunDetail } from '../components/run_detail.js';
import type { HostModel } from '../model.js';
import { Poller } from '../poller.js';
import type { RunDetailView } from '../types.js';
import type { Panel, PanelContext } from './panel.js';

const LIVE_MS = 1000;
const RETRY_MS = 15_000;

export class DetailPanel implements Panel {
  private readonly detail: RunDetail;
  private readonly poller: Poller;
  private readonly unwatch: () => void;
  private comm: CommClient | null = null;

  constructor(context: PanelContext) {
    const { store_id, run_id, panel_id } = context.payload;
    this.detail = new RunDetail({
      client: withFallback(context.server, () => this.comm),
      plotly: context.plotly,
      storeId: store_id,
      runId: run_id ?? '',
      markdown: context.markdown,
      fill: context.fill,
      onOpenRun: context.onOpenRun,
    });
    this.poller = new Poller({ task: () => this.detail.load(), interval: () => this.interval(), isVisible: () => context.isVisible() });
    this.unwatch = context.hub?.watch(panel_id, model => this.bind(model)) ?? (() => undefined);
    this.poller.kick();
  }

  get node(): HTMLElement {
    return this.detail.node;
  }

  refresh(): void {
    this.poller.kick();
  }

  dispose(): void {
    this.unwatch();
    this.comm?.dispose();
    this.poller.dispose();
    this.detail.dispose();
  }

  private bind(model: HostModel | null): void {
    this.comm?.dispose();
    this.comm = model === null ? null : new CommClient(model);
    const view = model?.get('view') as RunDetailView | null | undefined;
    // A trait may still be its empty default.
    if (view?.run_id) {
      this.detail.setView(view);
    }
  }

  private interval(): number | null {
    return this.detail.failure !== null ? RETRY_MS : this.detail.isLive ? LIVE_MS : null;
  }
}
