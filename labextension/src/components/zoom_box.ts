// The box that is drawn with the mouse over a plot: it says which part is meant, and draws nothing else.
import { h } from '../dom.js';

/** From edge to edge of what is drawn over, as fractions: from the left, and from the bottom. */
export type Part = [number, number];

export interface BoxArea {
  left: number;
  top: number;
  width: number;
  height: number;
}

export interface ZoomBoxOptions {
  /** What can be drawn over, in pixels of `node`; null while nothing is there. */
  area(): BoxArea | null;
  onStart(): void;
  /** The mouse was let go; null: all of that axis. */
  onEnd(x: Part | null, y: Part | null): void;
}

/** Moves shorter than this are clicks. */
const LEAST_PX = 8;
/** A box is as high or as wide as the plot while its other side is this long at least, and this part of it longer. */
const BOTH_PX = 20;
const FLAT = 0.6;

/**
 * A plain drag with the mouse. Plotly never hears of it: it would draw the old points in the new place first, which takes as long
 * as drawing those that are asked for. Fingers, and drags with Shift or Ctrl or on an axis, are plotly's.
 */
export class ZoomBox {
  private readonly box = h('div', { class: 'jt-plot-box', hidden: true });
  private from: [number, number] | null = null;
  private part: { x: Part | null; y: Part | null } | null = null;

  constructor(private readonly node: HTMLElement, private readonly options: ZoomBoxOptions) {
    node.append(this.box);
    // Before plotly, which listens on what lies inside.
    node.addEventListener('mousedown', event => this.onDown(event), true);
  }

  dispose(): void {
    this.end();
  }

  private onDown(event: MouseEvent): void {
    const area = this.options.area();
    if (area === null || event.button !== 0 || event.shiftKey || event.ctrlKey || event.metaKey || event.altKey) {
      return;
    }
    const [x, y] = this.place(event, area);
    if (x < 0 || y < 0 || x > area.width || y > area.height) {
      return;
    }
    event.stopPropagation();
    event.preventDefault(); // no text is selected
    this.from = [x, y];
    window.addEventListener('mousemove', this.onMove, true);
    window.addEventListener('mouseup', this.onUp, true);
    window.addEventListener('keydown', this.onKey, true);
  }

  private readonly onMove = (event: MouseEvent): void => {
    const area = this.options.area();
    if (this.from === null || area === null || event.buttons === 0) {
      this.end();
      return;
    }
    const [x, y] = this.place(event, area);
    const sides = [span(this.from[0], x, area.width), span(this.from[1], y, area.height)];
    const [wide, high] = sides.map(([low, end]) => end - low);
    const flat = high < Math.min(Math.max(wide * FLAT, LEAST_PX), BOTH_PX);
    const narrow = !flat && wide < Math.min(high * FLAT, BOTH_PX);
    if (flat && wide < LEAST_PX) {
      this.part = null;
      this.box.hidden = true;
      return;
    }
    if (this.box.hidden) {
      this.options.onStart();
    }
    const [left, right] = narrow ? [0, area.width] : sides[0];
    const [top, bottom] = flat ? [0, area.height] : sides[1];
    this.part = {
      x: narrow ? null : [left / area.width, right / area.width],
      y: flat ? null : [1 - bottom / area.height, 1 - top / area.height],
    };
    this.box.hidden = false;
    Object.assign(this.box.style, {
      left: `${area.left + left}px`, top: `${area.top + top}px`, width: `${right - left}px`, height: `${bottom - top}px`,
    });
  };

  private readonly onUp = (): void => {
    const { part } = this;
    this.end();
    if (part !== null) {
      this.options.onEnd(part.x, part.y);
    }
  };

  private readonly onKey = (event: KeyboardEvent): void => {
    if (event.key === 'Escape') {
      event.stopPropagation();
      event.preventDefault();
      this.end();
    }
  };

  private end(): void {
    this.from = null;
    this.part = null;
    this.box.hidden = true;
    window.removeEventListener('mousemove', this.onMove, true);
    window.removeEventListener('mouseup', this.onUp, true);
    window.removeEventListener('keydown', this.onKey, true);
  }

  private place(event: MouseEvent, area: BoxArea): [number, number] {
    const { left, top } = this.node.getBoundingClientRect();
    return [event.clientX - left - area.left, event.clientY - top - area.top];
  }
}

/** Between two places, the smaller first, within 0 and `most`. */
function span(one: number, other: number, most: number): [number, number] {
  const [low, high] = one < other ? [one, other] : [other, one];
  return [Math.max(low, 0), Math.min(high, most)];
}
