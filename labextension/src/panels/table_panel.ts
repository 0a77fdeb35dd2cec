// A run table as a panel.
import { RunTable } from '../components/run_table.js';
import { bindTable } from '../table_model.js';
import type { PanelKind } from './panel_kind.js';

/** Tables are heavier than cards and less watched. */
const LIVE_MS = 5000;

export const tablePanel: PanelKind<RunTable> = {
  make: ({ client, payload, fill, tell, want, onOpenRun, onCompare }) => {
    const { store_id, experiment_ids, filter, order_by, columns, max_results, group_by } = payload;
    return new RunTable({
      client,
      query: { store_id, experiment_ids, filter, order_by, columns, max_results, group_by },
      fill,
      onOpen: onOpenRun,
      onCompare,
      onSelect: selection => tell({ selection }),
      onWant: want,
    });
  },
  bind: bindTable,
  interval: table => (table.isLive ? LIVE_MS : null),
  pushed: true,
};
