// anywidget module of `RunComparison`: all is asked over the comm.
import { CommClient } from '../comm_client.js';
import { bindComparison, tellModel } from '../comparison_model.js';
import { RunComparison } from '../components/comparison.js';
import type { HostModel } from '../model.js';
import { comparisonOptions, parsePayload } from '../payload.js';
import { Poller } from '../poller.js';
import { attach, ensureStyle, RenderArguments } from './shared.js';

const LIVE_MS = 2000;

function render({ model, el }: RenderArguments): () => void {
  ensureStyle(el);
  const client = new CommClient(model);
  const payload = parsePayload(model.get('payload'));
  const comparison = new RunComparison({
    client,
    query: { store_id: payload?.store_id ?? '', options: payload?.comparison ?? comparisonOptions(null) },
    onChange: change => tellModel(model, change),
    onSelect: selection => tellModel(model, { selection }),
  });
  el.replaceChildren(comparison.node);
  const unbind = bindComparison(model, comparison);
  const poller = new Poller({
    task: () => comparison.load(),
    interval: () => (comparison.isLive ? LIVE_MS : null),
    isVisible: () => document.visibilityState === 'visible' && el.isConnected && el.getClientRects().length > 0,
  });
  poller.reschedule();
  return () => {
    unbind();
    poller.dispose();
    comparison.dispose();
    client.dispose();
  };
}

export default { initialize: ({ model }: { model: HostModel }) => attach(model), render };
