// The page: a head, the experiments at the side, and one panel, which the address names.
import { BatchClient } from '../batch_client.js';
import type { Client } from '../client.js';
import { ExperimentList } from '../components/experiment_list.js';
import { icon } from '../components/icons.js';
import { adviceFor, messageBox } from '../components/message.js';
import { ModelList } from '../components/model_list.js';
import { h, setAttr, setHidden, setText } from '../dom.js';
import { Poller } from '../poller.js';
import type { ExperimentListView, RunDetailView, RunningListView, StoreListView } from '../types.js';
import { __, english } from '../words.js';
import { Address, DashboardAddress, formatAddress, parseAddress, START } from '../address.js';
import { mark, NAME } from './brand.js';
import { emptyPage } from './empty.js';
import { PagePanel, pagePanel } from './page_panel.js';
import { mayWriteAt, rightsOf, roleAt } from './rights.js';
import { pageClient, signOut, Visitor } from './server.js';
import { themeSwitch } from './theme_switch.js';

const RUNNING_MS = 3000;
const EMPTY_MS = 3000;

export class App {
  readonly node: HTMLElement;
  private readonly client: Client;
  private readonly main = h('main', { class: 'jt-app-main', tabindex: '-1', id: 'jt-main' });
  private readonly crumbs = h('nav', { class: 'jt-app-crumbs', 'aria-label': __('Where you are'), hidden: true });
  private readonly links: Record<'dashboard' | 'registry', HTMLAnchorElement>;
  private readonly sideButton: HTMLButtonElement;
  private readonly side: ExperimentList;
  private readonly role = h('span', { class: 'jt-badge' });
  private readonly pollers: Poller[] = [];
  private readonly onHash = (): void => this.show(parseAddress(location.hash));
  private panel: PagePanel | null = null;
  private shown: Address = START;
  private storeId = '';
  /** The name of an experiment that may be written to, where not all may. */
  private writable: string | null = null;
  private disposed = false;

  /** @param onRefused Called when the server no longer knows who looks, or somebody signs out. */
  constructor(private readonly visitor: Visitor, private readonly onRefused: () => void) {
    this.client = new BatchClient(pageClient(visitor, onRefused));
    const link = (address: Address, label: string): HTMLAnchorElement => h('a', { href: formatAddress(address) }, label);
    this.links = { dashboard: link(START, __('Experiments')), registry: link({ page: 'registry', model: null }, __('Models')) };
    this.side = this.makeSide();
    this.sideButton = h('button', { type: 'button', class: 'jt-button-bare jt-app-side-button', title: __('Experiments and runs'), 'aria-label': __('Experiments and runs'), 'aria-expanded': 'false', 'aria-controls': 'jt-side', onclick: () => this.openSide(this.sideButton.getAttribute('aria-expanded') !== 'true') }, icon('menu'));
    const skip = h('a', { class: 'jt-app-skip', href: '#jt-main', onclick: (event: Event) => {
      event.preventDefault();
      this.main.focus();
    } }, __('Skip to the content'));
    this.node = h('div', { class: 'jt jt-app', 'data-reader': visitor.may_write ? null : '', onkeydown: (event: KeyboardEvent) => event.key === 'Escape' && this.openSide(false) },
      skip,
      h('header', { class: 'jt-app-head' }, this.sideButton, h('a', { class: 'jt-app-brand', href: formatAddress(START) }, mark(), NAME),
        h('nav', { class: 'jt-app-nav', 'aria-label': __('Pages') }, this.links.dashboard, this.links.registry),
        h('span', { class: 'jt-space' }), this.who(), themeSwitch()),
      h('div', { class: 'jt-app-body' },
        h('aside', { class: 'jt-app-side', id: 'jt-side', 'aria-label': __('Experiments and runs') }, this.side.node),
        h('div', { class: 'jt-app-page' }, this.crumbs, this.main)));
  }

  async start(): Promise<void> {
    try {
      const { stores } = await this.client.get<StoreListView>('/views/stores');
      this.storeId = (stores.find(store => store.is_default) ?? stores[0])?.store_id ?? '';
    } catch (error) {
      this.main.replaceChildren(messageBox(adviceFor(error), h('button', { type: 'button', class: 'jt-button', onclick: () => void this.start() }, __('Try again'))));
      return;
    }
    if (this.disposed) {
      return;
    }
    addEventListener('hashchange', this.onHash);
    this.offerChanges(START);
    this.side.refresh();
    this.poll(RUNNING_MS, async () => this.side.showRunning((await this.client.get<RunningListView>('/views/running')).runs));
    if (await this.hasRuns()) {
      this.onHash();
    } else {
      this.waitForRuns();
    }
  }

  dispose(): void {
    this.disposed = true;
    removeEventListener('hashchange', this.onHash);
    this.pollers.forEach(poller => poller.dispose());
    this.panel?.dispose();
    this.side.dispose();
    this.node.remove();
  }

