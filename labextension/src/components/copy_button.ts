// A button that copies a text and says so.
import { copyText, h, setAttr } from '../dom.js';
import { icon } from './icons.js';

const SAID_MS = 1200;

export function copyButton(what: string, text: () => string, label: HTMLElement | null = null): HTMLButtonElement {
  const glyph = h('span', { class: 'jt-copy-glyph' }, icon('copy'));
  const button = h('button', { type: 'button', class: 'jt-copy', title: `Copy ${what}`, 'aria-label': `Copy ${what}` }, label, glyph);
  let timer: ReturnType<typeof setTimeout> | undefined;
  button.addEventListener('click', () => {
    void copyText(text());
    glyph.replaceChildren(icon('check'));
    setAttr(button, 'aria-label', `Copied ${what}`);
    clearTimeout(timer);
    timer = setTimeout(() => {
      glyph.replaceChildren(icon('copy'));
      setAttr(button, 'aria-label', `Copy ${what}`);
    }, SAID_MS);
  });
  return button;
}
