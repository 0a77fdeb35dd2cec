// A button and the box that it opens; Escape and a click elsewhere close it.
import { Child, h, setHidden } from '../dom.js';

let popovers = 0;

export class Popover {
  readonly node: HTMLElement;
  readonly box: HTMLElement;
  private readonly button: HTMLButtonElement;

  /** @param onOpen Fills the box, and returns what gets the focus. */
  constructor(label: string, children: Child[], private readonly onOpen: () => HTMLElement | null) {
    const id = `jt-popover-${++popovers}`;
    this.button = h('button', {
      type: 'button', class: 'jt-button', title: label, 'aria-expanded': 'false', 'aria-controls': id, 'aria-haspopup': 'dialog',
      onclick: () => (this.box.hidden ? this.open() : this.close(true)),
    }, ...children);
    this.box = h('div', { class: 'jt-popover', id, role: 'dialog', 'aria-label': label, hidden: true });
    this.box.addEventListener('keydown', event => this.onKey(event));
    this.node = h('div', { class: 'jt-anchor' }, this.button, this.box);
  }

  close(refocus: boolean): void {
    setHidden(this.box, true);
    this.button.setAttribute('aria-expanded', 'false');
    document.removeEventListener('pointerdown', this.onOutside, true);
    if (refocus) {
      this.button.focus();
    }
  }

  private open(): void {
    const focus = this.onOpen();
    setHidden(this.box, false);
    this.button.setAttribute('aria-expanded', 'true');
    document.addEventListener('pointerdown', this.onOutside, true);
    focus?.focus();
  }

  /** `composedPath` also sees into a shadow root. */
  private readonly onOutside = (event: Event): void => {
    if (!event.composedPath().includes(this.node)) {
      this.close(false);
    }
  };

  private onKey(event: KeyboardEvent): void {
    // Lab has keys of its own.
    event.stopPropagation();
    const by = event.key === 'ArrowDown' ? 1 : event.key === 'ArrowUp' ? -1 : 0;
    if (event.key === 'Escape') {
      event.preventDefault();
      this.close(true);
    } else if (by !== 0) {
      event.preventDefault();
      const stops = [...this.box.querySelectorAll<HTMLElement>('input, button')];
      const at = stops.indexOf((this.box.getRootNode() as Document | ShadowRoot).activeElement as HTMLElement);
      stops[Math.min(Math.max(at + by, 0), stops.length - 1)]?.focus();
    }
  }
}
