// A run card that lives from the server, and from the kernel's pushes where the server does not know the run's store.
import { RequestError } from '../client.js';
import { CommClient } from '../comm_client.js';
import { adviceFor, messageBox } from '../components/message.js';
import { RunCard } from '../components/run_card.js';
import { h } from '../dom.js';
import { isLive } from '../format.js';
import { askForPushes, HostModel } from '../model.js';
import { Poller } from '../poller.js';
import type { RunCardView } from '../types.js';
import type { Panel, PanelContext } from './panel_context.js';

/** Half of the second that a logged value may take to the screen. */
const POLL_MS = 500;
/** A store that the server does not know may be recorded later, by a kernel that starts. */
const UNKNOWN_MS = 15_000;

export class CardPanel implements Panel {
  readonly node = h('div', { class: 'jt-panel' });
  private readonly card: RunCard;
  private readonly poller: Poller;
  private readonly unwatch: () => void;
  private model: HostModel | null = null;
  private kernel: CommClient | null = null;
  /** What the kernel was asked to do and has not answered yet: to push or not. A busy one without subshells is not asked twice. */
  private asking: boolean | null = null;
  private view: RunCardView | null = null;
  private pushed = 0;
  private failure: unknown = null;

  constructor(private readonly context: PanelContext) {
    this.card = new RunCard({ artifactUrl: (store, run, path) => context.server.artifactUrl(store, run, path), onStop: context.onStop });
    this.poller = new Poller({ task: () => this.load(), interval: () => this.interval(), isVisible: () => context.isVisible() });
    this.unwatch = context.hub?.watch(context.payload.panel_id, model => this.bind(model)) ?? (() => undefined);
    if (this.view === null || isLive(this.view.status)) {
      this.poller.kick();
    }
  }

  refresh(): void {
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
    if (model === null) {
      // The model went: what it showed last may be the state before a kernel died.
      this.refresh();
      return;
    }
    this.kernel = new CommClient(model);
    model.on('change:view', this.onPush);
    // What the model has may be old: a kernel that is not asked to push does not.
    if (this.view === null) {
      this.onPush();
    } else {
      this.askForPushes();
    }
  }

  private unbind(): void {
    this.model?.off('change:view', this.onPush);
    this.kernel?.dispose();
    this.model = null;
    this.kernel = null;
    this.asking = null;
  }

  private readonly onPush = (): void => {
    const view = this.model?.get('view') as RunCardView | null | undefined;
    // A trait may still be its empty default.
    if (view?.run_id) {
      this.pushed += 1;
      this.show(view);
      // After a failure the server is asked again when it is due, however often the kernel pushes.
      if (this.failure === null || !isLive(view.status)) {
        this.poller.reschedule();
      }
    }
  };

  private async load(): Promise<void> {
    const before = this.pushed;
    const { store_id, run_id } = this.context.payload;
    try {
      const view = await this.context.server.get<RunCardView>('/views/run-card', { store: store_id, run_id });
      this.failure = null;
      // A push that came meanwhile is newer than this answer.
      if (this.pushed === before) {
        this.show(view);
      }
      this.askForPushes();
    } catch (error) {
      this.failure = error;
      this.askForPushes();
      if (this.view === null) {
        this.node.replaceChildren(messageBox(adviceFor(error)), h('pre', { class: 'jt jt-card-text' }, this.context.text ?? ''));
      }
      throw error;
    }
  }

  /** Pushing costs the kernel, so it is asked to only as long as the server cannot answer. */
  private askForPushes(): void {
    const wanted = this.failure !== null;
    const { kernel } = this;
    const pushes = this.model?.get('pushes');
    const matters = wanted || (this.view !== null && isLive(this.view.status));
    if (kernel === null || pushes === undefined || pushes === wanted || this.asking === wanted || !matters) {
      return;
    }
    this.asking = wanted;
    void askForPushes(kernel, wanted).then(answered => {
      if (answered && this.kernel === kernel && this.asking === wanted) {
        this.asking = null;
      }
    });
  }

  private interval(): number | null {
    if (this.view !== null && !isLive(this.view.status)) {
      return null;
    }
    if (this.failure instanceof RequestError && this.failure.status >= 400 && this.failure.status < 500) {
      return UNKNOWN_MS;
    }
    return this.view === null && this.failure === null ? null : POLL_MS;
  }

  private show(view: RunCardView): void {
    // What has not changed is the same object again.
    if (view === this.view && this.card.node.parentNode === this.node) {
      return;
    }
    this.view = view;
    this.card.update(view);
    if (this.card.node.parentNode !== this.node) {
      this.node.replaceChildren(this.card.node);
    }
  }
}
