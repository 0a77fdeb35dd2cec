// Asks for a text of a registered model, an alias or a description, and why; or only whether something is to be done.
import { h, setHidden, setText } from '../dom.js';
import { Dialog, Question } from './dialog.js';

export interface Edit extends Question {
  /** What is asked for; null where it is only yes or no. */
  field: { label: string; value: string; hint: string; long?: boolean } | null;
  /** What the text would do, said while it is typed. */
  note(text: string): string;
  confirm: string;
  save(text: string, comment: string): Promise<void>;
}

export class EditDialog extends Dialog<Edit> {
  private readonly line: HTMLInputElement;
  private readonly area: HTMLTextAreaElement;
  private readonly note: HTMLElement;

  constructor(host: HTMLElement) {
    const line = h('input', { type: 'text', class: 'jt-input', spellcheck: 'false', autocomplete: 'off', oninput: () => this.tell() });
    const area = h('textarea', { class: 'jt-note-area', rows: '4', oninput: () => this.tell() });
    const note = h('div', { class: 'jt-muted', role: 'status' });
    super(host, line, area, note);
    [this.line, this.area, this.note] = [line, area, note];
  }

  protected ask({ confirm, field }: Edit): HTMLElement {
    setText(this.confirm, confirm);
    this.confirm.disabled = false;
    const [used, other] = field?.long ? [this.area, this.line] : [this.line, this.area];
    setHidden(other, true);
    setHidden(used, field === null);
    used.value = field?.value ?? '';
    used.setAttribute('aria-label', field?.label ?? '');
    used.placeholder = field?.hint ?? '';
    this.tell();
    return field === null ? this.comment : used;
  }

  protected answer(edit: Edit, comment: string): Promise<void> {
    return edit.save(this.text(), comment);
  }

  private text(): string {
    return (this.question?.field?.long ? this.area : this.line).value;
  }

  private tell(): void {
    const text = this.question?.note(this.text()) ?? '';
    setText(this.note, text);
    setHidden(this.note, text === '');
    this.fail(null);
  }
}
