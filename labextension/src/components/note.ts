// The note of a run, read as Markdown, and written in place.
import { h, setHidden, setText } from '../dom.js';
import type { MarkdownToHtml } from '../markdown.js';
import { __ } from '../words.js';
import { MarkdownText } from './markdown_text.js';
import { adviceFor } from './message.js';

export interface NoteOptions {
  markdown: MarkdownToHtml | undefined;
  /** Keeps a text; only ever called after a click or a key. */
  onSave(text: string): Promise<void>;
}

export class Note {
  readonly node: HTMLElement;
  private readonly text: MarkdownText;
  private readonly edit = h('button', { type: 'button', class: 'jt-link', onclick: () => this.open() });
  private readonly area = h('textarea', { class: 'jt-note-area', 'aria-label': __('Note, in Markdown'), rows: '6', onkeydown: (event: KeyboardEvent) => this.onKey(event) });
  private readonly save = h('button', { type: 'button', class: 'jt-button', onclick: () => void this.keep() }, __('Save'));
  private readonly failure = h('span', { class: 'jt-note-failure', role: 'alert' });
  private readonly editor: HTMLElement;
  private note = '';

  constructor(private readonly options: NoteOptions) {
    this.text = new MarkdownText(options.markdown);
    const cancel = h('button', { type: 'button', class: 'jt-button', onclick: () => this.close() }, __('Cancel'));
    this.editor = h('div', { class: 'jt-note-editor', hidden: true }, this.area,
      h('div', { class: 'jt-note-tools' }, this.save, cancel, h('span', { class: 'jt-muted' }, __('Markdown · Ctrl+Enter saves, Escape leaves it as it was')), this.failure));
    this.node = h('div', { class: 'jt-detail-note' },
      h('div', { class: 'jt-section-title' }, h('span', { role: 'heading', 'aria-level': '4' }, __('Note')), this.edit), this.text.node, this.editor);
    this.update('');
  }

  /** What is being written is left alone. */
  update(note: string): void {
    this.note = note;
    void this.text.update(note);
    setHidden(this.text.node, note === '' || !this.editor.hidden);
    setText(this.edit, note === '' ? __('Write one') : __('Edit'));
  }

  private open(): void {
    this.area.value = this.note;
    setText(this.failure, '');
    setHidden(this.editor, false);
    setHidden(this.edit, true);
    setHidden(this.text.node, true);
    this.area.focus();
  }

  private close(): void {
    setHidden(this.editor, true);
    setHidden(this.edit, false);
    this.update(this.note);
    this.edit.focus();
  }

  private async keep(): Promise<void> {
    const text = this.area.value.trimEnd();
    this.save.disabled = true;
    try {
      await this.options.onSave(text);
      this.note = text;
      this.close();
    } catch (error) {
      const { title, text: words } = adviceFor(error);
      setText(this.failure, `${title} ${words}`);
    }
    this.save.disabled = false;
  }

  private onKey(event: KeyboardEvent): void {
    // Lab has keys of its own; a notebook would run the cell.
    event.stopPropagation();
    if (event.key === 'Escape') {
      this.close();
    } else if (event.key === 'Enter' && (event.ctrlKey || event.metaKey)) {
      event.preventDefault();
      void this.keep();
    }
  }
}
