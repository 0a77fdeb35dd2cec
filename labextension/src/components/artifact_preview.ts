// A file of a run as far as it can be shown. What is believed of it: nothing.
import type { Client } from '../client.js';
import { saveFile } from '../curve_export.js';
import { h, setText } from '../dom.js';
import { formatBytes } from '../format.js';
import type { MarkdownToHtml } from '../markdown.js';
import type { ArtifactPreviewView, TablePreview } from '../types.js';
import { __ } from '../words.js';
import { icon } from './icons.js';
import { MarkdownText } from './markdown_text.js';
import { adviceFor, messageBox } from './message.js';
import { plotlyPage, sandboxFrame, scriptedPage, svgPage } from './sandbox_frame.js';

export interface ArtifactPreviewOptions {
  client: Client;
  storeId: string;
  runId: string;
  markdown: MarkdownToHtml | undefined;
}

/** Of what is drawn, the text can be seen as well. */
const DRAWN = new Set(['html', 'svg', 'plotly', 'markdown']);

export class ArtifactPreview {
  readonly node: HTMLElement;
  private readonly name = h('span', { class: 'jt-preview-name' });
  private readonly facts = h('span', { class: 'jt-muted jt-num' });
  private readonly tools = h('span', { class: 'jt-preview-tools' });
  private readonly body = h('div', { class: 'jt-preview-body' });
  private path: string | null = null;
  private url: string | null = null;

  constructor(private readonly options: ArtifactPreviewOptions) {
    this.node = h('div', { class: 'jt-preview', role: 'region', 'aria-label': __('Preview') },
      h('div', { class: 'jt-preview-head' }, this.name, this.facts, h('span', { class: 'jt-space' }), this.tools), this.body);
    this.clear();
  }

  clear(): void {
    this.path = null;
    this.forget();
    setText(this.name, '');
    setText(this.facts, '');
    this.tools.replaceChildren();
    this.body.replaceChildren(h('div', { class: 'jt-muted jt-preview-none' }, __('Choose a file to look at it here.')));
  }

  async show(path: string): Promise<void> {
    this.path = path;
    this.forget();
    setText(this.name, path);
    this.name.title = path;
    setText(this.facts, '');
    this.tools.replaceChildren(this.saveButton(path, 'Download', '/artifacts/get', path.split('/').at(-1)!));
    this.body.setAttribute('aria-busy', 'true');
    try {
      const { storeId, runId } = this.options;
      const view = await this.options.client.get<ArtifactPreviewView>('/views/artifact-preview', { store: storeId, run_id: runId, path });
      if (this.path === path) {
        await this.draw(view);
      }
    } catch (error) {
      if (this.path === path) {
        this.body.replaceChildren(messageBox(adviceFor(error)));
      }
    } finally {
      this.body.removeAttribute('aria-busy');
    }
  }

  /** A button that saves a file, or a folder as an archive; a link where the browser can fetch it by itself. */
  saveButton(path: string, label: string, route: '/artifacts/get' | '/artifacts/save-folder', name: string): HTMLElement {
    const { client, storeId, runId } = this.options;
    const query = { store: storeId, run_id: runId, path };
    const url = client.url(route, query);
    const title = path === '' ? 'Download all files as a zip file' : `Download ${path}${route === '/artifacts/get' ? '' : '/ as a zip file'}`;
    if (url !== null) {
      return h('a', { class: 'jt-button', href: url, download: '', rel: 'noopener', title, 'aria-label': title }, icon('download'), label);
    }
    const text = h('span', {}, label);
    const button = h('button', { type: 'button', class: 'jt-button', title, 'aria-label': title, onclick: () => void save() }, icon('download'), text);
    const save = async (): Promise<void> => {
      button.disabled = true;
      try {
        saveFile(name, new Blob([await client.bytes(route, query)], { type: 'application/octet-stream' }));
        setText(text, label);
      } catch (error) {
        setText(text, adviceFor(error).text.slice(0, 120) || __('It could not be fetched'));
      }
      button.disabled = false;
    };
    return button;
  }

  dispose(): void {
    this.path = null;
    this.forget();
    this.node.remove();
  }

  private forget(): void {
    if (this.url !== null) {
      URL.revokeObjectURL(this.url);
      this.url = null;
    }
  }

  private async draw(view: ArtifactPreviewView): Promise<void> {
    setText(this.facts, [formatBytes(view.size_bytes), cutWords(view), view.kind === 'html' && /<script/i.test(view.text) ? 'scripts are off' : ''].filter(text => text !== '').join(' · '));
    if (DRAWN.has(view.kind)) {
      this.tools.prepend(this.sourceButton(view));
    }
    if (view.kind === 'html') {
      this.tools.prepend(this.runButton(view));
    }
    this.body.replaceChildren(await this.drawn(view));
  }

