import { readFileSync } from 'node:fs';
import { beforeEach, describe, expect, test } from 'vitest';
import { cut, LONG, nameNode, setName } from '../src/components/middle_cut.js';
import { ParallelCoordinates } from '../src/components/parallel_coordinates.js';
import { Scatter } from '../src/components/scatter.js';
import type { ParallelCoordinatesView, ScatterView } from '../src/types.js';

const golden = <T>(name: string): T => JSON.parse(readFileSync(`../tests/golden/views/${name}.json`, 'utf8')) as T;
let selections: (string[] | null)[];
let hovers: (string | null)[];
let opened: string[];
const callbacks = {
  onSelect: (ids: string[] | null): void => void selections.push(ids),
  onHover: (id: string | null): void => void hovers.push(id),
  onOpen: (id: string): void => void opened.push(id),
};

beforeEach(() => {
  [selections, hovers, opened] = [[], [], []];
});

const off = (node: HTMLElement): string[] => [...node.querySelectorAll<HTMLElement>('[data-off]')].map(path => path.dataset.run!);
/** jsdom does not lay out: the picture is as large as its view box. */
function laidOut(node: HTMLElement, width: number, height: number): HTMLElement {
  node.querySelector('svg')!.getBoundingClientRect = () => ({ left: 0, top: 0, width, height }) as DOMRect;
  return node;
}
function drag(target: Element, from: [number, number], to: [number, number]): void {
  const send = (type: string, [clientX, clientY]: [number, number]): void => void target.dispatchEvent(new MouseEvent(type, { clientX, clientY, bubbles: true }));
  send('pointerdown', from);
  send('pointermove', to);
  send('pointerup', to);
}

describe('parallel coordinates', () => {
  const view = golden<ParallelCoordinatesView>('parallel_coordinates');
  let chart: ParallelCoordinates;
  beforeEach(() => {
    chart = new ParallelCoordinates(callbacks);
    chart.update(view);
    laidOut(chart.node, 900, 280);
  });

  test('an axis for each param and the metric, a line for each run, gaps where a value is missing', () => {
    expect([...chart.node.querySelectorAll('.jt-pc-label')].map(node => node.textContent)).toEqual(['depth', 'lr', 'model', 'f1']);
    const paths = [...chart.node.querySelectorAll('[data-run]')].map(path => path.getAttribute('d')!);
    expect(paths).toHaveLength(3);
    expect(paths[0].match(/M/g)).toHaveLength(2);
    expect(chart.node.querySelector('svg')!.getAttribute('aria-label')).toBe('3 runs across depth, lr, model, f1');
  });

  test('a stroke along an axis selects who crosses it; a second one narrows', () => {
    const touch = chart.node.querySelectorAll('.jt-pc-touch');
    drag(touch[3], [0, 0], [0, 100]);
    expect(selections.at(-1)).toEqual(['<forest>']);
    expect(off(chart.node)).toEqual(['<failed>', '<running>']);
    drag(touch[2], [0, 200], [0, 270]);
    expect(selections.at(-1)).toEqual([]);
    drag(touch[2], [0, 200], [0, 200]);
    expect(selections.at(-1)).toEqual(['<forest>']);
    drag(touch[3], [0, 50], [0, 50]);
    expect(selections.at(-1)).toBeNull();
    expect(off(chart.node)).toEqual([]);
  });

  test('keys draw too', () => {
    const touch = chart.node.querySelectorAll('.jt-pc-touch')[3];
    const press = (key: string): void => void touch.dispatchEvent(new KeyboardEvent('keydown', { key }));
    press('ArrowUp');
    expect(selections.at(-1)).toEqual(['<forest>']);
    press('Escape');
    expect(selections.at(-1)).toBeNull();
  });

  test('what is pointed at is said; a click opens it', () => {
    const felt = chart.node.querySelector('.jt-pc-felt')!;
    felt.dispatchEvent(new Event('pointerenter'));
    expect(hovers).toEqual(['<forest>']);
    expect(chart.node.querySelector('figcaption')!.textContent).toBe('rf-baseline: depth 8, lr –, model rf, f1 0.95');
    felt.dispatchEvent(new MouseEvent('click'));
    expect(opened).toEqual(['<forest>']);
  });

  test('a selection from elsewhere is shown and not told back; strokes outlive an update', () => {
    chart.setSelection(['<failed>']);
    expect(off(chart.node)).toEqual(['<forest>', '<running>']);
    expect(selections).toEqual([]);
    drag(chart.node.querySelectorAll('.jt-pc-touch')[3], [0, 0], [0, 100]);
    chart.update(view);
    expect(Number(chart.node.querySelectorAll('.jt-pc-brush')[3].getAttribute('height'))).toBeGreaterThan(0);
  });

  test('many runs are coloured by the metric', () => {
    const many = { ...view, lines: Array.from({ length: 9 }, (_, i) => ({ ...view.lines[0], run_id: `r${i}`, positions: [0, 0, 0, i / 8] })) };
    chart.update(many);
    expect(chart.node.querySelectorAll('[data-run]')[8].getAttribute('style')).toContain('color-mix');
    expect(chart.node.querySelector('[stroke-dasharray]')).toBeNull();
  });

  test('runs that share a colour are dashed apart', () => {
    chart.update({ ...view, lines: [0, 1, 2, 3].map(dash => ({ ...view.lines[0], run_id: `r${dash}`, dash })) });
    const dashes = [...chart.node.querySelectorAll('[data-run]')].map(path => path.getAttribute('stroke-dasharray'));
    expect(dashes[0]).toBeNull();
    expect(new Set(dashes).size).toBe(4);
  });

  test('a long label keeps its end, and is whole where the pointer rests', () => {
    chart.update({ ...view, axes: view.axes.map((axis, i) => (i === 0 ? { ...axis, label: 'optimizer.param_groups.first.learning_rate' } : axis)) });
    const label = chart.node.querySelector('.jt-pc-label')!;
    expect(label.firstChild!.textContent).toMatch(/^optim.*….*_rate$/);
    expect(label.querySelector('title')!.textContent).toBe('optimizer.param_groups.first.learning_rate');
  });
});

