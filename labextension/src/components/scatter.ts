// Runs as points between two axes. A box drawn around some selects them.
import { h, setAttr, setText, svg } from '../dom.js';
import { formatCount } from '../format.js';
import type { ParamAxis, ScatterPoint, ScatterView } from '../types.js';
import { __ } from '../words.js';
import { ChartCallbacks, clamp, round, thinned, write } from './parallel_coordinates.js';

const SIZE = { width: 360, height: 240, left: 58, right: 12, top: 10, bottom: 40 };
/** Points at the ends of an axis are not cut by its frame. */
const INSET = 9;
const DISC = 'M-4.5,0a4.5,4.5 0 1,0 9,0a4.5,4.5 0 1,0 -9,0Z';
const SQUARE = 'M-4,-4h8v8h-8Z';
/** Of runs that share a colour, where a line would be solid, dashed, dotted, dash and dot; every second one is hollow. */
const MARKS = [DISC, DISC, SQUARE, SQUARE];
/** A smaller box is a click. */
const SMALLEST = 0.01;

export class Scatter {
  readonly node: HTMLElement;
  private readonly frame = svg('g');
  private readonly points = svg('g', { class: 'jt-scatter-points' });
  private readonly box = svg('rect', { class: 'jt-scatter-box' });
  private readonly ground = svg('rect', {
    class: 'jt-scatter-ground', x: SIZE.left, y: SIZE.top, width: SIZE.width - SIZE.left - SIZE.right, height: SIZE.height - SIZE.top - SIZE.bottom,
    onpointerdown: (event: PointerEvent) => this.startBox(event),
  });
  private readonly picture: SVGElement;
  private readonly caption = h('figcaption', { class: 'jt-muted jt-pc-caption', 'aria-live': 'polite' });
  private view: ScatterView | null = null;
  private selected: ReadonlySet<string> | null = null;
  private hovered: ScatterPoint | null = null;

  constructor(private readonly callbacks: ChartCallbacks = {}) {
    this.picture = svg('svg', { class: 'jt-scatter', viewBox: `0 0 ${SIZE.width} ${SIZE.height}`, role: 'group', onkeydown: (event: KeyboardEvent) => this.onKey(event) },
      this.ground, this.frame, this.box, this.points);
    this.node = h('figure', { class: 'jt-chart' }, this.picture as unknown as HTMLElement, this.caption);
  }

  update(view: ScatterView): void {
    this.view = view;
    setAttr(this.picture, 'aria-label', __('%1: %2 by %3', formatCount(view.points.length, 'run'), view.y.label, view.x.label));
    this.frame.replaceChildren(...across(view.x), ...up(view.y));
    this.points.replaceChildren(...view.points.map(point => this.point(point)));
    this.mark();
  }

  /** Marks what somebody else selected, without telling them; null for all. */
  setSelection(runIds: readonly string[] | null): void {
    this.selected = runIds === null ? null : new Set(runIds);
    this.mark();
  }

  /** Marks the run that is pointed at elsewhere, without telling them. */
  setHover(runId: string | null): void {
    if (runId !== (this.hovered?.run_id ?? null)) {
      this.hovered = this.view?.points.find(point => point.run_id === runId) ?? null;
      this.mark();
    }
  }

  dispose(): void {
    this.node.remove();
  }

  private point(point: ScatterPoint): SVGElement {
    const words = `${point.name}: ${this.view!.x.label} ${point.x_text}, ${this.view!.y.label} ${point.y_text}`;
    const title = svg('title');
    title.textContent = words;
    return svg('path', {
      'data-run': point.run_id, 'data-mark': point.dash, d: MARKS[point.dash], transform: `translate(${round(px(point.x))} ${round(py(point.y))})`,
      style: `--jt-run: var(--jt-run-${point.color})`,
      tabindex: 0, role: 'button', 'aria-label': words,
      onpointerenter: () => this.hover(point), onpointerleave: () => this.hover(null), onfocus: () => this.hover(point), onblur: () => this.hover(null),
      onclick: () => this.callbacks.onOpen?.(point.run_id),
    }, title);
  }

  private startBox(event: PointerEvent): void {
    const rect = this.picture.getBoundingClientRect();
    const at = (moved: PointerEvent): [number, number] => [
      clamp(((moved.clientX - rect.left) * (SIZE.width / rect.width) - px(0)) / (px(1) - px(0))),
      clamp(((moved.clientY - rect.top) * (SIZE.height / rect.height) - py(0)) / (py(1) - py(0))),
    ];
    const start = at(event);
    this.ground.setPointerCapture?.(event.pointerId);
    const move = (moved: PointerEvent): void => this.select(start, at(moved));
    const end = (): void => {
      this.ground.removeEventListener('pointermove', move as EventListener);
      this.ground.removeEventListener('pointerup', end);
    };
    this.clear();
    this.ground.addEventListener('pointermove', move as EventListener);
    this.ground.addEventListener('pointerup', end);
  }

