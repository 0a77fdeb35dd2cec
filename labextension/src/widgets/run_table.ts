// anywidget module of `RunTable`.
import { tablePanel } from '../panels/table_panel.js';
import { widgetOf } from './shared.js';

export default widgetOf(tablePanel);
