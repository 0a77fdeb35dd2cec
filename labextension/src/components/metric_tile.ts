// One metric of a run: key, latest value, step, and how it went.
import { h, Item, setText } from '../dom.js';
import { formatCount, formatNumber } from '../format.js';
import type { MetricSummary } from '../types.js';
import { __ } from '../words.js';
import { setName } from './middle_cut.js';
import { Sparkline } from './sparkline.js';

export function metricTile(): Item<MetricSummary> {
  const key = h('span', { class: 'jt-tile-key' });
  const step = h('span', { class: 'jt-tile-step' });
  const value = h('span', { class: 'jt-tile-value' });
  const spark = new Sparkline();
  const node = h('li', { class: 'jt-tile' }, h('div', { class: 'jt-tile-head' }, key, step), value, spark.node);
  return {
    node,
    update(metric) {
      setName(key, metric.key);
      key.title = metric.key;
      setText(value, metric.text);
      value.title = formatNumber(metric.value) === metric.text ? '' : String(metric.value);
      // A value logged once, at the start, has no step worth telling.
      setText(step, metric.count > 1 || metric.step !== 0 ? __('step %1', metric.step.toLocaleString('en-US')) : '');
      spark.update(metric.spark, `${metric.key}: ${formatCount(metric.count, 'point')}, latest ${metric.text}`);
      node.classList.toggle('jt-tile-single', metric.count < 2);
    },
  };
}