  private makeSide(): ExperimentList {
    const { client } = this;
    const table = (id: string): void => this.go({ ...START, tab: 'table', experiments: [id] });
    return new ExperimentList({
      client,
      isVisible: () => document.visibilityState === 'visible',
      onOpenRun: run => this.go({ page: 'run', run: run.run_id }),
      onOpenTable: (_, experiment) => table(experiment.experiment_id),
      onUnfold: table,
      models: new ModelList({ client, words: english, onOpen: (_, model) => this.go({ page: 'registry', model }) }),
    });
  }

  /** Anything that can be shown, or a place that an address names: what is not there is said there. */
  private async hasRuns(): Promise<boolean> {
    if (!['', '#', '#/', formatAddress(START)].includes(location.hash)) {
      return true;
    }
    const { experiments } = await this.client.get<ExperimentListView>('/views/experiments', { store: this.storeId });
    this.writable = experiments.find(experiment => this.visitor.writes?.experiments.includes(experiment.experiment_id))?.name ?? null;
    return experiments.some(experiment => experiment.run_count > 0);
  }

  private waitForRuns(): void {
    this.main.replaceChildren(emptyPage(this.visitor, this.writable));
    const poller = this.poll(EMPTY_MS, async () => {
      if (this.panel === null && (await this.hasRuns())) {
        this.onHash();
      }
    }, () => this.panel === null);
    poller.reschedule();
  }

  private poll(pause: number, task: () => Promise<void>, goesOn: () => boolean = () => true): Poller {
    const poller = new Poller({ task, interval: () => (goesOn() ? pause : null), isVisible: () => document.visibilityState === 'visible' });
    this.pollers.push(poller);
    poller.kick();
    return poller;
  }

  private go(address: Address, quietly = false): void {
    const hash = formatAddress(address);
    if (hash !== location.hash) {
      history[quietly ? 'replaceState' : 'pushState'](null, '', hash);
    }
    this.show(address);
  }

  private show(address: Address): void {
    if (this.disposed || (this.panel !== null && formatAddress(address) === formatAddress(this.shown))) {
      return;
    }
    this.openSide(false);
    this.offerChanges(address);
    const isOther = address.page !== this.shown.page;
    this.shown = address;
    if (this.panel?.show(address) !== true) {
      this.panel?.dispose();
      this.panel = pagePanel({ client: this.client, storeId: this.storeId, rights: rightsOf(this.visitor), go: (to, quietly) => this.go(to, quietly) }, address);
      this.main.replaceChildren(this.panel.node);
      if (isOther) {
        this.main.focus({ preventScroll: true });
      }
    }
    setAttr(this.links.dashboard, 'aria-current', address.page === 'registry' ? null : 'page');
    setAttr(this.links.registry, 'aria-current', address.page === 'registry' ? 'page' : null);
    void this.drawPlace(address);
  }

  /** The page's title, and the way up from a run. */
  private async drawPlace(address: Address): Promise<void> {
    setHidden(this.crumbs, address.page !== 'run');
    document.title = `${address.page === 'run' ? address.run.slice(0, 8) : titleOf(address)} · ${NAME}`;
    if (address.page !== 'run') {
      return;
    }
    this.crumbs.replaceChildren(h('a', { href: formatAddress(START) }, __('Experiments')));
    try {
      // As its panel asks for it at the same moment: one request.
      const run = await this.client.get<RunDetailView>('/views/run-detail', { store: this.storeId, run_id: address.run, find: null });
      if (this.shown === address) {
        this.offerChanges(address, run.experiment_id);
        document.title = `${run.name} · ${NAME}`;
        const table: DashboardAddress = { ...START, tab: 'table', experiments: [run.experiment_id] };
        this.crumbs.append(h('a', { href: formatAddress(table) }, run.experiment_name), h('span', { 'aria-current': 'page' }, run.name));
      }
    } catch {
      // The panel says it.
    }
  }

  /** Offers to change what may be changed, and nothing else; says as what somebody looks at it. */
  private offerChanges(address: Address, experiment?: string): void {
    setAttr(this.node, 'data-reader', mayWriteAt(this.visitor, address, experiment) ? null : '');
    const [role, everywhere] = [roleAt(this.visitor, address, experiment), this.visitor.role ?? ''];
    setText(this.role, role);
    this.role.title = role === everywhere ? __('Your role') : everywhere === 'limited'
      ? __('Your role here; elsewhere you see what is shared with you') : __('Your role here; elsewhere: %1', everywhere);
  }

  private openSide(open: boolean): void {
    setAttr(this.sideButton, 'aria-expanded', String(open));
    setAttr(this.node, 'data-side', open ? 'open' : null);
  }

  private who(): HTMLElement | null {
    const { user } = this.visitor;
    if (user === null || this.visitor.by_token_only === true) {
      return null;
    }
    const out = h('button', { type: 'button', class: 'jt-link', onclick: () => void signOut().finally(this.onRefused) }, __('Sign out'));
    const name = h('span', { class: 'jt-app-user' });
    setText(name, user);
    return h('span', { class: 'jt-app-who' }, name, this.role, out);
  }
}

function titleOf(address: Exclude<Address, { page: 'run' }>): string {
  if (address.page === 'registry') {
    return address.model ?? __('Models');
  }
  return { experiments: __('Experiments'), table: __('Runs'), curves: __('Curves'), comparison: __('Comparison') }[address.tab];
}
