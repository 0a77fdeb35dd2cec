// One version on the board of a registered model.
import { h, Item, setAttr, setHidden, setText } from '../dom.js';
import { formatAbsolute, formatAgo } from '../format.js';
import type { BoardCard, BoardMetric } from '../types.js';
import { __ } from '../words.js';
import { tagsText } from './board_edits.js';
import type { RunRef } from '../refs.js';
import { icon } from './icons.js';
import { nameNode, setName } from './middle_cut.js';

export interface BoardCardOptions {
  storeId: string;
  onOpen?(run: RunRef): void;
  onMenu(card: BoardCard, anchor: HTMLElement): void;
  /** The card is being dragged; null when that is over. */
  onDrag(card: BoardCard | null): void;
}

export function boardCard({ storeId, onOpen, onMenu, onDrag }: BoardCardOptions): Item<BoardCard> {
  let current: BoardCard;
  const version = h('span', { class: 'jt-board-version' });
  const aliases = h('span', { class: 'jt-board-aliases' });
  const age = h('span', { class: 'jt-muted jt-num' });
  const more = h('button', { type: 'button', class: 'jt-button-bare', tabindex: '-1', onclick: () => onMenu(current, more) }, icon('more'));
  const run = h('button', {
    type: 'button', class: 'jt-link jt-board-run', tabindex: '-1',
    onclick: () => current.run_id !== null && onOpen?.({ store_id: storeId, run_id: current.run_id, name: current.run_name ?? current.run_id }),
  });
  const noRun = h('span', { class: 'jt-muted jt-board-run' });
  const text = h('div', { class: 'jt-board-text' });
  const metrics = h('dl', { class: 'jt-board-metrics' });
  const facts = h('div', { class: 'jt-board-facts jt-muted' });
  const node = h('li', {
    class: 'jt-board-card', tabindex: '0', draggable: 'true',
    ondragstart: (event: DragEvent) => {
      event.dataTransfer!.effectAllowed = 'move';
      event.dataTransfer!.setData('text/plain', __('Version %1', current.version));
      onDrag(current);
    },
    ondragend: () => onDrag(null),
  }, h('div', { class: 'jt-board-card-head' }, version, h('span', { class: 'jt-space' }), age, more), aliases, text, run, noRun, metrics, facts);
  let drawn = '';
  return {
    node,
    update: card => {
      current = card;
      setText(age, formatAgo(card.creation_time_ms));
      age.title = formatAbsolute(card.creation_time_ms);
      const key = JSON.stringify(card);
      if (key === drawn) {
        return;
      }
      drawn = key;
      node.dataset.version = card.version;
      const names = card.aliases.map(alias => `@${alias}`);
      setText(version, __('Version %1', card.version));
      setHidden(aliases, names.length === 0);
      aliases.replaceChildren(...names.map(name => h('span', { class: 'jt-badge' }, name)));
      setAttr(node, 'aria-label', [__('Version %1', card.version), ...names, card.run_name ?? ''].filter(part => part !== '').join(', '));
      setAttr(more, 'aria-label', __('Move or change version %1', card.version));
      more.title = __('Move or change');
      setText(text, card.description);
      setHidden(text, card.description === '');
      const canOpen = onOpen !== undefined && card.run_name !== null;
      setName(run, card.run_name ?? '');
      setName(noRun, card.run_name ?? (card.run_id === null ? __('no run') : __('run %1', card.run_id.slice(0, 8))));
      setHidden(run, !canOpen);
      setHidden(noRun, canOpen);
      metrics.replaceChildren(...card.metrics.flatMap(metricRow));
      if (card.metrics_total > card.metrics.length) {
        metrics.append(h('dt', { class: 'jt-muted' }, __('and %1 more', card.metrics_total - card.metrics.length)), h('dd'), h('dd'));
      }
      setHidden(metrics, card.metrics.length === 0);
      facts.replaceChildren(...factLines(card));
    },
  };
}

function metricRow({ key, text, delta, is_better }: BoardMetric): HTMLElement[] {
  const word = is_better === null ? '' : is_better ? __(', better than in production') : __(', worse than in production');
  const better = is_better === null ? null : String(is_better);
  return [h('dt', { title: key }, nameNode('jt-board-key', key)), h('dd', { class: 'jt-num' }, text),
    h('dd', { class: 'jt-num jt-board-delta', 'data-better': better }, delta ?? '', h('span', { class: 'jt-sr' }, word))];
}

function factLines(card: BoardCard): HTMLElement[] {
  const lines: [string, string, string][] = [];
  if (card.signature !== null) {
    lines.push([__('Signature'), card.signature, card.signature]);
  }
  if (card.source !== '') {
    const name = card.source.split(/[\\/]/).pop() ?? card.source;
    const where = (file: string, cell: string): string => (cell === '' ? file : __('%1, cell %2', file, cell));
    lines.push([__('From'), where(name, card.cell.slice(0, 8)), where(card.source, card.cell)]);
  }
  if (card.datasets.length > 0) {
    lines.push([__('Data'), card.datasets.join(', '), card.datasets.join(', ')]);
  }
  if (card.tags.length > 0) {
    lines.push([__('Tags'), tagsText(card.tags), tagsText(card.tags, '\n')]);
  }
  return lines.map(([label, value, title]) => h('div', { class: 'jt-board-fact', title }, h('span', { class: 'jt-board-fact-name' }, label), ' ', value));
}