  private async drawn(view: ArtifactPreviewView): Promise<HTMLElement> {
    const title = `Preview of ${view.path}`;
    switch (view.kind) {
      case 'image':
        return this.image(view);
      case 'svg':
        return sandboxFrame({ title, html: svgPage(view.text) });
      case 'html':
        return sandboxFrame({ title, html: view.text });
      case 'plotly':
        return sandboxFrame({ title, html: plotlyPage(view.text, await this.library()), scripts: true });
      case 'markdown': {
        const text = new MarkdownText(this.options.markdown);
        await text.update(view.text);
        text.node.classList.add('jt-preview-markdown');
        return text.node;
      }
      case 'table':
        return view.table === null ? plain(view) : tableOf(view.table, title);
      case 'none':
        return h('div', { class: 'jt-muted jt-preview-none' }, view.reason);
      default:
        return plain(view);
    }
  }

  private async image(view: ArtifactPreviewView): Promise<HTMLElement> {
    const { client, storeId, runId } = this.options;
    const bytes = await client.bytes('/artifacts/get', { store: storeId, run_id: runId, path: view.path });
    if (this.path !== view.path) {
      return h('div');
    }
    this.url = URL.createObjectURL(new Blob([bytes], { type: view.media_type }));
    const picture = h('img', { src: this.url, alt: view.path.split('/').at(-1)! });
    picture.addEventListener('load', () => setText(this.facts, `${this.facts.textContent} · ${picture.naturalWidth} × ${picture.naturalHeight}`), { once: true });
    picture.addEventListener('error', () => this.body.replaceChildren(h('div', { class: 'jt-muted jt-preview-none' }, __('The browser cannot draw this picture.'))), { once: true });
    return h('div', { class: 'jt-preview-image' }, picture);
  }

  /** The page's own library cannot be used in a frame: it is another world. */
  private async library(): Promise<string> {
    return new TextDecoder().decode(await this.options.client.bytes('/static/plotly.js', {}));
  }

  private sourceButton(view: ArtifactPreviewView): HTMLElement {
    const button: HTMLElement = h('button', { type: 'button', class: 'jt-button', 'aria-pressed': 'false', onclick: async () => {
      const on = button.getAttribute('aria-pressed') === 'false';
      button.setAttribute('aria-pressed', String(on));
      this.body.replaceChildren(on ? plain(view) : await this.drawn(view));
    } }, __('Source'));
    return button;
  }

  private runButton(view: ArtifactPreviewView): HTMLElement {
    const title = 'Its scripts run in a frame without a network, which sees neither this page nor your session';
    return h('button', { type: 'button', class: 'jt-button jt-button-strong', title, onclick: async () => {
      const library = view.text.includes('Plotly.newPlot') ? await this.library() : null;
      this.body.replaceChildren(sandboxFrame({ title: __('Preview of %1', view.path), html: scriptedPage(view.text, library), scripts: true }));
    } }, __('Run scripts'));
  }
}

function cutWords({ table, truncated }: ArtifactPreviewView): string {
  if (table === null) {
    return truncated ? 'the beginning is shown' : '';
  }
  const rows = table.rows.length.toLocaleString('en-US');
  const all = table.rows_total === null ? 'the first rows' : `${table.rows_total.toLocaleString('en-US')} rows`;
  const columns = table.columns_total > table.columns.length ? `${table.columns.length} of ${table.columns_total} columns` : '';
  return [table.rows_total === table.rows.length ? all : table.rows_total === null ? all : `${rows} of ${all}`, columns].filter(text => text !== '').join(', ');
}

/** Code of a difference is coloured by line; all else is plain text. */
function plain(view: ArtifactPreviewView): HTMLElement {
  const code = h('code');
  if (view.language === 'diff') {
    code.append(...view.text.split('\n').map(line => h('span', { class: `jt-diff-${lineKind(line)}` }, `${line}\n`)));
  } else {
    code.textContent = view.text;
  }
  return h('pre', { class: 'jt-preview-text', tabindex: '0' }, code);
}

function lineKind(line: string): string {
  return /^(\+\+\+|---|diff |index |@@)/.test(line) ? 'head' : line.startsWith('+') ? 'add' : line.startsWith('-') ? 'remove' : 'same';
}

function tableOf(table: TablePreview, label: string): HTMLElement {
  const kind = (i: number): string | null => (table.numeric[i] ? 'jt-num' : null);
  const cells = (row: readonly string[]): HTMLElement[] => table.columns.map((_, i) => h('td', { class: kind(i) }, row[i] ?? ''));
  return h('div', { class: 'jt-preview-table', tabindex: '0', role: 'group', 'aria-label': label },
    h('table', {}, h('thead', {}, h('tr', {}, ...table.columns.map((name, i) => h('th', { class: kind(i), scope: 'col' }, name)))),
      h('tbody', {}, ...table.rows.map(row => h('tr', {}, ...cells(row))))));
}
