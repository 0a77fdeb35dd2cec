// Small line icons (16 x 16, drawn with the text's colour).
import { svg } from '../dom.js';
import type { RunStatus } from '../types.js';

const PATHS = {
  check: 'M4.9 8.3l2.1 2.1 4.2-4.6',
  cross: 'M5.7 5.7l4.6 4.6m0-4.6l-4.6 4.6',
  copy: 'M5.5 5.5V3.2c0-.4.3-.7.7-.7h6.6c.4 0 .7.3.7.7v6.6c0 .4-.3.7-.7.7h-2.3M3.2 5.5h6.6c.4 0 .7.3.7.7v6.6c0 .4-.3.7-.7.7H3.2a.7.7 0 0 1-.7-.7V6.2c0-.4.3-.7.7-.7z',
  refresh: 'M13 8a5 5 0 1 1-1.5-3.6L13 5.9M13 2.8v3.1H9.9',
  columns: 'M2.5 3h11v10h-11zM6.2 3v10m3.7-10v10',
  filter: 'M2.5 4h11M4.8 8h6.4M6.9 12h2.2',
  chevron: 'M6.2 4l4 4-4 4',
  table: 'M2.5 3h11v10h-11zM2.5 6.3h11M2.5 9.7h11M6.5 6.3V13',
  up: 'M8 12.5v-9M4.5 7L8 3.5 11.5 7',
  down: 'M8 3.5v9M4.5 9L8 12.5 11.5 9',
  file: 'M9.5 2.5h-5a.9.9 0 0 0-.9.9v9.2c0 .5.4.9.9.9h7c.5 0 .9-.4.9-.9V5.4zM9.5 2.5v2.9h2.9',
  folder: 'M2.5 4.2c0-.4.3-.7.7-.7h3l1.4 1.6h5.2c.4 0 .7.3.7.7v6c0 .4-.3.7-.7.7H3.2a.7.7 0 0 1-.7-.7z',
  star: 'M8 2.6l1.7 3.5 3.8.5-2.8 2.7.7 3.8L8 11.3l-3.4 1.8.7-3.8-2.8-2.7 3.8-.5z',
  search: 'M7 2.8a4.2 4.2 0 1 1 0 8.4a4.2 4.2 0 0 1 0-8.4M10.2 10.2l3.3 3.3',
  stop: 'M4.5 4.5h7v7h-7z',
  more: 'M3.4 8h.01M8 8h.01M12.6 8h.01',
  download: 'M8 2.5v7.2M4.9 6.8L8 9.9l3.1-3.1M3 12.8h10',
  view: 'M1.8 8S4 3.9 8 3.9 14.2 8 14.2 8 12 12.1 8 12.1 1.8 8 1.8 8zM8 6.2a1.8 1.8 0 1 1 0 3.6 1.8 1.8 0 0 1 0-3.6z',
  group: 'M2.5 3.5h7M2.5 6.5h4M6.5 9.5h7M6.5 12.5h4',
  menu: 'M2.5 4h11M2.5 8h11M2.5 12h11',
  close: 'M4.2 4.2l7.6 7.6m0-7.6l-7.6 7.6',
} as const;

export type IconName = keyof typeof PATHS;

export function icon(name: IconName): SVGElement {
  return frame('jt-icon', svg('path', { d: PATHS[name] }));
}

function frame(className: string, ...children: SVGElement[]): SVGElement {
  return svg('svg', { class: className, viewBox: '0 0 16 16', 'aria-hidden': 'true', focusable: 'false' }, ...children);
}

/** A status as a shape of its own, for those who cannot tell the colours apart. */
export function statusIcon(status: RunStatus): SVGElement {
  const node = frame('jt-status-icon', ...(STATUS_SHAPES[status]?.() ?? [ring()]));
  node.setAttribute('data-status', status);
  return node;
}

const disc = (): SVGElement => svg('circle', { class: 'jt-fill', cx: 8, cy: 8, r: 6.2 });
const ring = (): SVGElement => svg('circle', { cx: 8, cy: 8, r: 5.4 });
const mark = (d: string): SVGElement => svg('path', { class: 'jt-mark', d });

const STATUS_SHAPES: Record<RunStatus, () => SVGElement[]> = {
  RUNNING: () => [
    svg('circle', { class: 'jt-pulse', cx: 8, cy: 8, r: 6.2 }),
    svg('circle', { class: 'jt-fill', cx: 8, cy: 8, r: 3.4 }),
  ],
  SCHEDULED: () => [ring(), svg('path', { d: 'M8 5v3.2l2 1.2' })],
  FINISHED: () => [disc(), mark(PATHS.check)],
  FAILED: () => [disc(), mark(PATHS.cross)],
  KILLED: () => [ring(), svg('path', { class: 'jt-fill', d: 'M5.9 5.9h4.2v4.2H5.9z' })],
};
