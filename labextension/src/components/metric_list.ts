// Every metric of a run in a line: how it went, where it stands, how far it ranged.
import { h, KeyedList, setAttr, setHidden, setText } from '../dom.js';
import { formatCount } from '../format.js';
import type { MetricDetail } from '../types.js';
import { __ } from '../words.js';
import { setName } from './middle_cut.js';
import { Sparkline } from './sparkline.js';

export class MetricList {
  readonly node: HTMLElement;
  private readonly list: KeyedList<MetricDetail>;
  private readonly more = h('div', { class: 'jt-muted jt-section-foot' });
  private readonly table: HTMLElement;

  /** @param onOpen Shows the curve of a metric. */
  constructor(private readonly onOpen: (key: string) => void) {
    const heads = [__('Metric'), __('Curve'), __('Latest'), __('Min'), __('Max'), __('Step'), __('Points')];
    this.list = new KeyedList<MetricDetail>(h('tbody'), metric => metric.summary.key, () => this.line());
    this.table = h('table', { class: 'jt-metric-list' },
      h('thead', {}, h('tr', {}, ...heads.map((head, i) => h('th', { scope: 'col', class: i > 1 ? 'jt-num' : null }, head)))), this.list.parent);
    this.node = h('div', { class: 'jt-metric-box' }, this.table, this.more);
  }

  update(metrics: readonly MetricDetail[], total: number): void {
    this.list.update(metrics);
    setHidden(this.table, metrics.length === 0);
    const unsent = total - metrics.length;
    setText(this.more, unsent > 0 ? __('and %1 more: find them by name', unsent.toLocaleString('en-US')) : '');
    setHidden(this.more, unsent <= 0);
  }

  private line(): { node: HTMLElement; update(metric: MetricDetail): void } {
    let shown: MetricDetail;
    const name = h('button', { type: 'button', class: 'jt-metric-name', onclick: () => this.onOpen(shown.summary.key) });
    const spark = new Sparkline();
    const cells = Array.from({ length: 5 }, () => h('td', { class: 'jt-num' }));
    return {
      node: h('tr', {}, h('th', { scope: 'row' }, name), h('td', { class: 'jt-metric-course' }, spark.node), ...cells),
      update: metric => {
        shown = metric;
        const { summary } = metric;
        setName(name, summary.key);
        setAttr(name, 'title', __('%1: show its curve', summary.key));
        const texts = [summary.text, metric.min_text, metric.max_text, summary.step.toLocaleString('en-US'), summary.count.toLocaleString('en-US')];
        cells.forEach((cell, i) => setText(cell, texts[i]));
        setAttr(cells[0], 'title', String(summary.value));
        spark.update(summary.spark, `${summary.key}: ${formatCount(summary.count, 'point')}, latest ${summary.text}`);
      },
    };
  }
}
