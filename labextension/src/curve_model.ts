// What a widget model and the curves on the screen tell each other.
import type { CurvesState, MetricCurves } from './components/metric_curves.js';
import type { HostModel } from './model.js';
import type { MetricCurvesView } from './types.js';

/** Traits that are options of the view, by the name that both sides have for them. */
const TRAITS = ['run_ids', 'metrics', 'x', 'smoothing', 'log_x', 'log_y', 'group_by', 'hidden', 'zoom'] as const;

/** Shows what the model has now and whenever it changes; returns what ends that. */
export function bindCurves(model: HostModel, curves: MetricCurves): () => void {
  const state = (): Partial<CurvesState> => Object.fromEntries(TRAITS.map(name => [name, model.get(name)]).filter(([, value]) => value !== undefined));
  const onState = (): void => curves.setState(state());
  const onView = (): void => {
    const view = model.get('view') as MetricCurvesView | null | undefined;
    // A trait may still be its empty default.
    if (Array.isArray(view?.panels)) {
      curves.setView(view);
    }
  };
  const events = TRAITS.map(name => `change:${name}`);
  events.forEach(event => model.on(event, onState));
  model.on('change:view', onView);
  onState();
  onView();
  return () => {
    events.forEach(event => model.off(event, onState));
    model.off('change:view', onView);
  };
}
