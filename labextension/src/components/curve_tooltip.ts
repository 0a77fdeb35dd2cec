// What every run has at the step that is pointed at: a small table beside the pointer.
import { Decoded, nearest, nearestFinite, xText } from '../curve_data.js';
import { h, setHidden } from '../dom.js';
import { formatNumber } from '../format.js';
import type { CurveLine, CurveX } from '../types.js';
import { __ } from '../words.js';
import { nameNode } from './middle_cut.js';

export interface Reading {
  line: CurveLine;
  x: number;
  y: number;
  /** Before smoothing; null where nothing was smoothed. */
  raw: number | null;
}

const SHOWN = 12;

/** The values at a place of the axis, largest first; curves that do not reach it have none. */
export function readings(curves: readonly Decoded[], lines: ReadonlyMap<string, CurveLine>, at: number, reach: number): Reading[] {
  const found: Reading[] = [];
  for (const curve of curves) {
    const line = lines.get(curve.line);
    const i = nearestFinite(curve.x, curve.y, at);
    if (line === undefined || i < 0 || at > curve.x[curve.x.length - 1] + reach || at < curve.x[0] - reach) {
      continue;
    }
    const j = nearest(curve.raw_x, curve.x[i]);
    found.push({ line, x: curve.x[i], y: curve.y[i], raw: j < 0 ? null : curve.raw_y[j] });
  }
  return found.sort((a, b) => b.y - a.y);
}

export class CurveTooltip {
  readonly node = h('div', { class: 'jt-tip', hidden: true, 'aria-hidden': 'true' });

  /** @param closest The line that the pointer is on. */
  show(at: number, x: CurveX, values: readonly Reading[], closest: string | null): void {
    const first = Math.max(0, Math.min(values.findIndex(value => value.line.id === closest) - SHOWN + 3, values.length - SHOWN));
    const rows = values.slice(first, first + SHOWN).map(value => this.row(value, closest));
    const rest = values.length - rows.length;
    this.node.replaceChildren(
      h('div', { class: 'jt-tip-x' }, xText(at, x)),
      h('div', { class: 'jt-tip-rows' }, ...rows),
      ...(rest > 0 ? [h('div', { class: 'jt-muted' }, __('and %1 more', rest))] : []));
    setHidden(this.node, false);
  }

  /** Beside a place in the plot, on the side where there is room. */
  move(left: number, width: number): void {
    const right = left > width / 2;
    this.node.style.left = right ? '' : `${left + 14}px`;
    this.node.style.right = right ? `${width - left + 14}px` : '';
  }

  hide(): void {
    setHidden(this.node, true);
  }

  private row({ line, y, raw }: Reading, closest: string | null): HTMLElement {
    return h('div', { class: line.id === closest ? 'jt-tip-row jt-tip-closest' : 'jt-tip-row' },
      swatch(line),
      nameNode('jt-tip-name', line.label),
      h('span', { class: 'jt-num' }, formatNumber(y, 4)),
      raw === null ? null : h('span', { class: 'jt-num jt-muted' }, formatNumber(Number.isFinite(raw) ? raw : 'NaN', 4)));
  }
}

/** A piece of the run's line, dash and all. */
export function swatch(line: Pick<CurveLine, 'color' | 'dash'>): HTMLElement {
  return h('span', { class: 'jt-swatch', 'data-dash': String(line.dash), style: `--jt-run: var(--jt-run-${line.color})`, 'aria-hidden': 'true' });
}
