// What our MIME type carries. It comes from a notebook, which anyone may have written; its form is views/panel.schema.json.
import type { ComparisonOptions, CurveOptions, CurveX, DashboardOptions, DashboardTab, OrderBy, PanelPayload } from './types.js';

export const MIME_TYPE = 'application/vnd.jupyter-tracker.v1+json';

const PANELS: PanelPayload['panel'][] = ['run_card', 'run_detail', 'run_table', 'metric_curves', 'comparison', 'dashboard', 'registry_board'];
/** Far more than ids and options take. */
const MOST_CHARACTERS = 200_000;
const OF_ONE_RUN = ['run_card', 'run_detail'];
const TABS: DashboardTab[] = ['experiments', 'table', 'curves', 'comparison'];
const AXES: CurveX[] = ['step', 'time', 'relative'];
/** As Python has them. */
export const DEFAULT_CURVES: CurveOptions = {
  run_ids: [], limit: 20, metrics: null, x: 'step', smoothing: 0, log_x: false, log_y: false, group_by: null,
};

/** As many runs as Python compares. */
const MAX_RUNS = 200;

/** The payload if it has the known form, else null. Fields of a wrong type fall back to empty ones. */
export function parsePayload(data: unknown): PanelPayload | null {
  if (typeof data !== 'object' || data === null) {
    return null;
  }
  const raw = data as Record<string, unknown>;
  if (JSON.stringify(raw).length > MOST_CHARACTERS) {
    return null;
  }
  if (raw.version !== 1 || !PANELS.includes(raw.panel as PanelPayload['panel'])) {
    return null;
  }
  if (typeof raw.store_id !== 'string' || (OF_ONE_RUN.includes(raw.panel as string) && typeof raw.run_id !== 'string')) {
    return null;
  }
  return {
    version: 1,
    panel: raw.panel as PanelPayload['panel'],
    store_id: raw.store_id,
    panel_id: typeof raw.panel_id === 'string' ? raw.panel_id : '',
    run_id: typeof raw.run_id === 'string' ? raw.run_id : null,
    experiment_ids: texts(raw.experiment_ids) ?? [],
    filter: typeof raw.filter === 'string' ? raw.filter : '',
    order_by: orderBy(raw.order_by),
    columns: texts(raw.columns),
    group_by: typeof raw.group_by === 'string' ? raw.group_by : null,
    max_results: Number.isInteger(raw.max_results) && (raw.max_results as number) >= 1 ? (raw.max_results as number) : null,
    curves: raw.panel === 'metric_curves' ? curveOptions(raw.curves) : null,
    comparison: raw.panel === 'comparison' ? comparisonOptions(raw.comparison) : null,
    dashboard: raw.panel === 'dashboard' ? dashboardOptions(raw.dashboard) : null,
    model: typeof raw.model === 'string' ? raw.model : null,
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
    group_by: null,
    max_results: null,
    curves: null,
    comparison: null,
    dashboard: null,
    model: null,
    ...rest,
  };
}

export function comparisonOptions(value: unknown): ComparisonOptions {
  const raw = (typeof value === 'object' && value !== null ? value : {}) as Record<string, unknown>;
  return {
    run_ids: runs(raw.run_ids),
    baseline: typeof raw.baseline === 'string' ? raw.baseline : null,
    minimize: texts(raw.minimize) ?? [],
    maximize: texts(raw.maximize) ?? [],
    unranked: texts(raw.unranked) ?? [],
  };
}

export function dashboardOptions(value: unknown): DashboardOptions {
  const raw = (typeof value === 'object' && value !== null ? value : {}) as Record<string, unknown>;
  return { tab: TABS.find(tab => tab === raw.tab) ?? 'table', selection: runs(raw.selection) };
}

function texts(value: unknown): string[] | null {
  return Array.isArray(value) ? value.filter((item): item is string => typeof item === 'string') : null;
}

function runs(value: unknown): string[] {
  return (texts(value) ?? []).slice(0, MAX_RUNS);
}

function orderBy(value: unknown): OrderBy | null {
  const raw = value as Partial<OrderBy> | null | undefined;
  return typeof raw?.column === 'string' ? { column: raw.column, ascending: raw.ascending === true } : null;
}

function curveOptions(value: unknown): CurveOptions {
  const raw = (typeof value === 'object' && value !== null ? value : {}) as Record<string, unknown>;
  const { smoothing, limit } = raw;
  return {
    run_ids: runs(raw.run_ids),
    limit: typeof limit === 'number' && Number.isInteger(limit) && limit >= 1 && limit <= 200 ? limit : DEFAULT_CURVES.limit,
    metrics: texts(raw.metrics),
    x: AXES.find(x => x === raw.x) ?? DEFAULT_CURVES.x,
    smoothing: typeof smoothing === 'number' && smoothing >= 0 && smoothing <= 0.999 ? smoothing : 0,
    log_x: raw.log_x === true,
    log_y: raw.log_y === true,
    group_by: typeof raw.group_by === 'string' ? raw.group_by : null,
  };
}
