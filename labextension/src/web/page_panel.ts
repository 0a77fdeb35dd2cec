// One panel that fills the page: it asks the server as long as somebody looks.
import type { Client } from '../client.js';
import { Dashboard } from '../components/dashboard.js';
import { Asking, PanelKind, PanelSource, RETRY_MS } from '../panels/panel_kind.js';
import { detailPanel } from '../panels/detail_panel.js';
import { registryPanel } from '../panels/registry_panel.js';
import { makePayload } from '../payload.js';
import type { Plotly } from '../plotly.js';
import { Poller } from '../poller.js';
import type { Rights } from '../rights.js';
import type { Address, DashboardAddress } from '../address.js';
import { serverRoot } from './server.js';

export interface PageContext {
  client: Client;
  storeId: string;
  rights: Rights;
  /** Goes to an address; with `quietly` it takes the place of the present one in the browser's history. */
  go(address: Address, quietly?: boolean): void;
}

export interface PagePanel {
  readonly node: HTMLElement;
  /** Shows another address without being made anew; false where it cannot. */
  show(address: Address): boolean;
  dispose(): void;
}

export function pagePanel(context: PageContext, address: Address): PagePanel {
  if (address.page === 'dashboard') {
    return dashboardPage(context, address);
  }
  return address.page === 'run'
    ? kindPage(context, address, detailPanel, { run_id: address.run }, () => undefined)
    : kindPage(context, address, registryPanel, { model: address.model }, ({ model }) => context.go({ page: 'registry', model: String(model) }, address.model === null));
}

function dashboardPage(context: PageContext, first: DashboardAddress): PagePanel {
  let now = first;
  let filter = first.filter;
  const change = (changed: Partial<DashboardAddress>, quietly: boolean): void => {
    now = { ...now, ...changed };
    context.go(now, quietly);
  };
  const { source, live } = parts(context);
  const dashboard = new Dashboard({
    ...source,
    fill: true,
    rights: context.rights,
    query: { store_id: context.storeId, filter: first.filter, state: stateOf(first) },
    onChange: changed => {
      const experiments = changed.experiment_ids === undefined ? {} : { experiments: changed.experiment_ids, filter };
      const { tab = now.tab, selection = now.selection } = changed;
      // Each tab is a page to go back to; each tick in a box is not.
      change({ ...experiments, tab, selection }, changed.tab === undefined);
    },
    onFilter: wanted => {
      filter = wanted === '' ? '' : filter;
      change({ filter: wanted }, true);
    },
    onWant: () => live.want(),
    onOpen: source.onOpenRun,
  });
  live.start(dashboard, () => dashboard.interval);
  return {
    node: dashboard.node,
    show: address => {
      if (address.page !== 'dashboard' || address.filter !== now.filter) {
        return false;
      }
      now = address;
      dashboard.setState(stateOf(address));
      return true;
    },
    dispose: () => live.end(dashboard),
  };
}

function stateOf(address: DashboardAddress): { tab: DashboardAddress['tab']; experiment_ids: string[]; selection: string[] } {
  return { tab: address.tab, experiment_ids: address.experiments, selection: address.selection };
}

function kindPage<Component extends Asking>(
  context: PageContext, first: Address, kind: PanelKind<Component>, about: { run_id?: string; model?: string | null }, tell: (change: Record<string, unknown>) => void
): PagePanel {
  const { source, live } = parts(context);
  const panel = first.page === 'run' ? 'run_detail' : 'registry_board';
  const component = kind.make({ ...source, payload: makePayload(panel, context.storeId, about), fill: true, tell, want: () => live.want() });
  live.start(component, () => kind.interval(component));
  const model = first.page === 'registry' ? (component as unknown as { setModel(model: string | null): void }) : null;
  return {
    node: component.node,
    show: address => {
      if (model !== null && address.page === 'registry' && address.model !== null) {
        model.setModel(address.model);
        return true;
      }
      return false;
    },
    dispose: () => live.end(component),
  };
}

/** What all pages are made of, and what keeps them up to date. */
function parts({ client, go }: PageContext): { source: Omit<PanelSource, 'payload' | 'tell' | 'want'>; live: Live } {
  return {
    source: {
      client,
      plotly: pagePlotlyModule,
      comparison: async () => (await import('../components/comparison.js')).RunComparison,
      markdown: async text => (await import('../markdown_library.js')).markdownToHtml(text),
      onOpenRun: run => go({ page: 'run', run: run.run_id }),
    },
    live: new Live(),
  };
}

class Live {
  private poller: Poller | null = null;

  start(component: Asking, interval: () => number | null): void {
    this.poller = new Poller({
      task: () => component.load(),
      interval: () => (component.failure !== null ? RETRY_MS : interval()),
      isVisible: () => document.visibilityState === 'visible',
    });
    this.poller.kick();
  }

  want(): void {
    this.poller?.kick();
  }

  end(component: Asking): void {
    this.poller?.dispose();
    component.dispose();
  }
}

async function pagePlotlyModule(): Promise<Plotly> {
  const url = `${serverRoot()}/static/plotly.js`;
  return ((await import(url)) as { default: Plotly }).default;
}
