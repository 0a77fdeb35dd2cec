// Generated from jupyter_tracker/views by `python -m jupyter_tracker.views.typescript`. Do not edit.

export type DashboardTab = 'experiments' | 'table' | 'curves' | 'comparison';

/** What a dashboard shows: each tab has a view of its own, asked for when it is open. */
export interface DashboardOptions {
  tab: DashboardTab;
  /** Ids of the runs that are selected in the table, shown as curves and compared: 200 at most are kept. */
  selection: string[];
}
