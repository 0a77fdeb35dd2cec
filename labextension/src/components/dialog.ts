// A box over a panel that asks for something, and why, and then does it: what an edit and a move of a version have in common.
import { RequestError } from '../client.js';
import { h, setHidden, setText } from '../dom.js';
import { __ } from '../words.js';
import { adviceFor } from './message.js';
import { modalKeys } from './modal.js';
import { giveRoomBack, makeRoom } from './room.js';

export interface Question {
  title: string;
  /** Gets the focus back to where it was. */
  closed(): void;
}

let dialogs = 0;

export abstract class Dialog<Q extends Question> {
  protected readonly comment = h('textarea', { class: 'jt-note-area', rows: '2', 'aria-label': __('Comment, for the history'), placeholder: __('Why (optional)') });
  protected readonly confirm = h('button', { type: 'button', class: 'jt-button jt-button-main', onclick: () => void this.act() });
  protected readonly cancel = h('button', { type: 'button', class: 'jt-button', onclick: () => this.close(true) }, __('Cancel'));
  /** What is asked now; null while the box is closed. */
  protected question: Q | null = null;
  private readonly title = h('h4', { class: 'jt-dialog-title', id: `jt-dialog-${++dialogs}` });
  private readonly failure = h('div', { class: 'jt-note-failure', role: 'alert' });
  private readonly node: HTMLElement;
  private readonly resizes: ResizeObserver | null;

  /** @param body What stands between the title and the comment. */
  constructor(private readonly host: HTMLElement, ...body: HTMLElement[]) {
    const box = h('div', { class: 'jt-dialog', role: 'dialog', 'aria-modal': 'true', 'aria-labelledby': this.title.id },
      this.title, ...body, this.comment, this.failure, h('div', { class: 'jt-dialog-tools' }, this.cancel, this.confirm));
    const keys = (event: KeyboardEvent): void => modalKeys(event, this.node, () => void this.act(), () => this.close(true));
    this.node = h('div', { class: 'jt-dialog-back', hidden: true, onkeydown: keys }, box);
    this.node.addEventListener('pointerdown', event => event.target === this.node && this.close(true));
    host.append(this.node);
    // What the policy says makes the box larger.
    this.resizes = typeof ResizeObserver === 'undefined' ? null : new ResizeObserver(() => makeRoom(host, box));
    this.resizes?.observe(box);
  }

  open(question: Q): void {
    this.question = question;
    setText(this.title, question.title);
    setText(this.failure, '');
    setHidden(this.comment, false);
    this.comment.value = '';
    const first = this.ask(question);
    setHidden(this.node, false);
    first.focus({ preventScroll: true });
  }

  close(refocus: boolean): void {
    const { question } = this;
    this.question = null;
    if (!this.node.hidden) {
      setHidden(this.node, true);
      giveRoomBack(this.host);
    }
    if (refocus) {
      question?.closed();
    }
  }

  /** Shows what is asked and whether it can be confirmed; returns what gets the focus. */
  protected abstract ask(question: Q): HTMLElement;

  /** Does it; rejects with what is wrong, which is shown. */
  protected abstract answer(question: Q, comment: string): Promise<void>;

  /** After a rejected answer: the box stays open, and one may try again. */
  protected again(_question: Q): void {
    this.confirm.disabled = false;
  }

  /** Says in place what is wrong; null takes it away. */
  protected fail(error: unknown): void {
    setText(this.failure, error === null ? '' : refusal(error));
  }

  private async act(): Promise<void> {
    const { question } = this;
    if (question === null || this.confirm.disabled) {
      return;
    }
    this.confirm.disabled = true;
    this.fail(null);
    try {
      await this.answer(question, this.comment.value);
      if (this.question === question) {
        this.close(true);
      }
    } catch (error) {
      if (this.question === question) {
        this.fail(error);
        this.again(question);
      }
    }
  }
}

/** What was asked for and refused says why in whole sentences; anything else is a matter of the connection. */
function refusal(error: unknown): string {
  if (error instanceof RequestError && error.errorCode !== null) {
    return error.message;
  }
  const { title, text } = adviceFor(error);
  return `${title} ${text}`.trim();
}
