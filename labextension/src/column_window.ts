// Which columns of a wide table are on screen. Pure arithmetic.
import type { GridColumn } from './column_layout.js';

/** Columns drawn beside those on screen, so that a small scroll shows no gap. */
const OVERSCAN_PX = 240;

export interface ColumnWindow {
  /** Index of the first drawn column that scrolls, and one past the last. */
  first: number;
  end: number;
  /** Width of the columns left out before the first. */
  before: number;
  /** Width of all columns that scroll, and of those that stay. */
  scrolled: number;
  pinned: number;
}

/** @param viewport Width that is left for columns that scroll. */
export function columnWindow(columns: readonly GridColumn[], scrollLeft: number, viewport: number): ColumnWindow {
  const start = columns.findIndex(c => !c.pinned);
  const from = start < 0 ? columns.length : start;
  const pinned = columns.slice(0, from).reduce((sum, c) => sum + c.width, 0);
  const [low, high] = [scrollLeft - OVERSCAN_PX, scrollLeft + Math.max(0, viewport) + OVERSCAN_PX];
  let left = 0;
  let [first, end, before] = [-1, from, 0];
  for (let i = from; i < columns.length; i += 1) {
    const right = left + columns[i].width;
    if (right > low && left < high) {
      if (first < 0) {
        [first, before] = [i, left];
      }
      end = i + 1;
    }
    left = right;
  }
  return { first: first < 0 ? from : first, end: first < 0 ? from : end, before, scrolled: left, pinned };
}

/** The scrollLeft that shows a column whole, or the present one where it is shown already. */
export function scrollLeftFor(columns: readonly GridColumn[], index: number, scrollLeft: number, viewport: number): number {
  if (columns[index] === undefined || columns[index].pinned) {
    return scrollLeft;
  }
  const left = columns.slice(0, index).reduce((sum, c) => sum + (c.pinned ? 0 : c.width), 0);
  const right = left + columns[index].width;
  return left < scrollLeft ? left : right > scrollLeft + viewport ? Math.max(0, Math.min(left, right - viewport)) : scrollLeft;
}