  private select(a: readonly [number, number], b: readonly [number, number]): void {
    const [left, right] = [Math.min(a[0], b[0]), Math.max(a[0], b[0])];
    const [low, high] = [Math.min(a[1], b[1]), Math.max(a[1], b[1])];
    if (right - left < SMALLEST && high - low < SMALLEST) {
      return;
    }
    for (const [name, value] of Object.entries({ x: px(left), y: py(high), width: px(right) - px(left), height: py(low) - py(high) })) {
      setAttr(this.box, name, round(value));
    }
    const inside = (place: number, from: number, to: number): boolean => place >= from && place <= to;
    const ids = this.view!.points.filter(point => inside(point.x, left, right) && inside(point.y, low, high)).map(point => point.run_id);
    this.setSelection(ids);
    this.callbacks.onSelect?.(ids);
  }

  private clear(): void {
    setAttr(this.box, 'width', 0);
    if (this.selected !== null) {
      this.setSelection(null);
      this.callbacks.onSelect?.(null);
    }
  }

  /** Enter opens and Space selects the run that has the focus; Escape selects all again. */
  private onKey(event: KeyboardEvent): void {
    const id = (event.target as SVGElement).dataset.run;
    if (event.key === 'Escape') {
      this.clear();
    } else if (event.key === 'Enter' && id !== undefined) {
      this.callbacks.onOpen?.(id);
    } else if (event.key === ' ' && id !== undefined) {
      const before = [...(this.selected ?? [])];
      const ids = before.includes(id) ? before.filter(other => other !== id) : [...before, id];
      this.setSelection(ids.length === 0 ? null : ids);
      this.callbacks.onSelect?.(ids.length === 0 ? null : ids);
    } else {
      return;
    }
    event.preventDefault();
    event.stopPropagation();
  }

  private hover(point: ScatterPoint | null): void {
    this.hovered = point;
    this.callbacks.onHover?.(point?.run_id ?? null);
    this.mark();
  }

  private mark(): void {
    const view = this.view;
    if (view === null) {
      return;
    }
    for (const mark of this.points.querySelectorAll<SVGElement>('[data-run]')) {
      setAttr(mark, 'data-off', this.selected !== null && !this.selected.has(mark.dataset.run!));
      setAttr(mark, 'data-on', mark.dataset.run === this.hovered?.run_id);
    }
    const count = this.selected === null ? formatCount(view.points.length, 'run') : `${this.selected.size} of ${formatCount(view.points.length, 'run')} selected`;
    const rest = view.left_out > 0 ? `, ${view.left_out} without both values` : '';
    const one = this.hovered;
    setText(this.caption, one === null ? count + rest : `${one.name}: ${view.x.label} ${one.x_text}, ${view.y.label} ${one.y_text}`);
  }
}

function px(place: number): number {
  return SIZE.left + INSET + place * (SIZE.width - SIZE.left - SIZE.right - 2 * INSET);
}

function py(place: number): number {
  return SIZE.height - SIZE.bottom - INSET - place * (SIZE.height - SIZE.top - SIZE.bottom - 2 * INSET);
}

function across(axis: ParamAxis): SVGElement[] {
  const ticks = axis.ticks.filter(thinned(axis.ticks.length, 6)).map(tick =>
    text('jt-pc-tick', tick.text, 10, { x: round(px(tick.at)), y: SIZE.height - SIZE.bottom + 16, 'text-anchor': 'middle' }));
  return [...ticks, text('jt-pc-label', axis.label, 40, { x: px(0.5), y: SIZE.height - 6, 'text-anchor': 'middle' })];
}

function up(axis: ParamAxis): SVGElement[] {
  return axis.ticks.filter(thinned(axis.ticks.length, 8)).flatMap(tick => [
    svg('line', { class: 'jt-scatter-grid', x1: SIZE.left, x2: SIZE.width - SIZE.right, y1: round(py(tick.at)), y2: round(py(tick.at)) }),
    text('jt-pc-tick', tick.text, 9, { x: SIZE.left - 7, y: round(py(tick.at)) + 3.5, 'text-anchor': 'end' }),
  ]).concat(text('jt-pc-label', axis.label, 30, { x: 11, y: py(0.5), 'text-anchor': 'middle', transform: `rotate(-90 11 ${round(py(0.5))})` }));
}

function text(className: string, content: string, length: number, attrs: Record<string, string | number>): SVGElement {
  const node = svg('text', { class: className, ...attrs });
  write(node, content, length);
  return node;
}
