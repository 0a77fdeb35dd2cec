// Runs as lines across their params, down to a metric. A stroke along an axis selects the runs that cross it there.
import { h, setAttr, setText, svg } from '../dom.js';
import { formatCount } from '../format.js';
import type { ParallelCoordinatesView, ParallelLine, ParamAxis } from '../types.js';
import { __ } from '../words.js';
import { cut } from './middle_cut.js';

export interface ChartCallbacks {
  /** The user selected runs, by what they drew; null: nothing is drawn any more. */
  onSelect?(runIds: string[] | null): void;
  /** The pointer is on a run, or on none. */
  onHover?(runId: string | null): void;
  onOpen?(runId: string): void;
}

type Span = [number, number];

const SIZE = { width: 640, height: 240, left: 56, right: 62, top: 30, bottom: 12 };
/** Room of a letter of a label. */
const LETTER = 7;
/** Of one in bold. */
const WIDE = 7.5;
/** As those of curves: solid, dashed, dotted, dash and dot. */
const DASHES = [null, '6 4', '2 3', '7 3 2 3'];
/** So many runs are told apart by their own colours; more are coloured by the metric. */
const OWN_COLORS = 8;
const NEAR = 0.02;

export class ParallelCoordinates {
  readonly node: HTMLElement;
  private readonly lines = svg('g', { class: 'jt-pc-lines' });
  private readonly axes = svg('g');
  private readonly picture: SVGElement;
  private readonly caption = h('figcaption', { class: 'jt-muted jt-pc-caption', 'aria-live': 'polite' });
  private view: ParallelCoordinatesView | null = null;
  private brushes = new Map<string, Span>();
  private selected: ReadonlySet<string> | null = null;
  private hovered: string | null = null;

  constructor(private readonly callbacks: ChartCallbacks = {}) {
    this.picture = svg('svg', { class: 'jt-pc', viewBox: `0 0 ${SIZE.width} ${SIZE.height}`, role: 'group' }, this.lines, this.axes);
    this.node = h('figure', { class: 'jt-chart' }, this.picture as unknown as HTMLElement, this.caption);
  }

  /** Shows a view; what was drawn on axes that are still there stays. */
  update(view: ParallelCoordinatesView): void {
    this.view = view;
    const ids = new Set(view.axes.map(axis => axis.id));
    this.brushes = new Map([...this.brushes].filter(([id]) => ids.has(id)));
    setAttr(this.picture, 'aria-label', __('%1 across %2', formatCount(view.lines.length, 'run'), view.axes.map(axis => axis.label).join(', ')));
    this.axes.replaceChildren(...view.axes.map((axis, i) => this.axis(axis, i)));
    this.lines.replaceChildren(...view.lines.map(line => this.line(line)));
    this.mark();
  }

  /** Marks what somebody else selected, without telling them; null for all. */
  setSelection(runIds: readonly string[] | null): void {
    this.selected = runIds === null ? null : new Set(runIds);
    this.mark();
  }

  /** Marks the run that is pointed at elsewhere, without telling them. */
  setHover(runId: string | null): void {
    if (runId !== this.hovered) {
      this.hovered = runId;
      this.mark();
    }
  }

  dispose(): void {
    this.node.remove();
  }

  private x(index: number): number {
    const count = this.view!.axes.length;
    const room = SIZE.width - SIZE.left - SIZE.right;
    return count === 1 ? SIZE.left + room / 2 : SIZE.left + (room * index) / (count - 1);
  }

  private line(line: ParallelLine): SVGElement {
    const path = svg('path', { 'data-run': line.run_id, d: this.path(line), style: `stroke: ${this.color(line)}`, 'stroke-dasharray': this.ownColors ? DASHES[line.dash] : null });
    // A line is thin: what is felt is wider than what is seen.
    const felt = svg('path', {
      class: 'jt-pc-felt', d: this.path(line),
      onpointerenter: () => this.hover(line), onpointerleave: () => this.hover(null), onclick: () => this.callbacks.onOpen?.(line.run_id),
    }, title(line, this.view!.axes));
    return svg('g', {}, path, felt);
  }

