// The files of a run: a tree at the left, what is chosen in it at the right.
import type { Client } from '../client.js';
import { h, setHidden } from '../dom.js';
import type { MarkdownToHtml } from '../markdown.js';
import type { ArtifactEntry } from '../types.js';
import { __ } from '../words.js';
import { ArtifactPreview } from './artifact_preview.js';
import { ArtifactTree } from './artifact_tree.js';
import { codeLine } from './copy_button.js';
import { icon } from './icons.js';
import { adviceFor, messageBox } from './message.js';

export interface ArtifactBrowserOptions {
  client: Client;
  storeId: string;
  runId: string;
  markdown: MarkdownToHtml | undefined;
}

export class ArtifactBrowser {
  readonly node: HTMLElement;
  private readonly tree: ArtifactTree;
  private readonly preview: ArtifactPreview;
  private readonly tools = h('div', { class: 'jt-files-tools' });
  private readonly split: HTMLElement;
  private readonly message = h('div');

  constructor(private readonly options: ArtifactBrowserOptions) {
    this.preview = new ArtifactPreview(options);
    this.tree = new ArtifactTree({ ...options, onSelect: entry => this.select(entry) });
    this.split = h('div', { class: 'jt-files-split' }, h('div', { class: 'jt-files-side' }, this.tools, this.tree.node), this.preview.node);
    this.node = h('div', { class: 'jt-browser' }, this.message, this.split);
    this.drawTools('');
  }

  /** Asks again for what is open; a run that goes on may have left more. */
  async load(): Promise<void> {
    try {
      await this.tree.load();
      this.say(this.tree.isEmpty ? empty() : null);
    } catch (error) {
      this.say(messageBox(adviceFor(error)));
    }
  }

  async reveal(path: string): Promise<void> {
    await this.load();
    await this.tree.reveal(path);
  }

  dispose(): void {
    this.preview.dispose();
    this.node.remove();
  }

  private say(words: HTMLElement | null): void {
    setHidden(this.split, words !== null);
    this.message.replaceChildren(...(words === null ? [] : [words]));
  }

  private select(entry: ArtifactEntry): void {
    if (entry.is_dir) {
      this.drawTools(entry.path);
    } else {
      void this.preview.show(entry.path);
    }
  }

  private drawTools(folder: string): void {
    const refresh = h('button', { type: 'button', class: 'jt-button-bare', title: __('Refresh'), 'aria-label': __('Refresh the files'), onclick: () => void this.load() }, icon('refresh'));
    const name = folder.split('/').at(-1)!;
    this.tools.replaceChildren(this.preview.saveButton('', 'All', '/artifacts/save-folder', `run-${this.options.runId.slice(0, 8)}.zip`));
    if (folder !== '') {
      this.tools.append(this.preview.saveButton(folder, `${name}/`, '/artifacts/save-folder', `${name}.zip`));
    }
    this.tools.append(h('span', { class: 'jt-space' }), refresh);
  }
}

function empty(): HTMLElement {
  return h('div', { class: 'jt-state', role: 'status' }, h('div', { class: 'jt-message-title' }, __('This run has left no files')),
    h('div', { class: 'jt-muted' }, __('Keep one with')), codeLine('tracker.log_figure(figure, "plots/roc.png")'));
}
