// A series of at most 60 values as inline SVG. Gaps stay gaps.
import { setAttr, svg } from '../dom.js';

const WIDTH = 100;
const HEIGHT = 24;
const PAD = 2.5;

export interface SparkPath {
  /** The line; a lone point between gaps is a line of no length, which round caps draw as a dot. */
  line: string;
  /** The shape between line and bottom. */
  area: string;
  /** The last finite point. */
  last: [number, number] | null;
}

/** SVG path data for a series; empty where fewer than two values are finite. */
export function sparkPath(values: readonly (number | null)[]): SparkPath {
  const finite = values.filter((v): v is number => v !== null && Number.isFinite(v));
  if (finite.length < 2) {
    return { line: '', area: '', last: null };
  }
  const low = Math.min(...finite);
  const span = Math.max(...finite) - low;
  const point = (v: number, i: number): [number, number] => [
    round(PAD + (i / (values.length - 1)) * (WIDTH - 2 * PAD)),
    round(span === 0 ? HEIGHT / 2 : HEIGHT - PAD - ((v - low) / span) * (HEIGHT - 2 * PAD)),
  ];
  const pieces = segments(values).map(piece => piece.map(([v, i]) => point(v, i)));
  const line = pieces.map(points => 'M' + (points.length === 1 ? [points[0], points[0]] : points).join('L')).join('');
  const area = pieces.filter(points => points.length > 1).map(closed).join('');
  return { line, area, last: pieces.at(-1)!.at(-1)! };
}

/** Runs of finite values, each with its index. */
function segments(values: readonly (number | null)[]): [number, number][][] {
  const out: [number, number][][] = [];
  let open: [number, number][] | null = null;
  values.forEach((value, i) => {
    if (value === null || !Number.isFinite(value)) {
      open = null;
    } else if (open === null) {
      open = [[value, i]];
      out.push(open);
    } else {
      open.push([value, i]);
    }
  });
  return out;
}

function closed(points: [number, number][]): string {
  return `M${points[0][0]},${HEIGHT}L${points.join('L')}L${points.at(-1)![0]},${HEIGHT}Z`;
}

function round(x: number): number {
  return Math.round(x * 100) / 100;
}

export class Sparkline {
  readonly node = svg('svg', {
    class: 'jt-spark',
    viewBox: `0 0 ${WIDTH} ${HEIGHT}`,
    preserveAspectRatio: 'none',
    role: 'img',
  });
  private readonly area = svg('path', { class: 'jt-spark-area' });
  private readonly line = svg('path', { class: 'jt-spark-line' });
  // A line of no length: a circle would be stretched with the picture, a round cap is not.
  private readonly end = svg('path', { class: 'jt-spark-end' });

  constructor() {
    this.node.append(this.area, this.line, this.end);
  }

  /** @param label What screen readers say in place of the picture. */
  update(values: readonly (number | null)[], label: string): void {
    const { line, area, last } = sparkPath(values);
    setAttr(this.node, 'class', line === '' ? 'jt-spark jt-spark-none' : 'jt-spark');
    setAttr(this.node, 'aria-label', label);
    setAttr(this.area, 'd', area);
    setAttr(this.line, 'd', line);
    setAttr(this.end, 'd', last === null ? '' : `M${last}L${last}`);
  }
}
