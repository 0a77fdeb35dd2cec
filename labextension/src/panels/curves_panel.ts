// Curves as a panel.
import { MetricCurves } from '../components/metric_curves.js';
import { bindCurves } from '../curve_model.js';
import { DEFAULT_CURVES } from '../payload.js';
import type { PanelKind } from './panel_kind.js';

/** Half of the second that a logged value may take to the screen. */
const LIVE_MS = 500;
/** A run that matches may start at any time. */
const OPEN_MS = 5000;

export const curvesPanel: PanelKind<MetricCurves> = {
  make: ({ client, payload, plotly, fill, tell }) => new MetricCurves({
    client,
    plotly,
    query: { store_id: payload.store_id, experiment_ids: payload.experiment_ids, filter: payload.filter, options: payload.curves ?? DEFAULT_CURVES },
    fill,
    onChange: tell,
  }),
  bind: bindCurves,
  interval: curves => (curves.isLive ? LIVE_MS : curves.isOpen ? OPEN_MS : null),
};
