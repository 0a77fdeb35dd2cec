// A registered model as a board: a column per stage, a card per version, what has happened to it; cards are moved after a look at the verdict.
import type { Client } from '../client.js';
import { h, Item, KeyedList, setHidden, setText } from '../dom.js';
import type { BoardCard, BoardColumn, RegistryBoardView, RegistryMoveView, Stage } from '../types.js';
import { boardCard } from './board_card.js';
import { BoardEdits, tagsText } from './board_edits.js';
import { BoardHistory } from './board_history.js';
import { codeLine } from './copy_button.js';
import { EditDialog } from './edit_dialog.js';
import { icon } from './icons.js';
import type { RunRef } from '../refs.js';
import { Menu } from './menu.js';
import { adviceFor, messageBox } from './message.js';
import { MoveDialog } from './move_dialog.js';
import { __ } from '../words.js';

export interface RegistryBoardOptions {
  client: Client;
  query: { store_id: string; model: string | null };
  /** Fills its container, as in a tab of Lab. */
  fill?: boolean;
  /** The user chose another model. */
  onChange?(change: { model: string }): void;
  /** There is something to be asked for now. */
  onWant?(): void;
  onOpen?(run: RunRef): void;
}

const FIRST_VERSION = 'tracker.register_model(f"runs:/{run.info.run_id}/model", "my-model")';
const STAGES: Stage[] = ['None', 'Staging', 'Production', 'Archived'];
const LABELS: Record<Stage, () => string> = { None: () => __('No stage'), Staging: () => __('Staging'), Production: () => __('Production'), Archived: () => __('Archived') };

interface ColumnParts {
  node: HTMLElement;
  list: KeyedList<BoardCard>;
  count: HTMLElement;
  note: HTMLElement;
  refusal: HTMLElement;
}

export class RegistryBoard {
  readonly node: HTMLElement;
  failure: unknown = null;
  private readonly models = h('select', { class: 'jt-select jt-board-models', 'aria-label': __('Registered model'), onchange: () => this.choose(this.models.value) });
  private readonly empty = h('div', { class: 'jt-state', role: 'status', hidden: true },
    h('div', { class: 'jt-message-title' }, __('No model is registered yet')), h('div', { class: 'jt-muted' }, __('Log a model in a run, then name it:')), codeLine(FIRST_VERSION));
  private readonly more = h('button', { type: 'button', class: 'jt-button-bare', hidden: true, title: __('Change the model'), 'aria-label': __('Change the model'), onclick: () => this.openModelMenu() }, icon('more'));
  private readonly tags = h('span', { class: 'jt-muted jt-board-tags' });
  private readonly about = h('span', { class: 'jt-muted jt-board-about' });
  private readonly said = h('div', { class: 'jt-sr', role: 'status', 'aria-live': 'polite' });
  private readonly message = h('div', { class: 'jt-board-message', hidden: true });
  private readonly columns: Record<Stage, ColumnParts>;
  private readonly board: HTMLElement;
  private readonly history = new BoardHistory();
  private readonly menu: Menu;
  private readonly dialog: MoveDialog;
  private readonly editor: EditDialog;
  private readonly edits = new BoardEdits({
    view: () => this.view, ask: edit => this.editor.open(edit), change: (path, body, done) => this.change(path, body, done), back: card => this.card(card.version)?.focus(),
    backToModel: () => this.more.focus(),
  });
  private model: string | null;
  private view: RegistryBoardView | null = null;
  private dragged: BoardCard | null = null;
  private disposed = false;

