// A run card that lives from the kernel's pushes while they come, and from the server otherwise.
import { RequestError } from '../client.js';
import { adviceFor, messageBox } from '../components/message.js';
import { RunCard } from '../components/run_card.js';
import { h } from '../dom.js';
import { isLive } from '../format.js';
import type { HostModel } from '../model.js';
import { Poller } from '../poller.js';
import type { RunCardView } from '../types.js';
import type { Panel, PanelContext } from './panel.js';

const POLL_MS = 1000;
/** A kernel that pushed within this time is believed to live; one that has not may have been killed. */
const FRESH_MS = 3000;
/** A store that the server does not know may be recorded later, by a kernel that starts. */
const UNKNOWN_MS = 15_000;

export class CardPanel implements Panel {
  readonly node = h('div', { class: 'jt-panel' });
  private readonly card: RunCard;
  private readonly poller: Poller;
  private readonly unwatch: () => void;
  private model: HostModel | null = null;
  private view: RunCardView | null = null;
  private pushedAt = -Infinity;
  private failure: unknown = null;

  constructor(private readonly context: PanelContext) {
    this.card = new RunCard({ artifactUrl: (store, run, path) => context.server.artifactUrl(store, run, path) });
    this.poller = new Poller({ task: () => this.load(), interval: () => this.interval(), isVisible: () => context.isVisible() });
    this.unwatch = context.hub?.watch(context.payload.panel_id, model => this.bind(model)) ?? (() => undefined);
    if (this.view === null) {
      this.poller.kick();
    }
  }

  refresh(): void {
    this.pushedAt = -Infinity;
    this.poller.kick();
  }

  dispose(): void {
    this.unwatch();
    this.unbind();
    this.poller.dispose();
    this.card.dispose();
    this.node.remove();
  }

  private bind(model: HostModel | null): void {
    this.unbind();
    this.model = model;
    if (model !== null) {
      model.on('change:view', this.onPush);
      this.onPush();
    } else {
      // The model went: what it showed last may be the state before a kernel died.
      this.refresh();
    }
  }

  private unbind(): void {
    this.model?.off('change:view', this.onPush);
    this.model = null;
    this.pushedAt = -Infinity;
  }

  private readonly onPush = (): void => {
    const view = this.model?.get('view') as RunCardView | null | undefined;
    // A trait may still be its empty default.
    if (view?.run_id) {
      this.pushedAt = Date.now();
      this.show(view);
      this.poller.reschedule();
    }
  };

  private async load(): Promise<void> {
    const asked = Date.now();
    if (asked - this.pushedAt < FRESH_MS) {
      return;
    }
    const { store_id, run_id } = this.context.payload;
    try {
      const view = await this.context.server.get<RunCardView>('/views/run-card', { store: store_id, run_id });
      this.failure = null;
      // A push that came meanwhile is newer than this answer.
      if (this.pushedAt < asked) {
        this.show(view);
      }
    } catch (error) {
      this.failure = error;
      if (this.view === null) {
        this.node.replaceChildren(messageBox(adviceFor(error)));
      }
      throw error;
    }
  }

  private interval(): number | null {
    if (this.failure instanceof RequestError && this.failure.status >= 400 && this.failure.status < 500) {
      return this.view !== null && !isLive(this.view.status) ? null : UNKNOWN_MS;
    }
    if (this.failure !== null) {
      return POLL_MS;
    }
    if (this.view === null || !isLive(this.view.status)) {
      return null;
    }
    return Date.now() - this.pushedAt < FRESH_MS ? FRESH_MS : POLL_MS;
  }

  private show(view: RunCardView): void {
    this.view = view;
    this.card.update(view);
    if (this.card.node.parentNode !== this.node) {
      this.node.replaceChildren(this.card.node);
    }
  }
}
