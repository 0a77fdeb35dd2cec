// anywidget module of `Dashboard`.
import { dashboardPanel } from '../panels/dashboard_panel.js';
import { widgetOf } from './shared.js';

export default widgetOf(dashboardPanel);
