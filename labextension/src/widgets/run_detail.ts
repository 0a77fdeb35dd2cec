// anywidget module of `RunDetail`.
import { detailPanel } from '../panels/detail_panel.js';
import { widgetOf } from './shared.js';

export default widgetOf(detailPanel);