  /** A value that is missing leaves a gap. */
  private path(line: ParallelLine): string {
    let open = false;
    return line.positions.map((place, i) => {
      const command = place === null ? '' : `${open ? 'L' : 'M'}${round(this.x(i))},${round(y(place))}`;
      open = place !== null;
      return command;
    }).join('');
  }

  private get ownColors(): boolean {
    return this.view!.metric === null || this.view!.lines.length <= OWN_COLORS;
  }

  private color(line: ParallelLine): string {
    const place = line.positions.at(-1) ?? null;
    if (this.ownColors) {
      return `var(--jt-run-${line.color})`;
    }
    return place === null ? 'var(--jt-fg-muted)' : `color-mix(in oklab, var(--jt-high) ${Math.round(place * 100)}%, var(--jt-low))`;
  }

  private axis(axis: ParamAxis, index: number): SVGElement {
    const x = round(this.x(index));
    const last = index === this.view!.axes.length - 1 && this.view!.metric !== null;
    const label = svg('text', { class: last ? 'jt-pc-label jt-pc-goal' : 'jt-pc-label', x, y: 14, 'text-anchor': 'middle' });
    const edge = Math.min(x, SIZE.width - x);
    write(label, axis.label, Math.min(22, Math.floor((2 * edge) / WIDE), Math.max(5, Math.floor((this.x(1) - this.x(0)) / LETTER) - 2)));
    const marks = axis.ticks.filter(thinned(axis.ticks.length, 8)).map(tick => {
      const text = svg('text', { class: 'jt-pc-tick', x: last ? x + 7 : x - 7, y: round(y(tick.at)) + 3.5, 'text-anchor': last ? 'start' : 'end' });
      write(text, tick.text, 12);
      return text;
    });
    const brush = svg('rect', { class: 'jt-pc-brush', x: x - 7, width: 14, rx: 3 });
    const touch = svg('rect', {
      class: 'jt-pc-touch', x: x - 14, y: SIZE.top - 6, width: 28, height: SIZE.height - SIZE.top - SIZE.bottom + 12, tabindex: 0,
      role: 'slider', 'aria-orientation': 'vertical', 'aria-valuemin': 0, 'aria-valuemax': 1, 'aria-valuenow': 1,
      'aria-label': __('%1: arrow keys select from below, with Shift from above, Escape selects all', axis.label),
      onpointerdown: (event: PointerEvent) => this.startBrush(axis.id, event), onkeydown: (event: KeyboardEvent) => this.onKey(axis.id, event),
    });
    return svg('g', { 'data-axis': axis.id }, svg('line', { class: 'jt-pc-axis', x1: x, x2: x, y1: y(1), y2: y(0) }), label, ...marks, brush, touch);
  }

  private startBrush(id: string, event: PointerEvent): void {
    const target = event.currentTarget as SVGElement;
    const box = this.picture.getBoundingClientRect();
    const at = (moved: PointerEvent): number => clamp(1 - ((moved.clientY - box.top) * (SIZE.height / box.height) - SIZE.top) / (SIZE.height - SIZE.top - SIZE.bottom));
    const start = at(event);
    target.setPointerCapture?.(event.pointerId);
    const move = (moved: PointerEvent): void => {
      const ends = [start, at(moved)].sort((a, b) => a - b) as Span;
      this.brush(id, ends[1] - ends[0] < NEAR ? null : ends);
    };
    const end = (): void => {
      target.removeEventListener('pointermove', move as EventListener);
      target.removeEventListener('pointerup', end);
    };
    this.brush(id, null);
    target.addEventListener('pointermove', move as EventListener);
    target.addEventListener('pointerup', end);
  }

