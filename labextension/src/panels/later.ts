// The panels that are loaded when the first of them is shown.
import { LivePanel } from './live_panel.js';
import type { Panel, PanelContext } from './panel_context.js';
import { comparisonPanel } from './comparison_panel.js';
import { curvesPanel } from './curves_panel.js';
import { dashboardPanel } from './dashboard_panel.js';
import { detailPanel } from './detail_panel.js';
import { tablePanel } from './table_panel.js';

export async function livePanel(context: PanelContext): Promise<Panel> {
  switch (context.payload.panel) {
    case 'run_detail':
      return new LivePanel(context, detailPanel);
    case 'metric_curves':
      return new LivePanel(context, curvesPanel);
    case 'comparison':
      return new LivePanel(context, comparisonPanel);
    case 'dashboard':
      return new LivePanel(context, dashboardPanel);
    case 'registry_board':
      // Most notebooks have none: its code comes on its own.
      return new LivePanel(context, (await import(/* webpackChunkName: "lazy-registry" */ './registry_panel.js')).registryPanel);
    default:
      return new LivePanel(context, tablePanel);
  }
}
