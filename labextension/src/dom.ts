// A few lines in place of a framework. Text goes in as text nodes: nothing here parses HTML.

type Value = string | number | boolean | null | undefined | ((event: any) => void);
export type Child = Node | string | null;

/** An element. `on…` functions become listeners; null, undefined and false attributes are left out. */
export function h<K extends keyof HTMLElementTagNameMap>(
  tag: K,
  attrs: Record<string, Value> = {},
  ...children: Child[]
): HTMLElementTagNameMap[K] {
  const node = document.createElement(tag);
  apply(node, attrs);
  node.append(...children.filter((child): child is Node | string => child !== null));
  return node;
}

const SVG = 'http://www.w3.org/2000/svg';

export function svg(tag: string, attrs: Record<string, Value> = {}, ...children: Node[]): SVGElement {
  const node = document.createElementNS(SVG, tag);
  apply(node, attrs);
  node.append(...children);
  return node;
}

function apply(node: Element, attrs: Record<string, Value>): void {
  for (const [name, value] of Object.entries(attrs)) {
    if (typeof value === 'function') {
      node.addEventListener(name.slice(2), value);
    } else {
      setAttr(node, name, value);
    }
  }
}

/** Writes an attribute only if it differs: a needless write wakes screen readers and style. */
export function setAttr(node: Element, name: string, value: Exclude<Value, Function>): void {
  const text = value === null || value === undefined || value === false ? null : value === true ? '' : String(value);
  if (text === null) {
    node.removeAttribute(name);
  } else if (node.getAttribute(name) !== text) {
    node.setAttribute(name, text);
  }
}

/** Writes text only if it differs, so that a selection the user made in it survives. */
export function setText(node: Node, text: string): void {
  if (node.textContent !== text) {
    node.textContent = text;
  }
}

export function setHidden(node: HTMLElement, hidden: boolean): void {
  if (node.hidden !== hidden) {
    node.hidden = hidden;
  }
}

/** Whether it, or something in it, has the focus; within a shadow root, too. */
export function hasFocus(node: Element): boolean {
  return node.contains((node.getRootNode() as Document | ShadowRoot).activeElement ?? null);
}

/** Says in classes which way a box has been scrolled: what stays in place in it is sticky only then (see the style sheet). */
export function markScrolled(node: HTMLElement): void {
  node.addEventListener('scroll', () => {
    node.classList.toggle('jt-scrolled-x', node.scrollLeft > 0);
    node.classList.toggle('jt-scrolled-y', node.scrollTop > 0);
  }, { passive: true });
}

/** What a keyed list holds for one item. */
export interface Item<T> {
  node: HTMLElement;
  update(value: T): void;
}

/**
 * Children of `parent` that follow a list of values by key.
 *
 * Nodes are kept while their key is, and moved only when out of place: focus and scroll survive.
 */
export class KeyedList<T> {
  private items = new Map<string, Item<T>>();

  constructor(
    readonly parent: HTMLElement,
    private readonly keyOf: (value: T) => string,
    private readonly create: (value: T) => Item<T>
  ) {}

  update(values: readonly T[]): void {
    const next = new Map<string, Item<T>>();
    for (const value of values) {
      const key = this.keyOf(value);
      if (next.has(key)) {
        continue;
      }
      const item = this.items.get(key) ?? this.create(value);
      this.items.delete(key);
      item.update(value);
      next.set(key, item);
    }
    for (const gone of this.items.values()) {
      gone.node.remove();
    }
    this.items = next;
    this.order();
  }

  get(key: string): Item<T> | undefined {
    return this.items.get(key);
  }

  private order(): void {
    let at: Node | null = this.parent.firstChild;
    for (const { node } of this.items.values()) {
      if (node === at) {
        at = at.nextSibling;
      } else {
        this.parent.insertBefore(node, at);
      }
    }
  }
}

/** Copies text, also where the page is not allowed the clipboard API (http, an iframe). */
export async function copyText(text: string): Promise<void> {
  try {
    await navigator.clipboard.writeText(text);
  } catch {
    const area = h('textarea', { style: 'position:fixed;opacity:0' });
    area.value = text;
    document.body.append(area);
    area.select();
    document.execCommand('copy');
    area.remove();
  }
}
