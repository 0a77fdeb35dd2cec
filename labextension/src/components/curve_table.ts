// The numbers behind the curves, for those who do not see them and those who want to copy them.
import { xText } from '../curve_data.js';
import type { DecodedPanel } from '../curve_source.js';
import { h } from '../dom.js';
import { formatNumber } from '../format.js';
import type { JsonNumber, MetricCurvesView } from '../types.js';
import { __ } from '../words.js';

const heads = (): string[] => [__('Metric'), __('Run'), __('Latest'), __('At'), __('Smallest'), __('Largest'), __('Points'), __('NaN or ∞')];

export function curveTable(panels: readonly DecodedPanel[], view: MetricCurvesView): HTMLElement {
  const labels = new Map(view.lines.map(line => [line.id, line.label]));
  const rows = panels.flatMap(panel => panel.curves.map(curve => h('tr', {},
    h('th', { scope: 'row' }, panel.key),
    h('td', {}, labels.get(curve.line) ?? ''),
    number(curve.last),
    h('td', { class: 'jt-num' }, xText(curve.last_x, view.x)),
    number(curve.min),
    number(curve.max),
    h('td', { class: 'jt-num' }, curve.count.toLocaleString('en-US')),
    h('td', { class: 'jt-num' }, curve.nonfinite === 0 ? '' : curve.nonfinite.toLocaleString('en-US')))));
  return h('table', {},
    h('caption', { class: 'jt-sr' }, __('Latest, smallest and largest value of each curve')),
    h('thead', {}, h('tr', {}, ...heads().map((head, i) => h('th', { scope: 'col', class: i > 1 ? 'jt-num' : null }, head)))),
    h('tbody', {}, ...rows));
}

function number(value: JsonNumber): HTMLElement {
  return h('td', { class: 'jt-num' }, value === 'NaN' ? '–' : formatNumber(value));
}
