// A name, a tag or a note written in place: Enter keeps it, Escape leaves it as it was.
import { h, setHidden, setText } from '../dom.js';
import { __ } from '../words.js';

export interface EditOptions {
  label: string;
  value: string;
  /** Several lines; then Control and Enter keep it. */
  multiline: boolean;
  /** What to say below, in place of the keys that end it. */
  hint?: string;
  /** Resolves when it is kept; rejects with what is wrong, which is shown. */
  save(value: string): Promise<void>;
  /** Called at the end, kept or not. */
  done(): void;
}

export class CellEditor {
  readonly node = h('div', { class: 'jt-editor', hidden: true });
  private close: () => void = () => undefined;

  /** @param host What the editor is placed in: it has a position of its own. */
  constructor(private readonly host: HTMLElement) {
    host.append(this.node);
  }

  open(cell: HTMLElement, options: EditOptions): void {
    this.close();
    const input: HTMLInputElement | HTMLTextAreaElement = options.multiline ? h('textarea', { class: 'jt-input', 'aria-label': options.label, rows: '5' }) : h('input', { type: 'text', class: 'jt-input', 'aria-label': options.label });
    const error = h('div', { class: 'jt-editor-error', role: 'alert', hidden: true });
    const hint = h('div', { class: 'jt-editor-hint' }, options.hint ?? (options.multiline ? __('Markdown. Ctrl+Enter keeps it, Escape leaves it.') : __('Enter keeps it, Escape leaves it.')));
    input.value = options.value;
    this.node.replaceChildren(input, error, hint);
    this.place(cell, options.multiline);
    setHidden(this.node, false);
    input.focus({ preventScroll: true });
    input.select();
    let open = true;
    this.close = () => {
      if (open) {
        open = false;
        setHidden(this.node, true);
        options.done();
      }
    };
    const keep = async (): Promise<void> => {
      if (input.value === options.value) {
        this.close();
        return;
      }
      input.readOnly = true;
      try {
        await options.save(input.value);
        this.close();
      } catch (failure) {
        input.readOnly = false;
        setText(error, failure instanceof Error ? failure.message : String(failure));
        setHidden(error, false);
      }
    };
    input.addEventListener('keydown', (pressed: Event) => {
      const event = pressed as KeyboardEvent;
      // Keys typed here are text; a notebook would take them for commands.
      event.stopPropagation();
      if (event.key === 'Escape') {
        event.preventDefault();
        this.close();
      } else if (event.key === 'Enter' && (!options.multiline || event.ctrlKey || event.metaKey)) {
        event.preventDefault();
        void keep();
      }
    });
    input.addEventListener('blur', () => setTimeout(() => open && !input.readOnly && error.hidden && void keep()));
  }

  private place(cell: HTMLElement, multiline: boolean): void {
    const [host, at] = [this.host.getBoundingClientRect(), cell.getBoundingClientRect()];
    const width = Math.max(at.width, multiline ? 320 : 180);
    const left = Math.max(4, Math.min(at.left - host.left, host.width - width - 4));
    Object.assign(this.node.style, { left: `${left}px`, top: `${at.top - host.top - 1}px`, width: `${width}px` });
  }
}
