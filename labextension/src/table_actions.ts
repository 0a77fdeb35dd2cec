// What a run table changes and takes out: writes of the selected runs, and their text for files and the clipboard.
import type { Client } from './client.js';
import { runsQuery, TableQuery } from './run_pager.js';
import { RunWrites } from './run_writes.js';
import type { RunIdsView, TableColumn, TableTextView } from './types.js';

/** Ids of so many runs fit into a request line. */
const IDS_PER_LINE = 150;
/** Runs that can be selected at once. */
export const MAX_SELECTED = 10_000;

export class TableActions extends RunWrites {
  constructor(client: Client, private readonly query: () => TableQuery) {
    super(client, () => query().store_id);
  }

  /** A param or tag as a whole: the table shows its start. */
  async whole(runId: string, column: string): Promise<string> {
    const { text } = await this.client.get<{ text: string | null }>('/views/run-value', { store: this.query().store_id, run_id: runId, column });
    return text ?? '';
  }

  async ids(offset: number, limit: number): Promise<RunIdsView> {
    return this.client.get<RunIdsView>('/views/run-ids', { ...runsQuery(this.query()), offset, limit: Math.min(limit, MAX_SELECTED) });
  }

  /** These runs, or all of the table where none is named. */
  async text(format: 'csv' | 'tsv', columns: readonly TableColumn[], runIds: readonly string[]): Promise<TableTextView> {
    const asked = { ...runsQuery(this.query()), columns: columns.map(c => c.id).join(','), format };
    if (runIds.length === 0) {
      return this.client.get<TableTextView>('/views/run-table-text', asked);
    }
    const whole: TableTextView = { text: '', rows: 0, total: runIds.length };
    for (let i = 0; i < runIds.length; i += IDS_PER_LINE) {
      // The selection may reach beyond what the filter finds by now.
      const part = { ...asked, filter: null, max_results: null, group_by: null, run_ids: runIds.slice(i, i + IDS_PER_LINE).join(','), head: i === 0 };
      const view = await this.client.get<TableTextView>('/views/run-table-text', part);
      whole.text += view.text;
      whole.rows += view.rows;
    }
    return whole;
  }
}
