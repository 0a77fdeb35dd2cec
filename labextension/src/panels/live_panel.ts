// A panel that asks the server, and the kernel where the server does not know the store; and that meets the kernel's model.
import { BatchClient } from '../batch_client.js';
import { Client, withFallback } from '../client.js';
import { CommClient } from '../comm_client.js';
import { RunComparison } from '../components/comparison.js';
import { HostModel, tellModel } from '../model.js';
import { Poller } from '../poller.js';
import type { Panel, PanelContext } from './panel_context.js';
import { Asking, PanelKind, RETRY_MS } from './panel_kind.js';

export class LivePanel<Component extends Asking> implements Panel {
  private readonly component: Component;
  private readonly poller: Poller;
  private readonly unwatch: () => void;
  private model: HostModel | null = null;
  private comm: CommClient | null = null;
  private kernel: Client | null = null;
  private unbindModel: () => void = () => undefined;

  constructor(context: PanelContext, private readonly kind: PanelKind<Component>) {
    this.component = kind.make({
      client: withFallback(context.server, () => this.kernel),
      payload: context.payload,
      plotly: context.plotly,
      comparison: () => Promise.resolve(RunComparison),
      markdown: context.markdown,
      fill: context.fill,
      tell: change => tellModel(this.model, change),
      // It may want something while it is being made.
      want: () => (this.poller as Poller | undefined)?.kick(),
      onOpenRun: context.onOpenRun,
      onName: context.onName,
      onCompare: context.onCompare,
    });
    this.poller = new Poller({ task: () => this.component.load(), interval: () => this.interval(), isVisible: () => context.isVisible() });
    this.unwatch = context.hub?.watch(context.payload.panel_id, model => this.bind(model)) ?? (() => undefined);
    if (kind.pushed && this.model !== null) {
      this.poller.reschedule();
    } else {
      this.poller.kick();
    }
  }

  get node(): HTMLElement {
    return this.component.node;
  }

  refresh(): void {
    this.poller.kick();
  }

  dispose(): void {
    this.unwatch();
    this.unbind();
    this.poller.dispose();
    this.component.dispose();
  }

  private bind(model: HostModel | null): void {
    this.unbind();
    this.model = model;
    if (model !== null) {
      this.comm = new CommClient(model);
      // What has not changed is not sent again, as by a server.
      this.kernel = new BatchClient(this.comm);
      this.unbindModel = this.kind.bind(model, this.component);
    }
  }

  private unbind(): void {
    this.unbindModel();
    this.unbindModel = () => undefined;
    this.comm?.dispose();
    this.model = null;
    this.comm = null;
    this.kernel = null;
  }

  private interval(): number | null {
    return this.component.failure !== null ? RETRY_MS : this.kind.interval(this.component);
  }
}
