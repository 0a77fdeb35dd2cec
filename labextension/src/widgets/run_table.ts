// anywidget module of `RunTable`: the first page is the `view` trait, more is asked over the comm.
import { CommClient } from '../comm_client.js';
import { RunTable } from '../components/run_table.js';
import type { HostModel } from '../model.js';
import { parsePayload } from '../payload.js';
import type { RunTableView } from '../types.js';
import { attach, ensureStyle, RenderArguments } from './shared.js';

function render({ model, el }: RenderArguments): () => void {
  ensureStyle(el);
  const client = new CommClient(model);
  const view = (): RunTableView | null => {
    const value = model.get('view') as RunTableView | null | undefined;
    return Array.isArray(value?.rows) ? value : null;
  };
  const payload = parsePayload(model.get('payload'));
  const { store_id, experiment_ids, filter, order_by } = payload ?? view() ?? NOTHING;
  const table = new RunTable({
    client,
    query: {
      store_id, experiment_ids, filter, order_by, columns: payload?.columns ?? null, max_results: payload?.max_results ?? null, group_by: payload?.group_by ?? null,
    },
    onSelect: ids => {
      model.set('selection', ids);
      model.save_changes();
    },
  });
  const update = (): void => {
    const now = view();
    if (now === null) {
      table.refresh();
    } else {
      table.setView(now);
    }
  };
  const adopt = (): void => {
    const now = parsePayload(model.get('payload'));
    if (now !== null) {
      table.setQuery(now);
    }
  };
  const select = (): void => table.setSelection((model.get('selection') as string[] | null) ?? []);
  model.on('change:view', update);
  model.on('change:payload', adopt);
  model.on('change:selection', select);
  el.replaceChildren(table.node);
  update();
  select();
  return () => {
    model.off('change:view', update);
    model.off('change:payload', adopt);
    model.off('change:selection', select);
    table.dispose();
    client.dispose();
  };
}

const NOTHING = { store_id: '', experiment_ids: [], filter: '', order_by: null };

export default { initialize: ({ model }: { model: HostModel }) => attach(model), render };
