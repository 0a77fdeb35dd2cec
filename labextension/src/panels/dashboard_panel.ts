// A dashboard that asks the server, and the kernel where the server does not know the store. One poll for all its tabs.
import { withFallback } from '../client.js';
import { CommClient } from '../comm_client.js';
import { tellModel } from '../comparison_model.js';
import { Dashboard } from '../components/dashboard.js';
import { bindDashboard, dashboardState } from '../dashboard_model.js';
import type { HostModel } from '../model.js';
import { Poller } from '../poller.js';
import type { Panel, PanelContext } from './panel.js';

export class DashboardPanel implements Panel {
  private readonly dashboard: Dashboard;
  private readonly poller: Poller | undefined;
  private readonly unwatch: () => void;
  private model: HostModel | null = null;
  private comm: CommClient | null = null;
  private unbindModel: () => void = () => undefined;

  constructor(context: PanelContext) {
    const { store_id, filter } = context.payload;
    this.dashboard = new Dashboard({
      client: withFallback(context.server, () => this.comm),
      plotly: context.plotly,
      query: { store_id, filter, state: dashboardState(context.payload) },
      fill: context.fill,
      onChange: change => tellModel(this.model, change),
      onWant: () => this.poller?.kick(),
      onOpen: context.onOpenRun,
    });
    this.poller = new Poller({ task: () => this.dashboard.load(), interval: () => this.dashboard.interval, isVisible: () => context.isVisible() });
    this.unwatch = context.hub?.watch(context.payload.panel_id, model => this.bind(model)) ?? (() => undefined);
    this.poller.kick();
  }

  get node(): HTMLElement {
    return this.dashboard.node;
  }

  refresh(): void {
    this.poller?.kick();
  }

  dispose(): void {
    this.unwatch();
    this.unbind();
    this.poller?.dispose();
    this.dashboard.dispose();
  }

  private bind(model: HostModel | null): void {
    this.unbind();
    this.model = model;
    if (model !== null) {
      this.comm = new CommClient(model);
      this.unbindModel = bindDashboard(model, this.dashboard);
    }
  }

  private unbind(): void {
    this.unbindModel();
    this.unbindModel = () => undefined;
    this.comm?.dispose();
    this.model = null;
    this.comm = null;
  }
}
