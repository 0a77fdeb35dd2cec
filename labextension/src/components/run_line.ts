// One run on one line: status, name, headline metric, when.
import { h, Item, setHidden, setText } from '../dom.js';
import { formatAbsolute, formatAgo, formatNumber, formatRelative } from '../format.js';
import type { JsonNumber, RunStatus, RunTableView } from '../types.js';
import { statusDot } from './status.js';

export interface LatestRun {
  run_id: string;
  name: string;
  status: RunStatus;
  start_time_ms: number | null;
  /** The first metric that the table shows and the run has. */
  metric: { key: string; value: JsonNumber } | null;
}

/** The rows of a run table, with what a line shows of them. */
export function latestRuns(view: RunTableView): LatestRun[] {
  const start = view.columns.findIndex(column => column.id === 'attributes.start_time');
  return view.rows.map(row => {
    const time = row.cells[start];
    const at = view.columns.findIndex((c, i) => c.group === 'metrics' && c.visible && row.cells[i] !== null && row.cells[i] !== undefined);
    return {
      run_id: row.run_id,
      name: row.name,
      status: row.status,
      start_time_ms: typeof time === 'number' ? time : null,
      metric: at < 0 ? null : { key: view.columns[at].label, value: row.cells[at] as JsonNumber },
    };
  });
}

export function runLine(open: (run: LatestRun) => void): Item<LatestRun> {
  let current: LatestRun;
  const dot = h('span', { class: 'jt-dot-slot' });
  const name = h('span', { class: 'jt-line-name' });
  const metric = h('span', { class: 'jt-line-metric jt-num' });
  const time = h('span', { class: 'jt-line-time jt-num' });
  const button = h('button', { type: 'button', class: 'jt-line', onclick: () => open(current) }, dot, name, metric, time);
  let status: RunStatus | null = null;
  return {
    node: h('li', {}, button),
    update(run) {
      current = run;
      if (run.status !== status) {
        status = run.status;
        dot.replaceChildren(statusDot(run.status));
      }
      setText(name, run.name);
      name.title = run.name;
      setHidden(metric, run.metric === null);
      setText(metric, run.metric === null ? '' : formatNumber(run.metric.value, 4));
      metric.title = run.metric === null ? '' : `${run.metric.key} = ${run.metric.value}`;
      setText(time, run.start_time_ms === null ? '' : formatAgo(run.start_time_ms));
      time.title = run.start_time_ms === null ? '' : `${formatRelative(run.start_time_ms)}: ${formatAbsolute(run.start_time_ms)}`;
    },
  };
}