  constructor(private readonly options: RegistryBoardOptions) {
    this.model = options.query.model;
    this.columns = Object.fromEntries(STAGES.map(stage => [stage, this.column(stage)])) as Record<Stage, ColumnParts>;
    this.board = h('div', { class: 'jt-board', onkeydown: (event: KeyboardEvent) => this.onKey(event) }, ...STAGES.map(stage => this.columns[stage].node));
    this.node = h('section', { class: `jt jt-registry${options.fill ? ' jt-registry-fill' : ''}`, 'aria-label': __('Registered model') },
      h('div', { class: 'jt-board-head' }, this.models, this.more, this.tags, this.about), h('div', { class: 'jt-sr' }, __('Arrow keys walk. Enter opens the menu of a version; Shift with left or right moves it to the stage beside; A sets an alias, T a tag.')), this.message, this.empty, this.board, this.history.node, this.said);
    this.menu = new Menu(this.node);
    this.dialog = new MoveDialog(this.node);
    this.editor = new EditDialog(this.node);
    this.showNothing(__('Loading…'));
  }

  async load(): Promise<void> {
    const model = this.model;
    try {
      const view = await this.options.client.get<RegistryBoardView>('/views/registry-board', { store: this.options.query.store_id, model });
      this.failure = null;
      if (model === this.model) {
        this.setView(view);
      }
    } catch (error) {
      this.failure = error;
      if (this.view === null) {
        this.showNothing('');
        this.message.replaceChildren(messageBox(adviceFor(error)));
        setHidden(this.message, false);
      }
      throw error;
    }
  }

  /** What has not changed is the same object again. */
  setView(view: RegistryBoardView): void {
    if (view === this.view || this.disposed) {
      return;
    }
    const focused = this.focusedVersion();
    this.view = view;
    this.model = view.model;
    setHidden(this.message, true);
    const names = view.model === null || view.models.includes(view.model) ? view.models : [view.model, ...view.models];
    if (this.models.dataset.names !== names.join('\n')) {
      this.models.dataset.names = names.join('\n');
      this.models.replaceChildren(...names.map(name => h('option', { value: name }, name)));
    }
    this.models.value = view.model ?? '';
    setHidden(this.models, view.model === null);
    if (view.model === null) {
      this.showNothing('');
      setHidden(this.empty, false);
      return;
    }
    setText(this.tags, tagsText(view.tags));
    this.tags.title = tagsText(view.tags, '\n');
    setHidden(this.tags, view.tags.length === 0);
    setHidden(this.more, false);
    setText(this.about, view.description);
    this.about.title = view.description;
    setHidden(this.empty, true);
    setHidden(this.board, false);
    view.columns.forEach(column => this.showColumn(column));
    this.history.update(view.events, view.events_total, view.head);
    // A card that has moved is another element, and keeps the focus.
    if (focused !== null && this.focusedVersion() === null) {
      this.card(focused)?.focus();
    }
  }

  /** Takes what somebody else chose, without telling them. */
  setModel(model: string | null): void {
    if (model !== null && model !== this.model) {
      this.model = model;
      this.options.onWant?.();
    }
  }

  dispose(): void {
    this.disposed = true;
    this.menu.close(false);
    this.dialog.close(false);
    this.editor.close(false);
    this.node.remove();
  }

  private choose(model: string): void {
    this.setModel(model);
    this.options.onChange?.({ model });
  }

  private showNothing(text: string): void {
    setText(this.about, text);
    setHidden(this.tags, true);
    setHidden(this.more, true);
    setHidden(this.empty, true);
    setHidden(this.board, true);
    this.history.update([], 0, '');
  }

  private column(stage: Stage): ColumnParts {
    const title = h('h4', { class: 'jt-board-title', id: `jt-board-${Math.random().toString(36).slice(2)}` }, LABELS[stage]());
    const count = h('span', { class: 'jt-board-count' });
    const refusal = h('div', { class: 'jt-board-refusal', hidden: true });
    const list = new KeyedList<BoardCard>(h('ul', { class: 'jt-board-list', 'aria-labelledby': title.id }), card => card.version, () => this.item());
    const note = h('div', { class: 'jt-muted jt-board-note' });
    const node = h('div', {
      class: 'jt-board-column', 'data-stage': stage,
      ondragover: (event: DragEvent) => this.onDragOver(event, stage), ondragleave: (event: DragEvent) => this.onDragLeave(event, stage),
      ondrop: (event: DragEvent) => this.onDrop(event, stage),
    }, h('div', { class: 'jt-board-column-head' }, title, count), refusal, list.parent, note);
    return { node, list, count, note, refusal };
  }

