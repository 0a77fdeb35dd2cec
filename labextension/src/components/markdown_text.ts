// Markdown on the screen; as it was written until, and unless, somebody can read it.
import { h } from '../dom.js';
import { inertNodes, MarkdownToHtml } from '../markdown.js';

export class MarkdownText {
  readonly node = h('div', { class: 'jt-markdown' });
  private shown: string | null = null;

  constructor(private readonly toHtml: MarkdownToHtml | undefined) {}

  async update(source: string): Promise<void> {
    if (source === this.shown) {
      return;
    }
    this.shown = source;
    if (this.toHtml !== undefined) {
      try {
        const nodes = inertNodes(await this.toHtml(source));
        // Another text may have come meanwhile.
        if (this.shown === source) {
          this.node.replaceChildren(nodes);
        }
        return;
      } catch {
        // Shown as it was written, below.
      }
    }
    this.node.replaceChildren(h('div', { class: 'jt-plain' }, source));
  }
}
