// Which of the models of a run is meant where one is.
import type { ModelUse } from './types.js';

/** The model that a run made last, by step and then by order; null where it made none that is ready. */
export function lastMade(models: readonly ModelUse[]): ModelUse | null {
  const made = models.filter(({ role, status }) => role === 'output' && status === 'READY');
  return made.reduce<ModelUse | null>((last, model) => (last === null || model.step >= last.step ? model : last), null);
}