describe('scatter', () => {
  const view = golden<ScatterView>('scatter');
  let chart: Scatter;
  beforeEach(() => {
    chart = new Scatter(callbacks);
    chart.update(view);
    laidOut(chart.node, 440, 280);
  });

  test('a point for each run that has both values', () => {
    expect([...chart.node.querySelectorAll('[data-run]')].map(node => node.getAttribute('aria-label'))).toEqual([
      'rf-baseline: model rf, f1 0.95', expect.stringMatching(/^long: model nn, f1 /),
    ]);
    expect(chart.node.querySelector('figcaption')!.textContent).toBe('2 runs, 1 without both values');
  });

  test('a box selects; a click beside it selects all again', () => {
    const ground = chart.node.querySelector('.jt-scatter-ground')!;
    drag(ground, [430, 5], [300, 60]);
    expect(selections.at(-1)).toEqual(['<forest>']);
    expect(off(chart.node)).toEqual(['<running>']);
    drag(ground, [100, 100], [100, 100]);
    expect(selections.at(-1)).toBeNull();
  });

  test('keys select and open', () => {
    const [first] = chart.node.querySelectorAll('[data-run]');
    const press = (key: string): void => void first.dispatchEvent(new KeyboardEvent('keydown', { key, bubbles: true }));
    press(' ');
    expect(selections.at(-1)).toEqual(['<forest>']);
    press('Enter');
    expect(opened).toEqual(['<forest>']);
    press(' ');
    expect(selections.at(-1)).toBeNull();
  });

  test('runs that share a colour have marks of their own', () => {
    chart.update({ ...view, points: [0, 1, 2, 3].map(dash => ({ ...view.points[0], run_id: `r${dash}`, dash })) });
    const marks = [...chart.node.querySelectorAll('[data-run]')];
    expect(marks.map(mark => mark.getAttribute('data-mark'))).toEqual(['0', '1', '2', '3']);
    expect(new Set(marks.map(mark => mark.getAttribute('d'))).size).toBe(2);
  });

  test('names are text', () => {
    chart.update({ ...view, points: [{ ...view.points[0], name: '<img src=x>' }] });
    expect(chart.node.querySelector('img')).toBeNull();
  });
});

describe('names without room', () => {
  test('the middle is cut, in a picture by letters', () => {
    expect(cut('short', 5)).toBe('short');
    expect(cut('search-lr=0.001-seed=17', 12)).toBe('search…ed=17');
    expect(cut('𝛼𝛽𝛾𝛿𝜀', 4)).toBe('𝛼𝛽…𝜀');
  });

  test('in a box by its style: the end is apart, the text is whole and in one piece', () => {
    const node = nameNode('jt-legend-name', 'search-lr=0.001-seed=<17>');
    expect([node.dataset.start, node.dataset.end]).toEqual(['search-lr=0.001', '-seed=<17>']);
    expect(node.textContent).toBe('search-lr=0.001-seed=<17>');
    expect(node.firstElementChild!.childNodes).toHaveLength(1);
    setName(node, 'short');
    expect([node.innerHTML, node.className, node.dir]).toEqual(['short', 'jt-legend-name', 'auto']);
    expect([node.dataset.start, node.dataset.end]).toEqual([undefined, undefined]);
    setName(node, 'mlp-32x32x32-adam');
    expect([node.dataset.start, node.dataset.end, node.className]).toEqual(['mlp-32x3', '2x32-adam', 'jt-legend-name jt-middle']);
    expect(nameNode('', 'mlp-32x32x32-adam', LONG).innerHTML).toBe('mlp-32x32x32-adam');
  });
});
