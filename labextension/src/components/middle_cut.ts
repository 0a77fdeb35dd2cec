// Names whose middle gives way where there is no room: those of one search differ at the end. For legends and buttons:
// text that people copy would have a line break in it.
import { h } from '../dom.js';

/** What stays of the end; a name that is little longer is cut as any text. */
const END = 10;

/**
 * Writes a name into a box that may be too narrow for it; its text content is the whole name.
 *
 * A button that is named by it needs an `aria-label`: browsers put a blank between the halves, which are boxes.
 */
export function setName(node: HTMLElement, name: string): void {
  if (node.textContent === name) {
    return;
  }
  // Written from right to left, it starts at the right.
  node.dir = 'auto';
  const letters = Array.from(name);
  node.classList.toggle('jt-middle', letters.length > 2 * END);
  if (letters.length > 2 * END) {
    node.replaceChildren(h('span', {}, letters.slice(0, -END).join('')), h('span', {}, letters.slice(-END).join('')));
  } else {
    node.textContent = name;
  }
}

/** An element with a name in it. */
export function nameNode(className: string, name: string): HTMLElement {
  const node = h('span', { class: className });
  setName(node, name);
  return node;
}

/** A name in at most so many letters: its start, …, its end. */
export function cut(name: string, length: number): string {
  const letters = Array.from(name);
  const end = Math.floor((length - 1) / 2);
  return letters.length <= length ? name : `${letters.slice(0, length - 1 - end).join('')}…${letters.slice(letters.length - end).join('')}`;
}
