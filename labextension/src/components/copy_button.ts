// A button that copies a text and says so.
import { copyText, h, setText } from '../dom.js';
import { __ } from '../words.js';
import { icon } from './icons.js';

const SAID_MS = 1200;

/** What to type, with a button that copies it. */
export function codeLine(text: string): HTMLElement {
  return h('div', { class: 'jt-code-block' }, h('code', { class: 'jt-code' }, text), copyButton(__('line'), () => text));
}

/** The same, of several lines. */
export function codeBlock(text: string): HTMLElement {
  return h('div', { class: 'jt-code-block' }, h('pre', { class: 'jt-code' }, text), copyButton(__('code'), () => text));
}

export function copyButton(what: string, text: () => string, label: HTMLElement | null = null): HTMLButtonElement {
  const glyph = h('span', { class: 'jt-copy-glyph' }, icon('copy'));
  const said = h('span', { class: 'jt-sr' }, `${__('Copy %1', what)} `);
  const button = h('button', { type: 'button', class: 'jt-copy', title: __('Copy %1', what) }, said, label, glyph);
  let timer: ReturnType<typeof setTimeout> | undefined;
  button.addEventListener('click', () => {
    void copyText(text());
    glyph.replaceChildren(icon('check'));
    setText(said, `${__('Copied %1', what)} `);
    clearTimeout(timer);
    timer = setTimeout(() => {
      glyph.replaceChildren(icon('copy'));
      setText(said, `${__('Copy %1', what)} `);
    }, SAID_MS);
  });
  return button;
}