  private showColumn({ stage, cards, total }: BoardColumn): void {
    const parts = this.columns[stage];
    parts.list.update(cards);
    setText(parts.count, total === 0 ? '' : String(total));
    setText(parts.note, total === 0 ? __('No version') : total > cards.length ? __('and %1 older', total - cards.length) : '');
    setHidden(parts.note, parts.note.textContent === '');
  }

  private item(): Item<BoardCard> {
    return boardCard({
      storeId: this.options.query.store_id,
      onOpen: this.options.onOpen,
      onMenu: (card, anchor) => this.openMenu(card, anchor),
      onDrag: card => this.onDrag(card),
    });
  }

  // moving --------------------------------------------------------------------------------------

  private openMenu(card: BoardCard, anchor: HTMLElement): void {
    const items = card.moves.map(({ stage, refusal }) => ({
      label: refusal === null ? __('Move to %1…', LABELS[stage]()) : __('Move to %1: %2', LABELS[stage](), refusal),
      disabled: refusal !== null,
      run: () => void this.ask(card, stage),
    }));
    this.menu.open(__('Version %1', card.version), anchor, [...items, ...this.edits.items(card)], () => this.card(card.version)?.focus());
  }

  private openModelMenu(): void {
    this.menu.open(this.model ?? '', this.more, this.edits.modelItems(), () => this.more.focus());
  }

  private async ask(card: BoardCard, stage: Stage): Promise<void> {
    const model = this.model;
    const refusal = card.moves.find(move => move.stage === stage)?.refusal ?? null;
    if (model === null || refusal !== null) {
      this.say(__('Version %1 cannot be moved to %2. %3', card.version, LABELS[stage](), refusal ?? ''));
      return;
    }
    const back = (): void => this.card(card.version)?.focus();
    const { client, query } = this.options;
    this.dialog.open({
      title: __('Move version %1 to %2?', card.version, LABELS[stage]()),
      load: () => client.get<RegistryMoveView>('/views/registry-move', { store: query.store_id, model, version: card.version, stage }),
      move: async (view, comment) => {
        const body = { store: query.store_id, model, version: card.version, stage, comment, archives: view.archives.join(',') };
        const after = await client.post<RegistryBoardView>('/registry/transition', body);
        if (this.model === model) {
          this.setView(after);
        }
        this.say(__('Version %1 is in %2 now.', card.version, LABELS[stage]()));
        // The answer to the next question is another object, though it says the same.
        this.options.onWant?.();
      },
      closed: back,
    });
  }

  private async change(path: string, body: Record<string, string>, done: string): Promise<void> {
    const { model } = this;
    const after = await this.options.client.post<RegistryBoardView>(path, { store: this.options.query.store_id, model, ...body });
    if (this.model === model) {
      this.setView(after);
    }
    this.say(done);
    this.options.onWant?.();
  }

  private say(text: string): void {
    // The same text twice is said twice.
    setText(this.said, '');
    requestAnimationFrame(() => setText(this.said, text));
  }

  // dragging ------------------------------------------------------------------------------------

  private onDrag(card: BoardCard | null): void {
    this.dragged = card;
    STAGES.forEach(stage => this.mark(stage, false));
    this.node.classList.toggle('jt-board-dragging', card !== null);
  }

  private onDragOver(event: DragEvent, stage: Stage): void {
    if (this.dragged === null) {
      return; // something else than a card of ours
    }
    this.mark(stage, true);
    if (this.refusal(stage) === null) {
      event.preventDefault();
      event.dataTransfer!.dropEffect = 'move';
    }
  }

