// Curves that ask the server, and the kernel where the server does not know the store.
import { withFallback } from '../client.js';
import { CommClient } from '../comm_client.js';
import { MetricCurves } from '../components/metric_curves.js';
import { bindCurves } from '../curve_model.js';
import type { HostModel } from '../model.js';
import { DEFAULT_CURVES } from '../payload.js';
import { Poller } from '../poller.js';
import type { Panel, PanelContext } from './panel.js';

/** Half of the second that a logged value may take to the screen. */
const LIVE_MS = 500;
/** A run that matches may start at any time. */
const OPEN_MS = 5000;
const RETRY_MS = 15_000;

export class CurvesPanel implements Panel {
  private readonly curves: MetricCurves;
  private readonly poller: Poller;
  private readonly unwatch: () => void;
  private model: HostModel | null = null;
  private comm: CommClient | null = null;
  private unbindModel: () => void = () => undefined;

  constructor(context: PanelContext) {
    const { store_id, experiment_ids, filter, curves } = context.payload;
    this.curves = new MetricCurves({
      client: withFallback(context.server, () => this.comm),
      plotly: context.plotly,
      query: { store_id, experiment_ids, filter, options: curves ?? DEFAULT_CURVES },
      fill: context.fill,
      onChange: change => {
        Object.entries(change).forEach(([name, value]) => this.model?.set(name, value));
        this.model?.save_changes();
      },
    });
    this.poller = new Poller({ task: () => this.curves.load(), interval: () => this.interval(), isVisible: () => context.isVisible() });
    this.unwatch = context.hub?.watch(context.payload.panel_id, model => this.bind(model)) ?? (() => undefined);
    this.poller.kick();
  }

  get node(): HTMLElement {
    return this.curves.node;
  }

  refresh(): void {
    this.poller.kick();
  }

  dispose(): void {
    this.unwatch();
    this.unbind();
    this.poller.dispose();
    this.curves.dispose();
  }

  private bind(model: HostModel | null): void {
    this.unbind();
    this.model = model;
    if (model !== null) {
      this.comm = new CommClient(model);
      this.unbindModel = bindCurves(model, this.curves);
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
    return this.curves.failure !== null ? RETRY_MS : this.curves.isLive ? LIVE_MS : this.curves.isOpen ? OPEN_MS : null;
  }
}
