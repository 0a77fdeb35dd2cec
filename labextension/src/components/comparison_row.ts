// Rows of a comparison: plain values, and metrics with what they have more or less than the baseline.
import { h, setAttr } from '../dom.js';
import type { ComparedMetric, ComparisonRow, ComparisonView, MetricCell, MetricGoal } from '../types.js';
import { __ } from '../words.js';
import { icon } from './icons.js';
import { nameNode } from './middle_cut.js';

/** A row that is drawn when it is to be seen. */
export interface RowItem {
  key: string;
  differs: boolean;
  draw(): HTMLElement;
}

function goalOf(goal: MetricGoal): [mark: string, words: string] {
  return goal === 'max' ? ['↑', __('higher is better')] : goal === 'min' ? ['↓', __('lower is better')] : ['·', __('neither is better')];
}

/** Values that are not the baseline's stand out. */
/** @param name What the row is called, where that is not its key. */
export function plainRow(row: ComparisonRow, view: ComparisonView, name = row.key): HTMLElement {
  const head = h('th', { scope: 'row', title: name }, nameNode('jt-cmp-key', name));
  if (!row.differs) {
    return h('tr', { class: 'jt-cmp-equal' }, head, h('td', { colspan: view.runs.length, title: row.cells[0] ?? '' }, h('div', { class: 'jt-cmp-stay' }, row.cells[0] ?? '–')));
  }
  const base = row.cells[view.baseline];
  return h('tr', {}, head, ...row.cells.map((value, i) => value === null
    ? h('td', { class: 'jt-cmp-none' }, '–')
    : h('td', { title: value, 'data-other': i !== view.baseline && value !== base }, value)));
}

export function metricRow(metric: ComparedMetric, view: ComparisonView, onGoal: (metric: ComparedMetric) => void): HTMLElement {
  const [mark, words] = goalOf(metric.goal);
  const goal = h('button', {
    type: 'button', class: 'jt-cmp-goal', title: __('%1: %2. Click to change.', metric.key, words), 'aria-label': __('%1: %2. Change', metric.key, words), 'data-goal': metric.goal,
    onclick: () => onGoal(metric),
  }, mark);
  return h('tr', { class: metric.differs ? null : 'jt-cmp-equal', 'data-metric': metric.key }, h('th', { scope: 'row', title: metric.key }, h('div', { class: 'jt-cmp-metric' }, nameNode('jt-cmp-key', metric.key), goal)),
    ...metric.cells.map((cell, i) => (cell === null ? h('td', { class: 'jt-cmp-none' }, '–') : metricCell(cell, i === view.baseline))));
}

function metricCell(cell: MetricCell, isBaseline: boolean): HTMLElement {
  const about = [String(cell.value), __('at step %1', cell.step.toLocaleString('en-US')), ...(cell.percent === null ? [] : [__('%1 of the baseline', cell.percent)])];
  const node = h('td', { class: 'jt-num', title: about.join(', '), 'data-best': cell.best },
    h('span', { class: 'jt-cmp-value' }, cell.text), cell.best ? best() : null);
  if (cell.delta !== null && !isBaseline) {
    const delta = h('span', { class: 'jt-cmp-delta' }, cell.delta);
    setAttr(delta, 'data-better', cell.better === null ? null : cell.better ? 'yes' : 'no');
    node.append(delta, h('span', { class: 'jt-sr' }, cell.better === null ? '' : cell.better ? __(' better') : __(' worse')));
  }
  return node;
}

function best(): HTMLElement {
  return h('span', { class: 'jt-cmp-best' }, icon('star') as unknown as HTMLElement, h('span', { class: 'jt-sr' }, __(' best')));
}
