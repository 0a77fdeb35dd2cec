// anywidget module of `MetricCurves`: all is asked over the comm, the chart library too, once per page.
import { CommClient } from '../comm_client.js';
import { MetricCurves } from '../components/metric_curves.js';
import { bindCurves } from '../curve_model.js';
import type { HostModel } from '../model.js';
import { DEFAULT_CURVES, parsePayload } from '../payload.js';
import { plotlyFromText } from '../plotly.js';
import { Poller } from '../poller.js';
import { attach, ensureStyle, RenderArguments } from './shared.js';

const LIVE_MS = 1000;
const OPEN_MS = 5000;

function render({ model, el }: RenderArguments): () => void {
  ensureStyle(el);
  const client = new CommClient(model);
  const payload = parsePayload(model.get('payload'));
  const curves = new MetricCurves({
    client,
    plotly: async () => plotlyFromText(new TextDecoder().decode(await client.bytes('/static/plotly.js'))),
    query: {
      store_id: payload?.store_id ?? '', experiment_ids: payload?.experiment_ids ?? [], filter: payload?.filter ?? '',
      options: payload?.curves ?? DEFAULT_CURVES,
    },
    onChange: change => {
      Object.entries(change).forEach(([name, value]) => model.set(name, value));
      model.save_changes();
    },
  });
  el.replaceChildren(curves.node);
  const unbind = bindCurves(model, curves);
  const poller = new Poller({
    task: () => curves.load(),
    interval: () => (curves.isLive ? LIVE_MS : curves.isOpen ? OPEN_MS : null),
    isVisible: () => document.visibilityState === 'visible' && el.isConnected && el.getClientRects().length > 0,
  });
  poller.reschedule();
  // A kernel whose cell is running may not answer: then it must push.
  model.set('pushes', true);
  model.save_changes();
  return () => {
    unbind();
    poller.dispose();
    curves.dispose();
    client.dispose();
  };
}

export default { initialize: ({ model }: { model: HostModel }) => attach(model), render };
