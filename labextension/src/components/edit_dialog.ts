// Asks for a text of a registered model, an alias or a description, and why; or only whether something is to be done.
import { h, setHidden, setText } from '../dom.js';
import { __ } from '../words.js';
import { adviceFor } from './message.js';
import { modalKeys } from './modal.js';

export interface Edit {
  title: string;
  /** What is asked for; null where it is only yes or no. */
  field: { label: string; value: string; hint: string; long?: boolean } | null;
  /** What the text would do, said while it is typed. */
  note(text: string): string;
  confirm: string;
  save(text: string, comment: string): Promise<void>;
  /** Gets the focus back to where it was. */
  closed(): void;
}

export class EditDialog {
  private readonly title = h('h4', { class: 'jt-dialog-title', id: `jt-edit-${Math.random().toString(36).slice(2)}` });
  private readonly line = h('input', { type: 'text', class: 'jt-input', spellcheck: 'false', autocomplete: 'off', oninput: () => this.tell() });
  private readonly area = h('textarea', { class: 'jt-note-area', rows: '4', oninput: () => this.tell() });
  private readonly note = h('div', { class: 'jt-muted', role: 'status' });
  private readonly comment = h('textarea', { class: 'jt-note-area', rows: '2', 'aria-label': __('Comment, for the history'), placeholder: __('Why (optional)') });
  private readonly confirm = h('button', { type: 'button', class: 'jt-button jt-button-main', onclick: () => void this.save() });
  private readonly failure = h('div', { class: 'jt-note-failure', role: 'alert' });
  private readonly node: HTMLElement;
  private edit: Edit | null = null;

  constructor(host: HTMLElement) {
    const cancel = h('button', { type: 'button', class: 'jt-button', onclick: () => this.close(true) }, __('Cancel'));
    const box = h('div', { class: 'jt-dialog', role: 'dialog', 'aria-modal': 'true', 'aria-labelledby': this.title.id },
      this.title, this.line, this.area, this.note, this.comment, this.failure, h('div', { class: 'jt-dialog-tools' }, cancel, this.confirm));
    const keys = (event: KeyboardEvent): void => modalKeys(event, this.node, () => void this.save(), () => this.close(true));
    this.node = h('div', { class: 'jt-dialog-back', hidden: true, onkeydown: keys }, box);
    this.node.addEventListener('pointerdown', event => event.target === this.node && this.close(true));
    host.append(this.node);
  }

  open(edit: Edit): void {
    this.edit = edit;
    setText(this.title, edit.title);
    setText(this.failure, '');
    setText(this.confirm, edit.confirm);
    this.confirm.disabled = false;
    this.comment.value = '';
    const { field } = edit;
    const [used, other] = field?.long ? [this.area, this.line] : [this.line, this.area];
    setHidden(other, true);
    setHidden(used, field === null);
    used.value = field?.value ?? '';
    used.setAttribute('aria-label', field?.label ?? '');
    used.placeholder = field?.hint ?? '';
    this.tell();
    setHidden(this.node, false);
    (field === null ? this.comment : used).focus({ preventScroll: true });
  }

  close(refocus: boolean): void {
    const { edit } = this;
    this.edit = null;
    setHidden(this.node, true);
    if (refocus) {
      edit?.closed();
    }
  }

  private text(): string {
    return (this.edit?.field?.long ? this.area : this.line).value;
  }

  private tell(): void {
    const text = this.edit?.note(this.text()) ?? '';
    setText(this.note, text);
    setHidden(this.note, text === '');
    setText(this.failure, '');
  }

  private async save(): Promise<void> {
    const { edit } = this;
    if (edit === null || this.confirm.disabled) {
      return;
    }
    this.confirm.disabled = true;
    setText(this.failure, '');
    try {
      await edit.save(this.text(), this.comment.value);
      if (this.edit === edit) {
        this.close(true);
      }
    } catch (error) {
      if (this.edit === edit) {
        const { title, text } = adviceFor(error);
        setText(this.failure, `${title} ${text}`);
      }
    } finally {
      this.confirm.disabled = false;
    }
  }
}
