// Which rows of a long list are on screen. Pure arithmetic, fixed row height.

/**
 * Browsers clamp an element's height (Firefox near 17.8 million px, Chromium near 33.5 million). Beyond this many px the
 * scrollbar is scaled: one px of scrolling stands for more than one px of rows.
 */
export const MAX_HEIGHT_PX = 8_000_000;

export interface WindowInput {
  total: number;
  rowHeight: number;
  /** Height of the visible part, in px. */
  viewport: number;
  scrollTop: number;
  maxHeight?: number;
}

export interface RowWindow {
  /** Height that the scrolled element gets. */
  height: number;
  /** First visible row and one past the last. */
  first: number;
  end: number;
  /** Where a row lies in the scrolled element. */
  top(index: number): number;
}

export function rowWindow({ total, rowHeight, viewport, scrollTop, maxHeight = MAX_HEIGHT_PX }: WindowInput): RowWindow {
  const full = total * rowHeight;
  const height = Math.min(full, maxHeight);
  const scroll = clamp(scrollTop, 0, Math.max(0, height - viewport));
  const offset = scroll * scale(full, height, viewport);
  return {
    height,
    first: clamp(Math.floor(offset / rowHeight), 0, total),
    end: clamp(Math.ceil((offset + viewport) / rowHeight), 0, total),
    top: index => scroll + index * rowHeight - offset,
  };
}

/** The scrollTop that shows a row whole, or the present one where it is shown already. */
export function scrollTopFor(index: number, input: WindowInput): number {
  const { total, rowHeight, viewport, scrollTop, maxHeight = MAX_HEIGHT_PX } = input;
  const full = total * rowHeight;
  const height = Math.min(full, maxHeight);
  const ratio = scale(full, height, viewport);
  const offset = scrollTop * ratio;
  const top = index * rowHeight;
  if (top < offset) {
    return top / ratio;
  }
  if (top + rowHeight > offset + viewport) {
    return (top + rowHeight - viewport) / ratio;
  }
  return scrollTop;
}

/** Row px per scrolled px. */
function scale(full: number, height: number, viewport: number): number {
  return height > viewport ? Math.max(1, (full - viewport) / (height - viewport)) : 1;
}

function clamp(x: number, low: number, high: number): number {
  return Math.min(Math.max(x, low), high);
}
