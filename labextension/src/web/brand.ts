// The name of the page, and its mark: a rising curve with its last point.
import { svg } from '../dom.js';

export const NAME = 'jupyter_tracker';

export function mark(): SVGElement {
  return svg('svg', { class: 'jt-app-mark', viewBox: '0 0 24 24', 'aria-hidden': 'true' },
    svg('path', { d: 'M4 3a1 1 0 0 1 1 1v15h15a1 1 0 1 1 0 2H4a1 1 0 0 1-1-1V4a1 1 0 0 1 1-1z' }),
    svg('path', { d: 'M16.9 8.3a2.3 2.3 0 1 1 1.5 1.2l-3 4.9a1.2 1.2 0 0 1-1.8.3l-3-2.6-2.1 3.4a1.1 1.1 0 0 1-1.9-1.2l2.8-4.5a1.2 1.2 0 0 1 1.8-.3l3 2.6z' }));
}
