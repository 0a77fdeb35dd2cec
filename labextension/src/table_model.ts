// What a widget model and the run table on the screen tell each other.
import type { RunTable } from './components/run_table.js';
import type { HostModel } from './model.js';
import { parsePayload } from './payload.js';
import type { RunTableView } from './types.js';

/** Shows what the model has now and whenever it changes; returns what ends that. */
export function bindTable(model: HostModel, table: RunTable): () => void {
  const onView = (): void => {
    const view = model.get('view') as RunTableView | null | undefined;
    if (Array.isArray(view?.rows)) {
      table.setView(view);
    } else {
      table.refresh();
    }
  };
  const onPayload = (): void => {
    const payload = parsePayload(model.get('payload'));
    if (payload !== null) {
      table.setQuery(payload);
    }
  };
  const onSelection = (): void => {
    const ids = model.get('selection');
    if (Array.isArray(ids)) {
      table.setSelection(ids as string[]);
    }
  };
  model.on('change:view', onView);
  model.on('change:selection', onSelection);
  model.on('change:payload', onPayload);
  onView();
  onSelection();
  return () => {
    model.off('change:view', onView);
    model.off('change:selection', onSelection);
    model.off('change:payload', onPayload);
  };
}
