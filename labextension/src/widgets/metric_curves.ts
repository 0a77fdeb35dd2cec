// anywidget module of `MetricCurves`.
import { askForPushes } from '../model.js';
import { curvesPanel } from '../panels/curves_panel.js';
import { widgetOf } from './shared.js';

// A kernel whose cell is running may not answer: then it must push.
export default widgetOf(curvesPanel, client => void askForPushes(client, true));
