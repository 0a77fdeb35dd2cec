// Asks before a version is moved: what makes room, what the policy says, and why somebody does it.
import { h, setHidden, setText } from '../dom.js';
import type { RegistryMoveView } from '../types.js';
import { __, _n } from '../words.js';
import { adviceFor } from './message.js';
import { modalKeys } from './modal.js';

export interface Move {
  title: string;
  load(): Promise<RegistryMoveView>;
  move(view: RegistryMoveView, comment: string): Promise<void>;
  /** Gets the focus back to where it was. */
  closed(): void;
}

const MARKS = { passed: '✓', failed: '✗', unknown: '?' } as const;
const WORDS = { passed: () => __('passed'), failed: () => __('failed'), unknown: () => __('cannot tell') } as const;

export class MoveDialog {
  private readonly title = h('h4', { class: 'jt-dialog-title', id: `jt-move-${Math.random().toString(36).slice(2)}` });
  private readonly verdict = h('div', { class: 'jt-dialog-verdict', role: 'status' });
  private readonly comment = h('textarea', { class: 'jt-note-area', rows: '2', 'aria-label': __('Comment, for the history'), placeholder: __('Why (optional)') });
  private readonly confirm = h('button', { type: 'button', class: 'jt-button jt-button-main', onclick: () => void this.doMove() }, __('Move'));
  private readonly failure = h('div', { class: 'jt-note-failure', role: 'alert' });
  private readonly node: HTMLElement;
  private move: Move | null = null;
  private view: RegistryMoveView | null = null;

  constructor(host: HTMLElement) {
    const cancel = h('button', { type: 'button', class: 'jt-button', onclick: () => this.close(true) }, __('Cancel'));
    const box = h('div', { class: 'jt-dialog', role: 'dialog', 'aria-modal': 'true', 'aria-labelledby': this.title.id },
      this.title, this.verdict, this.comment, this.failure, h('div', { class: 'jt-dialog-tools' }, cancel, this.confirm));
    this.node = h('div', { class: 'jt-dialog-back', hidden: true, onkeydown: (event: KeyboardEvent) => modalKeys(event, this.node, () => void this.doMove(), () => this.close(true)) }, box);
    this.node.addEventListener('pointerdown', event => event.target === this.node && this.close(true));
    host.append(this.node);
  }

  open(move: Move): void {
    this.move = move;
    this.view = null;
    setText(this.title, move.title);
    setText(this.failure, '');
    this.verdict.replaceChildren(h('span', { class: 'jt-muted' }, __('Asking the policy…')));
    this.comment.value = '';
    this.confirm.disabled = true;
    setHidden(this.node, false);
    this.comment.focus({ preventScroll: true });
    move.load().then(view => this.show(move, view), error => this.fail(move, error));
  }

  close(refocus: boolean): void {
    const { move } = this;
    this.move = null;
    setHidden(this.node, true);
    if (refocus) {
      move?.closed();
    }
  }

  private show(move: Move, view: RegistryMoveView): void {
    if (move !== this.move) {
      return;
    }
    this.view = view;
    const lines: HTMLElement[] = [];
    if (view.refusal !== null) {
      lines.push(h('div', { class: 'jt-dialog-refusal' }, __('It cannot be moved: %1', view.refusal)));
    } else if (view.archives.length > 0) {
      const all = view.archives.join(', ');
      lines.push(h('div', {}, _n('Version %2 is archived along with it.', 'Versions %2 are archived along with it.', view.archives.length, all)));
    }
    if (view.verdict !== '') {
      lines.push(h('div', { class: 'jt-dialog-headline' }, view.verdict));
    } else if (view.policy === null && view.refusal === null) {
      lines.push(h('div', { class: 'jt-muted' }, __('No policy is about this stage.')));
    }
    const rules = view.rules.map(({ outcome, text }) => h('li', { 'data-outcome': outcome },
      h('span', { class: 'jt-dialog-mark', 'aria-hidden': 'true' }, MARKS[outcome]), h('span', { class: 'jt-sr' }, `${WORDS[outcome]()}: `), h('span', {}, text)));
    if (rules.length > 0) {
      lines.push(h('ul', { class: 'jt-dialog-rules' }, ...rules));
    }
    this.verdict.replaceChildren(...lines);
    this.confirm.disabled = view.refusal !== null;
    setHidden(this.comment, view.refusal !== null);
    if (view.refusal !== null) {
      this.node.querySelector<HTMLElement>('button')?.focus({ preventScroll: true });
    }
  }

  private fail(move: Move, error: unknown): void {
    if (move === this.move) {
      const { title, text } = adviceFor(error);
      this.verdict.replaceChildren();
      setText(this.failure, `${title} ${text}`);
    }
  }

  private async doMove(): Promise<void> {
    const { move, view } = this;
    if (move === null || view === null || this.confirm.disabled) {
      return;
    }
    this.confirm.disabled = true;
    setText(this.failure, '');
    try {
      await move.move(view, this.comment.value);
      this.close(true);
    } catch (error) {
      const { title, text } = adviceFor(error);
      setText(this.failure, `${title} ${text}`);
      // Somebody else may have been faster: what would happen now is shown.
      move.load().then(again => this.show(move, again), () => undefined);
    }
  }
}
