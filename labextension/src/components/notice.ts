// A line that says what was done or what went wrong, with the way back; it stays until something else happens, so that nobody has to be quick.
import { h, setHidden } from '../dom.js';
import type { Written } from '../run_writes.js';
import { __ } from '../words.js';

export interface NoticeOptions {
  undo(written: Written): Promise<void>;
  /** Something has changed that is to be asked for again. */
  onChanged(): Promise<void>;
}

export class Notice {
  readonly node = h('div', { class: 'jt-notice', hidden: true });

  constructor(private readonly options: NoticeOptions) {}

  /** Waits for a write, has what is shown asked for again, and says what was done; rejects with what is wrong. */
  async done(writing: Promise<Written>, did: string): Promise<void> {
    const written = await writing;
    await this.options.onChanged();
    this.show(did, written);
  }

  /** As `done`, but says in place what is wrong. */
  async attempt(writing: Promise<Written>, did: string): Promise<void> {
    await this.done(writing, did).catch((failure: unknown) => this.show(failure instanceof Error ? failure.message : String(failure)));
  }

  show(text: string, written: Written | null = null): void {
    const back = written === null || (written.undo ?? []).length === 0 ? [] : [h('button', { type: 'button', class: 'jt-button jt-button-small', onclick: () => void this.takeBack(written) }, __('Undo'))];
    this.node.replaceChildren(h('span', { class: 'jt-foot-text', role: 'status' }, text), ...back,
      h('button', { type: 'button', class: 'jt-button-bare', 'aria-label': __('Dismiss'), title: __('Dismiss'), onclick: () => this.clear() }, '×'));
    setHidden(this.node, false);
  }

  clear(): void {
    setHidden(this.node, true);
    this.node.replaceChildren();
  }

  private async takeBack(written: Written): Promise<void> {
    try {
      await this.options.undo(written);
      this.clear();
      await this.options.onChanged();
    } catch (failure) {
      this.show(failure instanceof Error ? failure.message : String(failure));
    }
  }
}
