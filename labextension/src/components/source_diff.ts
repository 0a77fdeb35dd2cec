// The source of two cells side by side, or their uncommitted changes: fetched when it is looked at.
import type { Client } from '../client.js';
import { h, setAttr } from '../dom.js';
import { formatCount } from '../format.js';
import { DiffRow, DiffSide, sideBySide } from '../line_diff.js';
import type { ComparedText, ComparisonFile, ComparisonTextView, ComparisonView } from '../types.js';
import { __ } from '../words.js';
import { adviceFor, messageBox } from './message.js';

/** Equal lines that stay around a change. */
const AROUND = 3;
const FILES: ComparisonFile[] = ['source', 'diff'];
const labelOf = (file: ComparisonFile): string => (file === 'source' ? __('Cell source') : __('Uncommitted changes'));
/** More rows than these are not drawn at once. */
const MOST_ROWS = 3000;

export class SourceDiff {
  readonly node: HTMLElement;
  private readonly left = this.select(__('Left run'), value => (this.leftId = value));
  private readonly right = this.select(__('Right run'), value => (this.rightId = value));
  private readonly tabs: HTMLButtonElement[];
  private readonly body = h('div', { class: 'jt-diff-body' });
  private file: ComparisonFile = 'source';
  private leftId = '';
  private rightId = '';
  private shown = '';
  private view: ComparisonView | null = null;

  constructor(private readonly client: Client) {
    this.tabs = FILES.map(file => h('button', {
      type: 'button', 'aria-pressed': 'false', onclick: () => { this.file = file; void this.load(); },
    }, labelOf(file)));
    this.node = h('div', { class: 'jt-diff' },
      h('div', { class: 'jt-diff-bar' }, h('div', { class: 'jt-segments', role: 'group', 'aria-label': __('What is compared') }, ...this.tabs),
        this.left, h('span', { class: 'jt-muted' }, __('with')), this.right),
      this.body);
  }

  /** @param other Id of the run that is compared with the baseline until somebody chooses. */
  update(view: ComparisonView, other: string): void {
    const before = this.view;
    this.view = view;
    const ids = view.runs.map(run => run.run_id);
    if (!ids.includes(this.leftId) || before?.baseline !== view.baseline) {
      this.leftId = ids[view.baseline];
    }
    if (!ids.includes(this.rightId) || this.rightId === this.leftId) {
      this.rightId = other === this.leftId ? (ids.find(id => id !== this.leftId) ?? this.leftId) : other;
    }
    void this.load();
  }

  private select(label: string, change: (value: string) => void): HTMLSelectElement {
    const node: HTMLSelectElement = h('select', { class: 'jt-select', 'aria-label': label, onchange: () => { change(node.value); void this.load(); } });
    return node;
  }

  private async load(): Promise<void> {
    const { view, file, leftId, rightId } = this;
    if (view === null) {
      return;
    }
    this.drawBar(view);
    const key = [file, leftId, rightId].join(' ');
    if (key === this.shown) {
      return;
    }
    this.shown = key;
    try {
      const answer = await this.client.get<ComparisonTextView>('/views/comparison-text', { store: view.store_id, run_ids: `${leftId},${rightId}`, file });
      if (this.shown === key) {
        this.body.replaceChildren(...this.content(answer.texts[0], answer.texts.at(-1)!));
      }
    } catch (error) {
      if (this.shown === key) {
        this.shown = '';
        this.body.replaceChildren(messageBox(adviceFor(error)));
      }
    }
  }

  private drawBar(view: ComparisonView): void {
    this.tabs.forEach((tab, i) => setAttr(tab, 'aria-pressed', FILES[i] === this.file ? 'true' : 'false'));
    for (const [node, id] of [[this.left, this.leftId], [this.right, this.rightId]] as const) {
      node.replaceChildren(...view.runs.map(run => h('option', { value: run.run_id }, run.name)));
      node.value = id;
    }
  }

  private content(left: ComparedText, right: ComparedText): HTMLElement[] {
    const note = (words: string): HTMLElement => h('div', { class: 'jt-muted jt-diff-note' }, words);
    const none = [left, right].filter(text => text.text === null).length;
    if (none === 2) {
      return [note(this.file === 'source' ? __('Neither run has a source: it is kept of cells that begin with %%%%track.') : __('Neither run had uncommitted changes.'))];
    }
    const rows = sideBySide(left.text ?? '', right.text ?? '');
    const cut = left.is_cut || right.is_cut ? [note(__('A file is very long: only its first part is compared.'))] : [];
    if (rows.every(row => row.equal)) {
      return [...cut, note(__('They are the same.')), this.table(rows)];
    }
    return [...cut, ...(none === 1 ? [note(left.text === null ? __('The left run has none.') : __('The right run has none.'))] : []), this.table(rows)];
  }

  private table(rows: readonly DiffRow[]): HTMLElement {
    const body = h('tbody');
    const drawn = rows.length > MOST_ROWS ? rows.slice(0, MOST_ROWS) : rows;
    for (const part of parts(drawn)) {
      body.append(...(part.folded ? [this.fold(part.rows)] : part.rows.map(line)));
    }
    const names = [this.left, this.right].map(node => node.selectedOptions[0]?.textContent ?? '');
    return h('table', { class: 'jt-diff-table' },
      h('colgroup', {}, h('col', { class: 'jt-diff-number' }), h('col'), h('col', { class: 'jt-diff-number' }), h('col')),
      h('thead', { class: 'jt-sr' }, h('tr', {}, ...names.flatMap(name => [h('th', { scope: 'col' }, __('Line')), h('th', { scope: 'col' }, name)]))),
      body);
  }

  private fold(rows: readonly DiffRow[]): HTMLElement {
    const node: HTMLElement = h('tr', { class: 'jt-diff-fold' }, h('td', { colspan: 4 },
      h('button', { type: 'button', class: 'jt-link', onclick: () => node.replaceWith(...rows.map(line)) }, __('Show %1', formatCount(rows.length, 'equal line')))));
    return node;
  }
}

/** Long stretches of equal lines are folded, but for some around each change. */
function parts(rows: readonly DiffRow[]): { folded: boolean; rows: DiffRow[] }[] {
  const near = rows.map((_, i) => rows.slice(Math.max(0, i - AROUND), i + AROUND + 1).some(row => !row.equal));
  // A cell that is the same in both is shown whole where it is short.
  const all = rows.length <= 4 * AROUND;
  const out: { folded: boolean; rows: DiffRow[] }[] = [];
  rows.forEach((row, i) => {
    const folded = !all && !near[i];
    if (out.at(-1)?.folded !== folded) {
      out.push({ folded, rows: [] });
    }
    out.at(-1)!.rows.push(row);
  });
  return out.map(part => (part.folded && part.rows.length < 2 ? { ...part, folded: false } : part));
}

function line(row: DiffRow): HTMLElement {
  return h('tr', { 'data-equal': row.equal }, ...side(row.left, row.equal ? null : 'removed'), ...side(row.right, row.equal ? null : 'added'));
}

function side(of: DiffSide | null, kind: 'removed' | 'added' | null): HTMLElement[] {
  if (of === null) {
    return [h('td', { class: 'jt-diff-number' }), h('td', { class: 'jt-diff-none' })];
  }
  const words = of.parts.map(part => (part.changed && kind !== null ? h(kind === 'added' ? 'ins' : 'del', {}, part.text) : part.text));
  return [h('td', { class: 'jt-diff-number jt-num' }, String(of.line)), h('td', { class: 'jt-diff-text', 'data-kind': kind }, h('code', {}, ...words))];
}
