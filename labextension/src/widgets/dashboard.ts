// anywidget module of `Dashboard`: all is asked over the comm, the chart library too, once per page.
import { CommClient } from '../comm_client.js';
import { tellModel } from '../comparison_model.js';
import { Dashboard } from '../components/dashboard.js';
import { bindDashboard, dashboardState } from '../dashboard_model.js';
import type { HostModel } from '../model.js';
import { parsePayload } from '../payload.js';
import { plotlyFromText } from '../plotly.js';
import { Poller } from '../poller.js';
import { attach, ensureStyle, RenderArguments } from './shared.js';

function render({ model, el }: RenderArguments): () => void {
  ensureStyle(el);
  const client = new CommClient(model);
  const payload = parsePayload(model.get('payload'));
  let poller: Poller | null = null;
  const dashboard = new Dashboard({
    client,
    plotly: async () => plotlyFromText(new TextDecoder().decode(await client.bytes('/static/plotly.js'))),
    query: { store_id: payload?.store_id ?? '', filter: payload?.filter ?? '', state: dashboardState(payload) },
    onChange: change => tellModel(model, change),
    onWant: () => poller?.kick(),
  });
  el.replaceChildren(dashboard.node);
  const unbind = bindDashboard(model, dashboard);
  poller = new Poller({
    task: () => dashboard.load(),
    interval: () => dashboard.interval,
    isVisible: () => document.visibilityState === 'visible' && el.isConnected && el.getClientRects().length > 0,
  });
  poller.kick();
  return () => {
    unbind();
    poller.dispose();
    dashboard.dispose();
    client.dispose();
  };
}

export default { initialize: ({ model }: { model: HostModel }) => attach(model), render };
