// The keyboard of a tree, as screen readers expect it: one item has the focus, arrows move it.

export interface TreeActions {
  /** Enter. */
  open(item: HTMLElement): void;
  /** Left and Right, on an item with `aria-expanded`. */
  fold(item: HTMLElement, expanded: boolean): void;
  /** Space. */
  select(item: HTMLElement): void;
  /** F2. */
  rename(item: HTMLElement): void;
  /** Delete. */
  remove(item: HTMLElement): void;
}

export class TreeKeys {
  private current: HTMLElement | null = null;

  constructor(
    private readonly tree: HTMLElement,
    private readonly actions: TreeActions
  ) {
    tree.addEventListener('keydown', event => this.onKey(event));
    tree.addEventListener('focusin', event => this.onFocus(event));
  }

  /** To be called when items came or went: exactly one of them is reached by Tab. */
  refresh(): void {
    const items = this.items();
    const kept = this.current !== null && items.includes(this.current) ? this.current : items[0] ?? null;
    this.make(kept);
  }

  private items(): HTMLElement[] {
    return [...this.tree.querySelectorAll<HTMLElement>('[role=treeitem]')].filter(item => item.closest('[hidden]') === null);
  }

  private make(item: HTMLElement | null): void {
    if (this.current !== item && this.current !== null) {
      this.current.tabIndex = -1;
    }
    this.current = item;
    if (item !== null && item.tabIndex !== 0) {
      item.tabIndex = 0;
    }
  }

  private onFocus(event: FocusEvent): void {
    const item = (event.target as HTMLElement).closest<HTMLElement>('[role=treeitem]');
    if (item !== null) {
      this.make(item);
    }
  }

  private onKey(event: KeyboardEvent): void {
    const item = event.target as HTMLElement;
    if (item.getAttribute('role') !== 'treeitem' || event.altKey || event.ctrlKey || event.metaKey) {
      return;
    }
    if (this.move(item, event.key) || this.act(item, event)) {
      event.preventDefault();
      // Lab has keys of its own.
      event.stopPropagation();
    }
  }

  private move(item: HTMLElement, key: string): boolean {
    const items = this.items();
    const at = items.indexOf(item);
    const to = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: items.length - 1 }[key];
    if (to === undefined) {
      return false;
    }
    items[Math.min(Math.max(to, 0), items.length - 1)]?.focus();
    return true;
  }

  /** The nearest item above that stands on a higher level. */
  private parentOf(item: HTMLElement): HTMLElement | undefined {
    const items = this.items();
    const level = (one: HTMLElement): number => Number(one.getAttribute('aria-level'));
    return items.slice(0, items.indexOf(item)).reverse().find(other => level(other) < level(item));
  }

  private act(item: HTMLElement, event: KeyboardEvent): boolean {
    const expanded = item.getAttribute('aria-expanded');
    switch (event.key) {
      case 'Enter':
        this.actions.open(item);
        return true;
      case ' ':
        this.actions.select(item);
        return true;
      case 'ArrowRight':
        if (expanded === 'false') {
          this.actions.fold(item, true);
        } else if (expanded === 'true') {
          this.move(item, 'ArrowDown');
        }
        return true;
      case 'ArrowLeft':
        if (expanded === 'true') {
          this.actions.fold(item, false);
        } else {
          this.parentOf(item)?.focus();
        }
        return true;
      case 'F2':
        this.actions.rename(item);
        return true;
      case 'Delete':
        this.actions.remove(item);
        return true;
      case 'ContextMenu':
        return openMenu(item);
      case 'F10':
        return event.shiftKey && openMenu(item);
      default:
        return false;
    }
  }
}

/** Asks the host for the context menu of an element: what a right click on it does, also for keyboards and buttons. */
export function openMenu(item: HTMLElement, at: HTMLElement = item): boolean {
  const box = at.getBoundingClientRect();
  const place = { clientX: box.left + Math.min(box.width / 2, 24), clientY: box.top + Math.min(box.height, 27) };
  item.dispatchEvent(new MouseEvent('contextmenu', { bubbles: true, cancelable: true, ...place }));
  return true;
}
