// The foot of a run table: how many runs, what can be done with the selected ones, the question before, and the way back.
import { h, hasFocus, setAttr, setHidden, setText } from '../dom.js';
import { formatCount } from '../format.js';
import type { Undo } from '../run_writes.js';
import { __, _n } from '../words.js';

/** One run alone differs from nothing. */
const FEWEST_COMPARED = 2;

export interface FooterActions {
  tag(key: string, value: string | null): Promise<void>;
  remove(): Promise<void>;
  restore(): Promise<void>;
  /** Puts the selected runs side by side; left out where there is no place for that. */
  compare?(): void;
  copy(): Promise<void>;
  clear(): void;
  undo(requests: readonly Undo[]): Promise<void>;
  /** Keys of tags that there are, for the form. */
  tagKeys(): Promise<string[]>;
}

export interface FooterState {
  count: string;
  selected: number;
  /** All selected runs on hand are in the trash. */
  trashed: boolean;
  /** How many of them may only be looked at. */
  locked: number;
}

/** What a host hides from who may only read. */
const WRITES = ' jt-writes';

export class TableFooter {
  readonly node: HTMLElement;
  private readonly count = h('span', { class: 'jt-count', role: 'status', 'aria-live': 'polite' });
  private readonly buttons = h('span', { class: 'jt-foot-actions', role: 'group', 'aria-label': __('Selected runs') });
  private readonly place = h('div', { class: 'jt-foot-place' });
  private readonly compareButton: HTMLButtonElement;
  private readonly tagButton: HTMLButtonElement;
  private readonly removeButton: HTMLButtonElement;
  private readonly restoreButton: HTMLButtonElement;
  private state: FooterState = { count: '', selected: 0, trashed: false, locked: 0 };
  private shows: 'count' | 'question' | 'notice' = 'count';

  constructor(private readonly actions: FooterActions) {
    const button = (label: string, run: () => void, more = ''): HTMLButtonElement => h('button', { type: 'button', class: `jt-button jt-button-small${more}`, onclick: run }, label);
    this.compareButton = button(__('Compare'), () => actions.compare?.());
    this.tagButton = button(__('Tag…'), () => this.unlessLocked(() => void this.askTag()), WRITES);
    this.removeButton = button(__('Delete…'), () => this.askRemove(), WRITES);
    this.restoreButton = button(__('Restore'), () => this.unlessLocked(() => void this.attempt(() => actions.restore())), WRITES);
    this.buttons.append(this.compareButton, this.tagButton, this.removeButton, this.restoreButton,
      button(__('Copy'), () => void this.attempt(() => actions.copy())), button(__('Clear'), () => actions.clear()));
    this.node = h('div', { class: 'jt-foot' }, this.place);
    this.showCount();
  }

  update(state: FooterState): void {
    this.state = state;
    setText(this.count, state.selected > 0 ? __('%1 · %2 selected', state.count, state.selected.toLocaleString('en-US')) : state.count);
    setHidden(this.buttons, state.selected === 0);
    setHidden(this.compareButton, this.actions.compare === undefined || state.selected < FEWEST_COMPARED);
    setHidden(this.removeButton, state.trashed);
    setHidden(this.restoreButton, !state.trashed);
    for (const button of [this.tagButton, this.removeButton, this.restoreButton]) {
      setAttr(button, 'aria-disabled', state.locked > 0 ? 'true' : null);
      button.title = this.lockedText();
    }
    if (this.shows === 'question' && state.selected === 0) {
      this.showCount();
    }
  }

  /** What has been done; it stays until something else happens, so that nobody has to be quick. */
  notice(text: string, undo: readonly Undo[] = []): void {
    const focused = hasFocus(this.place);
    this.shows = 'notice';
    const back = undo.length === 0 ? null : h('button', { type: 'button', class: 'jt-button jt-button-small', onclick: () => void this.attempt(async () => {
      await this.actions.undo(undo);
      this.showCount();
    }) }, __('Undo'));
    const dismiss = h('button', { type: 'button', class: 'jt-button-bare', 'aria-label': __('Dismiss'), title: __('Dismiss'), onclick: () => this.showCount() }, '×');
    this.place.replaceChildren(h('span', { class: 'jt-foot-text', role: 'status' }, text), ...(back === null ? [] : [back]), dismiss);
    if (focused) {
      dismiss.focus();
    }
  }

