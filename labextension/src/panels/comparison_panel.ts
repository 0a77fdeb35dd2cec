// A comparison that asks the server, and the kernel where the server does not know the store.
import { withFallback } from '../client.js';
import { CommClient } from '../comm_client.js';
import { bindComparison, tellModel } from '../comparison_model.js';
import { RunComparison } from '../components/comparison.js';
import type { HostModel } from '../model.js';
import { comparisonOptions } from '../payload.js';
import { Poller } from '../poller.js';
import type { Panel, PanelContext } from './panel.js';

/** While a run goes on; a comparison is read, not watched. */
const LIVE_MS = 2000;
const RETRY_MS = 15_000;

export class ComparisonPanel implements Panel {
  private readonly comparison: RunComparison;
  private readonly poller: Poller;
  private readonly unwatch: () => void;
  private model: HostModel | null = null;
  private comm: CommClient | null = null;
  private unbindModel: () => void = () => undefined;

  constructor(context: PanelContext) {
    const { store_id, comparison } = context.payload;
    this.comparison = new RunComparison({
      client: withFallback(context.server, () => this.comm),
      query: { store_id, options: comparison ?? comparisonOptions(null) },
      fill: context.fill,
      onOpen: context.onOpenRun,
      onChange: change => tellModel(this.model, change),
      onSelect: selection => tellModel(this.model, { selection }),
    });
    this.poller = new Poller({ task: () => this.comparison.load(), interval: () => this.interval(), isVisible: () => context.isVisible() });
    this.unwatch = context.hub?.watch(context.payload.panel_id, model => this.bind(model)) ?? (() => undefined);
    this.poller.kick();
  }

  get node(): HTMLElement {
    return this.comparison.node;
  }

  refresh(): void {
    this.poller.kick();
  }

  dispose(): void {
    this.unwatch();
    this.unbind();
    this.poller.dispose();
    this.comparison.dispose();
  }

  private bind(model: HostModel | null): void {
    this.unbind();
    this.model = model;
    if (model !== null) {
      this.comm = new CommClient(model);
      this.unbindModel = bindComparison(model, this.comparison);
    }
  }

  private unbind(): void {
    this.unbindModel();
    this.unbindModel = () => undefined;
    this.comm?.dispose();
    this.model = null;
    this.comm = null;
  }

  private interval(): number | null {
    return this.comparison.failure !== null ? RETRY_MS : this.comparison.isLive ? LIVE_MS : null;
  }
}
