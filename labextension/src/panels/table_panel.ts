// A run table that asks the server, and the kernel where the server does not know the store.
import { withFallback } from '../client.js';
import { CommClient } from '../comm_client.js';
import { RunTable } from '../components/run_table.js';
import type { HostModel } from '../model.js';
import { parsePayload } from '../payload.js';
import { Poller } from '../poller.js';
import type { RunTableView } from '../types.js';
import type { Panel, PanelContext } from './panel.js';

/** Tables are heavier than cards and less watched. */
const POLL_MS = 5000;
const RETRY_MS = 15_000;

export class TablePanel implements Panel {
  private readonly table: RunTable;
  private readonly poller: Poller;
  private readonly unwatch: () => void;
  private model: HostModel | null = null;
  private comm: CommClient | null = null;

  constructor(context: PanelContext) {
    const { store_id, experiment_ids, filter, order_by, columns, max_results, group_by } = context.payload;
    this.table = new RunTable({
      client: withFallback(context.server, () => this.comm),
      query: { store_id, experiment_ids, filter, order_by, columns, max_results, group_by },
      fill: context.fill,
      onOpen: context.onOpenRun,
      onCompare: context.onCompare,
      onSelect: ids => {
        this.model?.set('selection', ids);
        this.model?.save_changes();
      },
    });
    this.poller = new Poller({ task: () => this.table.load(), interval: () => this.interval(), isVisible: () => context.isVisible() });
    this.unwatch = context.hub?.watch(context.payload.panel_id, model => this.bind(model)) ?? (() => undefined);
    if (this.model === null) {
      this.poller.kick();
    } else {
      this.poller.reschedule();
    }
  }

  get node(): HTMLElement {
    return this.table.node;
  }

  refresh(): void {
    this.poller.kick();
  }

  dispose(): void {
    this.unwatch();
    this.unbind();
    this.poller.dispose();
    this.table.dispose();
  }

  private bind(model: HostModel | null): void {
    this.unbind();
    this.model = model;
    if (model !== null) {
      this.comm = new CommClient(model);
      model.on('change:view', this.onView);
      model.on('change:selection', this.onSelection);
      model.on('change:payload', this.onPayload);
      this.onView();
      this.onSelection();
    }
  }

  private unbind(): void {
    this.model?.off('change:view', this.onView);
    this.model?.off('change:selection', this.onSelection);
    this.model?.off('change:payload', this.onPayload);
    this.comm?.dispose();
    this.model = null;
    this.comm = null;
  }

  private readonly onView = (): void => {
    const view = this.model?.get('view') as RunTableView | null | undefined;
    if (Array.isArray(view?.rows)) {
      this.table.setView(view);
    } else {
      this.table.refresh();
    }
  };

  private readonly onPayload = (): void => {
    const payload = parsePayload(this.model?.get('payload'));
    if (payload !== null) {
      this.table.setQuery(payload);
    }
  };

  private readonly onSelection = (): void => {
    const ids = this.model?.get('selection');
    if (Array.isArray(ids)) {
      this.table.setSelection(ids as string[]);
    }
  };

  private interval(): number | null {
    return this.table.failure !== null ? RETRY_MS : this.table.isLive ? POLL_MS : null;
  }
}
