// A panel whose code comes when the first of its kind is shown: most pages never show one.
import { adviceFor, messageBox } from '../components/message.js';
import { h } from '../dom.js';
import type { Panel } from './panel_context.js';

export class LazyPanel implements Panel {
  readonly node = h('div', { class: 'jt-slot' });
  private panel: Panel | null = null;
  private disposed = false;

  constructor(load: () => Promise<Panel>) {
    void load().then(panel => this.show(panel), error => this.node.replaceChildren(messageBox(adviceFor(error))));
  }

  refresh(): void {
    this.panel?.refresh();
  }

  dispose(): void {
    this.disposed = true;
    this.panel?.dispose();
    this.node.remove();
  }

  private show(panel: Panel): void {
    if (this.disposed) {
      panel.dispose();
    } else {
      this.panel = panel;
      this.node.replaceChildren(panel.node);
    }
  }
}
