// Status as shape and word; never colour alone.
import { h, setAttr, setText } from '../dom.js';
import { statusWord } from '../format.js';
import type { RunStatus } from '../types.js';
import { statusIcon } from './icons.js';

export class StatusBadge {
  readonly node: HTMLElement;
  private readonly word = h('span');
  private shown: RunStatus | null = null;

  /** @param live Screen readers are told of a change. */
  constructor(live: boolean) {
    this.node = h('span', { class: 'jt-status', role: live ? 'status' : null, 'aria-live': live ? 'polite' : null }, this.word);
  }

  update(status: RunStatus): void {
    if (status === this.shown) {
      return;
    }
    this.shown = status;
    setAttr(this.node, 'data-status', status);
    this.node.querySelector('svg')?.remove();
    this.node.prepend(statusIcon(status));
    setText(this.word, statusWord(status));
  }
}

/** The shape with the word for screen readers and as a tooltip: for dense rows. */
export function statusDot(status: RunStatus): HTMLElement {
  const word = statusWord(status);
  return h('span', { class: 'jt-dot', title: word }, statusIcon(status), h('span', { class: 'jt-sr' }, word));
}
