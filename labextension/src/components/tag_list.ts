// The tags of a run: a click writes one anew, nothing in its place removes it.
import { h, Item, setHidden, setText } from '../dom.js';
import type { KeyValue } from '../types.js';
import { __ } from '../words.js';
import { CellEditor } from './cell_editor.js';
import { setName } from './middle_cut.js';
import { Section } from './section.js';

export interface TagListOptions {
  editor: CellEditor;
  /** The value as a whole: what is shown may be cut. */
  whole(key: string): Promise<string>;
  /** Keeps a tag; an empty value removes it. Rejects with what is wrong. */
  save(key: string, value: string): Promise<void>;
}

/** Longer values may have been cut. */
const SHOWN_TEXT = 200;

export class TagList {
  readonly node: HTMLElement;
  private readonly section: Section<KeyValue>;
  private readonly add = h('button', { type: 'button', class: 'jt-link jt-tag-add', onclick: () => this.openNew() }, __('Add a tag'));

  constructor(private readonly options: TagListOptions) {
    this.section = new Section<KeyValue>({ title: __('Tags'), limit: 30, empty: '', listClass: 'jt-chips', keyOf: tag => tag.key, create: () => this.chip() });
    this.node = this.section.node;
    this.node.querySelector('.jt-section-title')!.append(this.add);
  }

  /** @param frozen Nothing can be changed, as of a run in the trash. */
  update(tags: readonly KeyValue[], total: number, frozen: boolean): void {
    this.section.update(tags, total);
    setHidden(this.add, frozen);
    setHidden(this.node, frozen && tags.length === 0);
    this.node.toggleAttribute('data-frozen', frozen);
  }

  private chip(): Item<KeyValue> {
    const key = h('span', { class: 'jt-chip-key' });
    const value = h('span', { class: 'jt-chip-value' });
    let tag: KeyValue;
    const button = h('button', { type: 'button', class: 'jt-chip', onclick: () => void this.open(button, tag) }, key, value);
    return {
      node: h('li', {}, button),
      update: now => {
        tag = now;
        setName(key, now.key);
        setText(value, now.value);
        button.title = __('%1: %2\nClick to change', now.key, now.value);
      },
    };
  }

  private async open(chip: HTMLElement, tag: KeyValue): Promise<void> {
    if (this.node.hasAttribute('data-frozen')) {
      return;
    }
    const value = tag.value.length < SHOWN_TEXT ? tag.value : await this.options.whole(tag.key);
    this.options.editor.open(chip, {
      label: __('Tag %1', tag.key), value, multiline: false, hint: __('Enter keeps it, Escape leaves it; nothing removes the tag.'),
      save: text => this.options.save(tag.key, text), done: () => chip.focus(),
    });
  }

  private openNew(): void {
    this.options.editor.open(this.add, {
      label: __('New tag, as key=value'), value: '', multiline: false, hint: __('As key=value. Enter keeps it, Escape leaves it.'),
      save: async text => {
        const at = text.indexOf('=');
        const [key, value] = [text.slice(0, at).trim(), text.slice(at + 1).trim()];
        if (at < 1 || key === '' || value === '') {
          throw new Error(__('Write a key and a value, such as team=blue.'));
        }
        await this.options.save(key, value);
      },
      done: () => this.add.focus(),
    });
  }
}