  private onDragLeave(event: DragEvent, stage: Stage): void {
    if (!this.columns[stage].node.contains(event.relatedTarget as Node | null)) {
      this.mark(stage, false);
    }
  }

  private onDrop(event: DragEvent, stage: Stage): void {
    const card = this.dragged;
    this.onDrag(null);
    if (card !== null) {
      event.preventDefault();
      void this.ask(card, stage);
    }
  }

  private refusal(stage: Stage): string | null {
    return this.dragged?.moves.find(move => move.stage === stage)?.refusal ?? null;
  }

  private mark(stage: Stage, over: boolean): void {
    const { node, refusal } = this.columns[stage];
    const why = over ? this.refusal(stage) : null;
    // Where it comes from says nothing: it was not taken away yet.
    const shown = over && this.dragged?.stage !== stage;
    node.classList.toggle('jt-board-target', shown && why === null);
    node.classList.toggle('jt-board-refused', shown && why !== null);
    setText(refusal, why ?? '');
    setHidden(refusal, !shown || why === null);
  }

  // keys ----------------------------------------------------------------------------------------

  private onKey(event: KeyboardEvent): void {
    const target = event.target as HTMLElement;
    // Not from a button within a card.
    const version = target.classList.contains('jt-board-card') ? target.dataset.version : undefined;
    const card = this.view?.columns.flatMap(column => column.cards).find(one => one.version === version);
    if (card === undefined) {
      return;
    }
    const sideways = event.key === 'ArrowLeft' ? -1 : event.key === 'ArrowRight' ? 1 : 0;
    const isPlain = !event.ctrlKey && !event.metaKey && !event.altKey;
    const upDown = event.key === 'ArrowUp' ? -1 : event.key === 'ArrowDown' ? 1 : 0;
    if (event.key === 'Enter' || event.key === ' ' || event.key === 'ContextMenu' || (event.key === 'F10' && event.shiftKey)) {
      this.openMenu(card, target);
    } else if (event.key.toLowerCase() === 'a' && isPlain) {
      this.edits.setAlias(card);
    } else if (event.key.toLowerCase() === 't' && isPlain) {
      this.edits.setTag(card);
    } else if (sideways !== 0 && event.shiftKey) {
      const stage = STAGES[STAGES.indexOf(card.stage) + sideways];
      if (stage !== undefined) {
        void this.ask(card, stage);
      }
    } else if (sideways !== 0) {
      this.walkSideways(card, sideways);
    } else if (upDown !== 0) {
      const cards = this.cards(card.stage);
      cards[cards.indexOf(target) + upDown]?.focus();
    } else {
      return;
    }
    // Lab has keys of its own.
    event.preventDefault();
    event.stopPropagation();
  }

  private walkSideways(card: BoardCard, by: number): void {
    const row = this.cards(card.stage).findIndex(node => node.dataset.version === card.version);
    for (let at = STAGES.indexOf(card.stage) + by; at >= 0 && at < STAGES.length; at += by) {
      const cards = this.cards(STAGES[at]);
      if (cards.length > 0) {
        cards[Math.min(row, cards.length - 1)].focus();
        return;
      }
    }
  }

  private cards(stage: Stage): HTMLElement[] {
    return [...this.columns[stage].list.parent.querySelectorAll<HTMLElement>('.jt-board-card')];
  }

  private card(version: string): HTMLElement | null {
    return STAGES.flatMap(stage => this.cards(stage)).find(node => node.dataset.version === version) ?? null;
  }

  private focusedVersion(): string | null {
    const active = (this.node.getRootNode() as Document | ShadowRoot).activeElement;
    const card = active instanceof HTMLElement && this.node.contains(active) ? active.closest<HTMLElement>('.jt-board-card') : null;
    return card?.dataset.version ?? null;
  }
}
