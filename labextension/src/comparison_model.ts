// What a widget model and the comparison on the screen tell each other.
import type { RunComparison } from './components/comparison.js';
import type { HostModel } from './model.js';
import type { ComparisonOptions, ComparisonView } from './types.js';

/** Traits that are options of the view, by the name that both sides have for them. */
const TRAITS = ['run_ids', 'baseline', 'minimize', 'maximize', 'unranked'] as const;

/** Shows what the model has now and whenever it changes; returns what ends that. */
export function bindComparison(model: HostModel, comparison: RunComparison): () => void {
  const state = (): Partial<ComparisonOptions> => Object.fromEntries(TRAITS.map(name => [name, model.get(name)]).filter(([, value]) => value !== undefined));
  const onState = (): void => comparison.setState(state());
  const onView = (): void => {
    const view = model.get('view') as ComparisonView | null | undefined;
    // A trait may still be its empty default.
    if (Array.isArray(view?.runs)) {
      comparison.setView(view);
    }
  };
  const onSelection = (): void => {
    const ids = model.get('selection');
    if (Array.isArray(ids)) {
      comparison.setSelection(ids as string[]);
    }
  };
  const events: [string, () => void][] = [...TRAITS.map((name): [string, () => void] => [`change:${name}`, onState]), ['change:view', onView], ['change:selection', onSelection]];
  events.forEach(([event, listener]) => model.on(event, listener));
  onView();
  onState();
  onSelection();
  return () => events.forEach(([event, listener]) => model.off(event, listener));
}
