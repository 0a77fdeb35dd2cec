// Names whose middle gives way where there is no room: those of one search differ at the end.
import { h, setAttr } from '../dom.js';

/** What stays of the end; of a name that is less than twice as long, half of it. */
const END = 10;
/** Shorter names are cut as any text. */
const SHORT = 12;
/** Longer ones want more room than others (`jt-long`). */
export const LONG = 2 * END;

/**
 * Writes a name into a box that may be too narrow for it.
 *
 * What is seen are two halves that the style sheet writes. Over them lies the whole name, unseen, in one piece: that is
 * what screen readers say, what is found in the page and what is copied.
 *
 * @param whole Names of up to so many letters stay in one piece: the box has two lines.
 */
export function setName(node: HTMLElement, name: string, whole = SHORT): void {
  if (node.textContent === name) {
    return;
  }
  // Written from right to left, it starts at the right.
  node.dir = 'auto';
  const letters = Array.from(name);
  const cuts = letters.length > whole;
  const at = letters.length - Math.min(END, Math.ceil(letters.length / 2));
  node.classList.toggle('jt-middle', cuts);
  node.classList.toggle('jt-long', letters.length > LONG);
  setAttr(node, 'data-start', cuts ? letters.slice(0, at).join('') : null);
  setAttr(node, 'data-end', cuts ? letters.slice(at).join('') : null);
  if (cuts) {
    node.replaceChildren(h('span', { class: 'jt-whole' }, name));
  } else {
    node.textContent = name;
  }
}

/** An element with a name in it. */
export function nameNode(className: string, name: string, whole = SHORT): HTMLElement {
  const node = h('span', { class: className });
  setName(node, name, whole);
  return node;
}

/** A name in at most so many letters: its start, …, its end. */
export function cut(name: string, length: number): string {
  const letters = Array.from(name);
  const end = Math.floor((length - 1) / 2);
  return letters.length <= length ? name : `${letters.slice(0, length - 1 - end).join('')}…${letters.slice(letters.length - end).join('')}`;
}