  private onKey(id: string, event: KeyboardEvent): void {
    const by = event.key === 'ArrowUp' ? 0.05 : event.key === 'ArrowDown' ? -0.05 : 0;
    if (by === 0 && event.key !== 'Escape') {
      return;
    }
    event.preventDefault();
    event.stopPropagation();
    const [low, high] = this.brushes.get(id) ?? [0, 1];
    const span: Span = event.shiftKey ? [low, clamp(Math.max(high + by, low))] : [clamp(Math.min(low + by, high)), high];
    this.brush(id, event.key === 'Escape' || (span[0] === 0 && span[1] === 1) ? null : span);
  }

  private brush(id: string, span: Span | null): void {
    if (span === null && !this.brushes.has(id)) {
      return;
    }
    if (span === null) {
      this.brushes.delete(id);
    } else {
      this.brushes.set(id, span);
    }
    const ids = this.brushes.size === 0 ? null : this.crossing();
    this.setSelection(ids);
    this.callbacks.onSelect?.(ids);
  }

  /** The runs that go through every stroke. */
  private crossing(): string[] {
    const { axes, lines } = this.view!;
    const spans = axes.map(axis => this.brushes.get(axis.id) ?? null);
    const inside = (place: number | null, span: Span | null): boolean => span === null || (place !== null && place >= span[0] - 1e-9 && place <= span[1] + 1e-9);
    return lines.filter(line => line.positions.every((place, i) => inside(place, spans[i]))).map(line => line.run_id);
  }

  private hover(line: ParallelLine | null): void {
    this.hovered = line?.run_id ?? null;
    this.callbacks.onHover?.(this.hovered);
    this.mark();
  }

  private mark(): void {
    const view = this.view;
    if (view === null) {
      return;
    }
    for (const path of this.lines.querySelectorAll<SVGElement>('[data-run]')) {
      const id = path.dataset.run!;
      setAttr(path, 'data-off', this.selected !== null && !this.selected.has(id));
      setAttr(path, 'data-on', id === this.hovered);
    }
    for (const group of this.axes.querySelectorAll<SVGElement>('[data-axis]')) {
      const span = this.brushes.get(group.dataset.axis!) ?? null;
      const brush = group.querySelector('.jt-pc-brush')!;
      setAttr(brush, 'y', span === null ? SIZE.top : y(span[1]));
      setAttr(brush, 'height', span === null ? 0 : y(span[0]) - y(span[1]));
    }
    const line = view.lines.find(other => other.run_id === this.hovered);
    const count = this.selected === null ? formatCount(view.lines.length, 'run') : `${this.selected.size} of ${formatCount(view.lines.length, 'run')} selected`;
    setText(this.caption, line === undefined ? count : `${line.name}: ${view.axes.map((axis, i) => `${axis.label} ${line.texts[i] || '–'}`).join(', ')}`);
  }
}

function title(line: ParallelLine, axes: readonly ParamAxis[]): SVGElement {
  const node = svg('title');
  node.textContent = [line.name, ...axes.map((axis, i) => `${axis.label}: ${line.texts[i] || '–'}`)].join('\n');
  return node;
}

function y(place: number): number {
  return SIZE.top + (1 - place) * (SIZE.height - SIZE.top - SIZE.bottom);
}

/** At most some ten marks fit beside each other. */
export function thinned(count: number, fitting = 12): (tick: unknown, index: number) => boolean {
  const every = Math.ceil(count / fitting);
  return (_, index) => index % every === 0;
}

/** Writes as much as fits; the whole is told where the pointer rests. */
export function write(node: SVGElement, text: string, length: number): void {
  const title = svg('title');
  title.textContent = text;
  node.replaceChildren(cut(text, length), ...(Array.from(text).length > length ? [title] : []));
}

export function clamp(value: number): number {
  return Math.min(Math.max(value, 0), 1);
}

export function round(value: number): number {
  return Math.round(value * 10) / 10;
}
