// A few pages of which one is seen; made when they are first looked at.
import { h, setAttr, setHidden, setText } from '../dom.js';

export interface TabPage {
  id: string;
  label: string;
  node: HTMLElement;
}

let groups = 0;

export class Tabs {
  readonly node: HTMLElement;
  private readonly bar: HTMLElement;
  private readonly buttons = new Map<string, HTMLButtonElement>();
  private shown = '';

  constructor(label: string, private readonly pages: readonly TabPage[], private readonly onShow: (id: string) => void) {
    const group = `jt-tabs-${++groups}`;
    this.bar = h('div', { class: 'jt-tabs', role: 'tablist', 'aria-label': label, onkeydown: (event: KeyboardEvent) => this.onKey(event) });
    for (const page of pages) {
      const button = h('button', {
        type: 'button', role: 'tab', id: `${group}-${page.id}`, class: 'jt-tab-button', 'aria-controls': `${group}-${page.id}-page`, onclick: () => this.show(page.id),
      }, page.label);
      this.buttons.set(page.id, button);
      this.bar.append(button);
      setAttr(page.node, 'role', 'tabpanel');
      setAttr(page.node, 'id', `${group}-${page.id}-page`);
      setAttr(page.node, 'aria-labelledby', button.id);
    }
    this.node = h('div', { class: 'jt-tab-group' }, this.bar, ...pages.map(page => page.node));
    this.draw(pages[0].id);
  }

  get current(): string {
    return this.shown;
  }

  show(id: string): void {
    this.draw(id);
    this.onShow(id);
  }

  /** Says something beside a tab's name, such as how many; nothing for an empty text. */
  setNote(id: string, text: string): void {
    const button = this.buttons.get(id)!;
    const note = button.querySelector('.jt-tab-note') ?? button.appendChild(h('span', { class: 'jt-tab-note' }));
    setText(note, text);
  }

  private draw(id: string): void {
    this.shown = id;
    for (const page of this.pages) {
      const button = this.buttons.get(page.id)!;
      setAttr(button, 'aria-selected', String(page.id === id));
      setAttr(button, 'tabindex', page.id === id ? '0' : '-1');
      setHidden(page.node, page.id !== id);
    }
  }

  private onKey(event: KeyboardEvent): void {
    const by = event.key === 'ArrowRight' ? 1 : event.key === 'ArrowLeft' ? -1 : 0;
    if (by !== 0) {
      event.preventDefault();
      event.stopPropagation();
      const at = this.pages.findIndex(page => page.id === this.shown);
      const next = this.pages[(at + by + this.pages.length) % this.pages.length];
      this.show(next.id);
      this.buttons.get(next.id)!.focus();
    }
  }
}
