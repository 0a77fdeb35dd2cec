// The panels that are loaded when the first of them is shown.
export { ComparisonPanel } from './comparison_panel.js';
export { CurvesPanel } from './curves_panel.js';
export { DashboardPanel } from './dashboard_panel.js';
export { DetailPanel } from './detail_panel.js';
export { TablePanel } from './table_panel.js';
