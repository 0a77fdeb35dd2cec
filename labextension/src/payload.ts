// What our MIME type carries. It comes from a notebook, which anyone may have written.
import type { OrderBy, PanelPayload } from './types.js';

export const MIME_TYPE = 'application/vnd.jupyter-tracker.v1+json';

/** The payload if it has the known form, else null. Fields of a wrong type fall back to empty ones. */
export function parsePayload(data: unknown): PanelPayload | null {
  if (typeof data !== 'object' || data === null) {
    return null;
  }
  const raw = data as Record<string, unknown>;
  if (raw.version !== 1 || (raw.panel !== 'run_card' && raw.panel !== 'run_table')) {
    return null;
  }
  if (typeof raw.store_id !== 'string' || (raw.panel === 'run_card' && typeof raw.run_id !== 'string')) {
    return null;
  }
  return {
    version: 1,
    panel: raw.panel,
    store_id: raw.store_id,
    panel_id: typeof raw.panel_id === 'string' ? raw.panel_id : '',
    run_id: typeof raw.run_id === 'string' ? raw.run_id : null,
    experiment_ids: texts(raw.experiment_ids) ?? [],
    filter: typeof raw.filter === 'string' ? raw.filter : '',
    order_by: orderBy(raw.order_by),
    columns: texts(raw.columns),
    max_results: typeof raw.max_results === 'number' ? raw.max_results : null,
  };
}

/** A payload for a panel that no cell asked for, such as a tab opened from the side panel. */
export function makePayload(
  panel: PanelPayload['panel'],
  storeId: string,
  rest: Partial<PanelPayload>
): PanelPayload {
  return {
    version: 1,
    panel,
    store_id: storeId,
    panel_id: '',
    run_id: null,
    experiment_ids: [],
    filter: '',
    order_by: null,
    columns: null,
    max_results: null,
    ...rest,
  };
}

function texts(value: unknown): string[] | null {
  return Array.isArray(value) ? value.filter((item): item is string => typeof item === 'string') : null;
}

function orderBy(value: unknown): OrderBy | null {
  const raw = value as Partial<OrderBy> | null | undefined;
  return typeof raw?.column === 'string' ? { column: raw.column, ascending: raw.ascending === true } : null;
}
