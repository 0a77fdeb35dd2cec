// All of a run as a panel.
import { RunDetail } from '../components/run_detail.js';
import type { RunDetailView } from '../types.js';
import type { PanelKind } from './panel_kind.js';

const LIVE_MS = 1000;

export const detailPanel: PanelKind<RunDetail> = {
  make: ({ client, payload, plotly, markdown, fill, onOpenRun, onName }) =>
    new RunDetail({ client, plotly, storeId: payload.store_id, runId: payload.run_id ?? '', markdown, fill, onOpenRun, onName }),
  bind: (model, detail) => {
    const view = model.get('view') as RunDetailView | null | undefined;
    // A trait may still be its empty default.
    if (view?.run_id) {
      detail.setView(view);
    }
    return () => undefined;
  },
  interval: detail => (detail.isLive ? LIVE_MS : null),
};
