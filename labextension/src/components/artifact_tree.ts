// Folders and files of a run as a tree that keys walk through; a folder is asked for when it is opened.
import type { Client } from '../client.js';
import { h, KeyedList, setAttr, setText } from '../dom.js';
import { formatBytes } from '../format.js';
import type { ArtifactEntry, ArtifactFolderView } from '../types.js';
import { __ } from '../words.js';
import { icon } from './icons.js';

export interface ArtifactTreeOptions {
  client: Client;
  storeId: string;
  runId: string;
  onSelect(entry: ArtifactEntry): void;
}

interface Line {
  entry: ArtifactEntry;
  level: number;
  /** Says what is not an entry: that a folder is empty, or not shown whole. */
  words: string | null;
}

export class ArtifactTree {
  readonly node: HTMLElement;
  private readonly folders = new Map<string, ArtifactFolderView>();
  private readonly open = new Set<string>(['']);
  private readonly list: KeyedList<Line>;
  private lines: Line[] = [];
  private selected: string | null = null;
  /** Where the keyboard is. */
  private active: string | null = null;

  constructor(private readonly options: ArtifactTreeOptions) {
    const parent = h('ul', { class: 'jt-tree', role: 'tree', 'aria-label': __('Artifacts'), onkeydown: (event: KeyboardEvent) => this.onKey(event) });
    this.list = new KeyedList(parent, line => (line.words === null ? line.entry.path : `${line.entry.path}\n`), () => this.line());
    this.node = h('div', { class: 'jt-tree-box' }, parent);
  }

  get isEmpty(): boolean {
    return (this.folders.get('')?.total ?? 0) === 0;
  }

  /** Asks for all folders that are open. */
  async load(): Promise<void> {
    await Promise.all([...this.open].map(path => this.loadFolder(path)));
    this.draw();
  }

  /** Opens the folders above a file, and chooses it. */
  async reveal(path: string): Promise<void> {
    const parts = path.split('/').slice(0, -1);
    parts.forEach((_, i) => this.open.add(parts.slice(0, i + 1).join('/')));
    await this.load();
    const line = this.lines.find(other => other.words === null && other.entry.path === path);
    if (line !== undefined) {
      this.select(line.entry);
      this.list.get(path)?.node.scrollIntoView({ block: 'nearest' });
    }
  }

  private async loadFolder(path: string): Promise<void> {
    const { client, storeId, runId } = this.options;
    const view = await client.get<ArtifactFolderView>('/views/artifact-folder', { store: storeId, run_id: runId, path });
    this.folders.set(path, view);
  }

  private draw(): void {
    this.lines = [...this.walk('', 1)];
    this.active = this.lines.some(line => line.entry.path === this.active) ? this.active : this.lines[0]?.entry.path ?? null;
    this.list.update(this.lines);
  }

  private *walk(path: string, level: number): Generator<Line> {
    const folder = this.folders.get(path);
    for (const entry of folder?.entries ?? []) {
      yield { entry, level, words: null };
      if (entry.is_dir && this.open.has(entry.path)) {
        yield* this.walk(entry.path, level + 1);
      }
    }
    const words = folder === undefined ? __('Loading…') : folder.total === 0 && path !== '' ? __('Empty')
      : folder.total > folder.entries.length ? __('and %1 more', (folder.total - folder.entries.length).toLocaleString('en-US')) : null;
    if (words !== null) {
      yield { entry: { path, is_dir: true, size_bytes: null }, level, words };
    }
  }

  private line(): { node: HTMLElement; update(line: Line): void } {
    let shown: Line;
    const fold = h('span', { class: 'jt-tree-fold' }, icon('chevron'));
    const [folder, file] = [icon('folder'), icon('file')];
    const name = h('span', { class: 'jt-tree-name' });
    const size = h('span', { class: 'jt-muted jt-num' });
    const node = h('li', { class: 'jt-tree-line', role: 'treeitem', onclick: () => this.press(shown) }, fold, folder, file, name, ' ', size);
    return {
      node,
      update: line => {
        shown = line;
        const { entry, level, words } = line;
        const isFolder = entry.is_dir && words === null;
        node.style.setProperty('--jt-level', String(level));
        setAttr(node, 'aria-level', level);
        setAttr(node, 'aria-expanded', isFolder ? String(this.open.has(entry.path)) : null);
        setAttr(node, 'aria-selected', words === null ? String(entry.path === this.selected) : null);
        setAttr(node, 'aria-disabled', words === null ? null : 'true');
        setAttr(node, 'tabindex', words !== null ? null : entry.path === this.active ? '0' : '-1');
        setText(name, words ?? entry.path.split('/').at(-1)!);
        setAttr(node, 'title', words ?? entry.path);
        setText(size, entry.size_bytes === null || words !== null ? '' : formatBytes(entry.size_bytes));
        setAttr(fold, 'hidden', !isFolder);
        setAttr(folder, 'hidden', !isFolder);
        setAttr(file, 'hidden', isFolder || words !== null);
      },
    };
  }

  private press({ entry, words }: Line): void {
    if (words === null) {
      this.active = entry.path;
      if (entry.is_dir) {
        this.toggle(entry.path);
      }
      this.select(entry);
    }
  }

  private select(entry: ArtifactEntry): void {
    this.selected = entry.path;
    this.active = entry.path;
    this.list.update(this.lines);
    this.options.onSelect(entry);
  }

  private toggle(path: string, wanted = !this.open.has(path)): void {
    if (wanted) {
      this.open.add(path);
      if (!this.folders.has(path)) {
        void this.loadFolder(path).then(() => this.draw(), () => this.toggle(path, false));
      }
    } else {
      this.open.delete(path);
    }
    this.draw();
  }

  private onKey(event: KeyboardEvent): void {
    const lines = this.lines.filter(line => line.words === null);
    const at = lines.findIndex(line => line.entry.path === this.active);
    const line = lines[at];
    if (line === undefined) {
      return;
    }
    const go = (to: number): void => this.focus(lines[Math.min(Math.max(to, 0), lines.length - 1)]);
    const keys: Record<string, () => void> = {
      ArrowDown: () => go(at + 1),
      ArrowUp: () => go(at - 1),
      Home: () => go(0),
      End: () => go(lines.length - 1),
      ArrowRight: () => (line.entry.is_dir && !this.open.has(line.entry.path) ? this.toggle(line.entry.path, true) : line.entry.is_dir ? go(at + 1) : undefined),
      ArrowLeft: () => (line.entry.is_dir && this.open.has(line.entry.path) ? this.toggle(line.entry.path, false) : go(lines.findIndex(other => other.entry.path === parentOf(line.entry.path)))),
      Enter: () => this.press(line),
      ' ': () => this.press(line),
    };
    const act = keys[event.key];
    if (act !== undefined && !event.ctrlKey && !event.metaKey && !event.altKey) {
      // Lab has keys of its own.
      event.preventDefault();
      event.stopPropagation();
      act();
    }
  }

  private focus({ entry }: Line): void {
    this.active = entry.path;
    this.list.update(this.lines);
    this.list.get(entry.path)?.node.focus();
  }
}

function parentOf(path: string): string {
  return path.split('/').slice(0, -1).join('/');
}
