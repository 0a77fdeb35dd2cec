// anywidget module of `RunComparison`, from which a dashboard takes its comparison too.
import { comparisonPanel } from '../panels/comparison_panel.js';
import { widgetOf } from './shared.js';

export { RunComparison } from '../components/comparison.js';
export default widgetOf(comparisonPanel);
