// anywidget module of `MetricCurves`.
import { tellModel } from '../model.js';
import { curvesPanel } from '../panels/curves_panel.js';
import { widgetOf } from './shared.js';

// A kernel whose cell is running may not answer: then it must push.
export default widgetOf(curvesPanel, model => tellModel(model, { pushes: true }));
