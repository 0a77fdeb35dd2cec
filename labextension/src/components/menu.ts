// A menu that opens at an element of a panel: arrow keys walk, Escape and a click elsewhere close it.
import { h } from '../dom.js';
import { giveRoomBack, makeRoom } from './room.js';

export interface MenuItem {
  label: string;
  /** A line above it. */
  separated?: boolean;
  checked?: boolean;
  disabled?: boolean;
  run(): void;
}

export class Menu {
  readonly node = h('div', { class: 'jt-popover jt-menu', role: 'menu', hidden: true });
  private onClose: () => void = () => undefined;

  /** @param host What the menu is placed in: it has a position of its own. */
  constructor(private readonly host: HTMLElement) {
    this.node.addEventListener('keydown', event => this.onKey(event));
  }

  /** @param onClose Gets the focus back to where it was. */
  open(label: string, anchor: HTMLElement, items: readonly MenuItem[], onClose: () => void): void {
    this.close(false);
    this.onClose = onClose;
    this.node.setAttribute('aria-label', label);
    this.node.replaceChildren(...items.flatMap(item => this.row(item)));
    this.node.hidden = false;
    if (this.node.parentNode !== this.host) {
      this.host.append(this.node);
    }
    this.place(anchor);
    makeRoom(this.host, this.node);
    document.addEventListener('pointerdown', this.onOutside, true);
    this.stops()[0]?.focus({ preventScroll: true });
  }

  close(refocus: boolean): void {
    if (!this.node.hidden) {
      this.node.hidden = true;
      giveRoomBack(this.host);
      document.removeEventListener('pointerdown', this.onOutside, true);
      if (refocus) {
        this.onClose();
      }
    }
  }

  private row(item: MenuItem): HTMLElement[] {
    const button = h('button', {
      type: 'button', class: 'jt-menu-row', role: item.checked === undefined ? 'menuitem' : 'menuitemcheckbox', tabindex: '-1',
      'aria-checked': item.checked === undefined ? null : String(item.checked), disabled: item.disabled ?? false,
      onclick: () => {
        this.close(true);
        item.run();
      },
    }, item.label);
    return item.separated ? [h('div', { class: 'jt-menu-line', role: 'separator' }), button] : [button];
  }

  private place(anchor: HTMLElement): void {
    const [host, at] = [this.host.getBoundingClientRect(), anchor.getBoundingClientRect()];
    const left = Math.min(at.left - host.left, Math.max(0, host.width - this.node.offsetWidth - 8));
    this.node.style.left = `${Math.max(4, left)}px`;
    this.node.style.top = `${at.bottom - host.top + 2}px`;
  }

  private stops(): HTMLElement[] {
    return [...this.node.querySelectorAll<HTMLElement>('button:not(:disabled)')];
  }

  private readonly onOutside = (event: Event): void => {
    if (!event.composedPath().includes(this.node)) {
      this.close(false);
    }
  };

  private onKey(event: KeyboardEvent): void {
    event.stopPropagation();
    const stops = this.stops();
    const root = this.node.getRootNode() as Document | ShadowRoot;
    const at = stops.indexOf(root.activeElement as HTMLElement);
    const to = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: stops.length - 1 }[event.key];
    if (event.key === 'Escape' || event.key === 'Tab') {
      event.preventDefault();
      this.close(true);
    } else if (to !== undefined) {
      event.preventDefault();
      stops[(to + stops.length) % stops.length]?.focus();
    }
  }
}
