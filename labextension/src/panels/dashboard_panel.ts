// A dashboard as a panel: one poll for all its tabs.
import { Dashboard } from '../components/dashboard.js';
import { bindDashboard, dashboardState } from '../dashboard_model.js';
import type { PanelKind } from './panel_kind.js';

export const dashboardPanel: PanelKind<Dashboard> = {
  make: ({ client, payload, plotly, comparison, fill, tell, want, onOpenRun }) => new Dashboard({
    client,
    plotly,
    comparison,
    query: { store_id: payload.store_id, filter: payload.filter, state: dashboardState(payload) },
    fill,
    onChange: tell,
    onWant: want,
    onOpen: onOpenRun,
  }),
  bind: bindDashboard,
  interval: dashboard => dashboard.interval,
};