  askRemove(): void {
    const runs = formatCount(this.state.selected, 'run');
    this.unlessLocked(() => this.ask(h('span', { class: 'jt-foot-text' }, __('Move %1 to the trash?', runs)), __('Delete'), () => this.actions.remove()));
  }

  /** Where some of the runs may not be changed it says so instead: a button that is off would not say it to who uses the keyboard. */
  private unlessLocked(run: () => void): void {
    if (this.state.locked > 0) {
      this.notice(this.lockedText());
    } else {
      run();
    }
  }

  private lockedText(): string {
    const { locked, selected } = this.state;
    return locked === 0 ? ''
      : locked < selected ? _n('You may look at %2 of these runs, but not change it.', 'You may look at %2 of these runs, but not change them.', locked, locked.toLocaleString('en-US'))
        : _n('You may look at this run, but not change it.', 'You may look at these runs, but not change them.', locked);
  }

  private async askTag(): Promise<void> {
    const list = h('datalist', { id: `jt-tags-${++lists}` });
    const key = h('input', { type: 'text', class: 'jt-input', placeholder: __('Tag'), 'aria-label': __('Tag'), list: list.id });
    const value = h('input', { type: 'text', class: 'jt-input', placeholder: __('Value'), 'aria-label': __('Value') });
    const remove = h('button', { type: 'button', class: 'jt-button jt-button-small', onclick: () => void this.attempt(() => this.actions.tag(key.value.trim(), null)) }, __('Remove tag'));
    const form = h('span', { class: 'jt-foot-form' }, key, value, list);
    form.addEventListener('keydown', event => {
      event.stopPropagation();
      if (event.key === 'Enter') {
        void this.attempt(() => this.actions.tag(key.value.trim(), value.value));
      } else if (event.key === 'Escape') {
        this.showCount();
      }
    });
    this.ask(form, __('Tag %1', formatCount(this.state.selected, 'run')), () => this.actions.tag(key.value.trim(), value.value), remove);
    key.focus();
    const keys = await this.actions.tagKeys().catch(() => []);
    list.replaceChildren(...keys.map(name => h('option', { value: name })));
  }

  private ask(question: HTMLElement, label: string, run: () => Promise<void>, ...more: HTMLElement[]): void {
    this.shows = 'question';
    const yes = h('button', { type: 'button', class: 'jt-button jt-button-small jt-button-strong', onclick: () => void this.attempt(run) }, label);
    const no = h('button', { type: 'button', class: 'jt-button jt-button-small', onclick: () => this.showCount() }, __('Cancel'));
    const box = h('span', { class: 'jt-foot-question', role: 'group', 'aria-label': label }, question, yes, ...more, no);
    box.addEventListener('keydown', event => event.key === 'Escape' && (event.stopPropagation(), this.showCount()));
    this.place.replaceChildren(box);
    yes.focus();
  }

  private showCount(): void {
    const focused = hasFocus(this.place);
    this.shows = 'count';
    this.place.replaceChildren(this.count, this.buttons);
    if (focused && !this.buttons.hidden) {
      // The first that is seen: a page may hide those that write.
      [...this.buttons.querySelectorAll<HTMLElement>('button:not([hidden])')].some(button => (button.focus(), hasFocus(button)));
    }
  }

  /** Does it, and says in place what is wrong. */
  private async attempt(run: () => Promise<void>): Promise<void> {
    try {
      await run();
    } catch (failure) {
      this.notice(failure instanceof Error ? failure.message : String(failure));
    }
  }
}

let lists = 0;
