import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { MetricCurves } from '../src/components/metric_curves.js';
import { curvesCsv, curvesSvg } from '../src/curve_export.js';
import { decodeCurve } from '../src/curve_data.js';
import { DEFAULT_CURVES } from '../src/payload.js';
import { RequestError } from '../src/client.js';
import type { MetricCurvesView } from '../src/types.js';
import { COLORS, curve, curvesView, floats, line } from './curves.js';
import { FakeClient, fakeClient, fakePlotly, settle } from './views.js';

let curves: MetricCurves;
let plotly: ReturnType<typeof fakePlotly>;
const changes: object[] = [];

beforeEach(() => {
  delete (globalThis as any)[Symbol.for('jupyter-tracker.plotly')];
  changes.length = 0;
  plotly = fakePlotly();
  // jsdom does not lay out: every element is as wide as a plot.
  vi.spyOn(HTMLElement.prototype, 'clientWidth', 'get').mockReturnValue(500);
  vi.spyOn(HTMLElement.prototype, 'clientHeight', 'get').mockReturnValue(200);
  vi.stubGlobal('requestAnimationFrame', (call: () => void) => (queueMicrotask(call), 1));
});
afterEach(() => {
  curves?.dispose();
  vi.unstubAllGlobals();
});

/** What a server answers: the view in the form asked for, or that nothing changed. */
function server(view: () => MetricCurvesView): FakeClient {
  return fakeClient((_, query) => {
    const found = view();
    if (query.token === found.token) {
      return { token: found.token, unchanged: true };
    }
    return {
      ...found, x: query.x, smoothing: query.smoothing ?? 0, log_x: query.log_x === 'true', group_by: query.group_by ?? null,
      window: query.x_min === null ? null : [query.x_min, query.x_max], token: query.x_min === null ? found.token : `${found.token}-part`,
    };
  });
}

async function open(client: FakeClient, options = {}, filter = 'f'): Promise<MetricCurves> {
  curves = new MetricCurves({
    client, plotly: plotly.load, query: { store_id: 's1', experiment_ids: ['1'], filter, options: { ...DEFAULT_CURVES, ...options } },
    onChange: change => changes.push(change),
  });
  document.body.append(curves.node);
  await curves.load().catch(() => undefined);
  await settle();
  return curves;
}
const button = (name: string): HTMLButtonElement => [...curves.node.querySelectorAll('button')].find(node => node.textContent?.includes(name))!;
const titles = (): string[] => [...curves.node.querySelectorAll('.jt-plot-title')].map(node => node.textContent!);
const lastDrawn = (key: string): any => plotly.drawn.filter(({ node }) => node.closest('figure')!.querySelector('.jt-plot-title')!.textContent === key).at(-1);

describe('what is asked', () => {
  test('by experiment and filter, or by run ids', async () => {
    const client = server(curvesView);
    await open(client);
    expect(client.asked[0]).toMatchObject({ path: '/views/metric-curves', query: { store: 's1', experiment_ids: '1', filter: 'f', limit: 20, run_ids: null, points: 500, token: null } });
    curves.dispose();
    await open(client, { run_ids: ['a', 'b'], metrics: ['f1', 'loss'] });
    expect(client.asked.at(-1)!.query).toMatchObject({ run_ids: 'a,b', experiment_ids: null, filter: null, limit: null, metrics: 'f1,loss' });
  });

  test('again with the token; what has not changed is not decoded or drawn anew', async () => {
    const client = server(curvesView);
    await open(client);
    await curves.load();
    expect(client.asked.at(-1)!.query.token).toBe('t1');
    expect(titles()).toEqual(['f1', 'loss']);
  });

  test('one request at a time: of many wishes the last is asked', async () => {
    const client = server(curvesView);
    await open(client);
    const before = client.asked.length;
    const slider = curves.node.querySelector<HTMLInputElement>('input[type=range]')!;
    for (const value of ['0.1', '0.2', '0.3', '0.9']) {
      slider.value = value;
      slider.dispatchEvent(new Event('input'));
    }
    await settle();
    expect(client.asked.slice(before).map(({ query }) => query.smoothing)).toEqual([0.1, 0.9]);
    expect(changes.at(-1)).toEqual({ smoothing: 0.9 });
  });
});

describe('what is drawn', () => {
  test('a plot a metric, the library loaded once', async () => {
    await open(server(curvesView));
    expect(titles()).toEqual(['f1', 'loss']);
    expect(lastDrawn('f1').data).toHaveLength(2);
    const other = new MetricCurves({ client: server(curvesView), plotly: plotly.load, query: { store_id: 's1', experiment_ids: [], filter: '', options: DEFAULT_CURVES } });
    await settle();
    expect(plotly.loads).toBe(1);
    other.dispose();
  });

  test('what has not changed is not drawn again, whoever asks', async () => {
    await open(server(curvesView));
    const before = plotly.drawn.length;
    await curves.load();
    await settle();
    expect(plotly.drawn.length).toBe(before);
    curves.setState({ hidden: ['b'] });
    await settle();
    expect(plotly.drawn.length).toBe(before + 1); // b has no loss
  });

  test('of many curves each has fewer points', async () => {
    const many = Array.from({ length: 20 }, (_, i) => String(i));
    const client = server(() => curvesView({ lines: many.map(id => line(id)), panels: [{ key: 'f1', curves: many.map(id => curve(id, [0, 1], [1, 2])) }] }));
    await open(client);
    expect(client.asked.at(-1)!.query.points).toBe(500);
    await curves.load();
    expect(client.asked.at(-1)!.query.points).toBe(300);
  });

  test('a plot stays the same node while its data move', async () => {
    let view = curvesView();
    await open(server(() => view));
    const node = curves.node.querySelector('.jt-plot');
    view = curvesView({ token: 't2', panels: [{ key: 'f1', curves: [curve('a', [0, 1, 2, 3], [1, 2, 3, 4])] }] });
    await curves.load();
    await settle();
    expect(curves.node.querySelector('.jt-plot')).toBe(node);
    expect(titles()).toEqual(['f1']);
    expect(lastDrawn('f1').data).toHaveLength(1);
  });

  test('a hidden run is not drawn, is said to Python, and comes back', async () => {
    await open(server(curvesView));
    const before = plotly.drawn.length;
    button('run b').click();
    expect(changes).toEqual([{ hidden: ['b'] }]);
    expect(button('run b').getAttribute('aria-pressed')).toBe('false');
    await settle();
    expect(lastDrawn('f1').data).toHaveLength(1);
    expect(plotly.drawn.length).toBeGreaterThan(before);
    button('run b').click();
    expect(changes.at(-1)).toEqual({ hidden: [] });
    button('run a').dispatchEvent(new MouseEvent('click', { altKey: true }));
    expect(changes.at(-1)).toEqual({ hidden: ['b'] });
    button('run a').dispatchEvent(new MouseEvent('click', { altKey: true }));
    expect(changes.at(-1)).toEqual({ hidden: [] });
  });

  test('a long name is read as it is written, with how many runs', async () => {
    const label = 'random forest with 200 trees';
    await open(server(() => curvesView({ lines: [line('a', { label }), line('b', { label: 'b', run_ids: ['b', 'c'] })] })));
    expect([...curves.node.querySelectorAll('.jt-legend-run')].map(node => node.getAttribute('aria-label'))).toEqual([label, 'b 2 runs']);
  });

  test('NaN is told in the head of its plot', async () => {
    await open(server(curvesView));
    expect(curves.node.querySelectorAll('.jt-plot-warning')[1].textContent).toBe('NaN or ∞ in run a, from step 1');
  });

  test('the chart in words, and the numbers as a table', async () => {
    await open(server(curvesView));
    const area = curves.node.querySelector('.jt-plot-area')!;
    expect(area.getAttribute('role')).toBe('slider');
    expect(area.getAttribute('aria-label')).toBe('f1: 2 lines, latest run a 0.9 at step 2, run b 0.4 at step 2');
    const details = curves.node.querySelector('details')!;
    details.open = true;
    details.dispatchEvent(new Event('toggle'));
    const rows = [...details.querySelectorAll('tbody tr')].map(row => [...row.children].map(cell => cell.textContent));
    expect(rows[0]).toEqual(['f1', 'run a', '0.9', 'step 2', '0.1', '0.9', '3', '']);
    expect(rows[2].at(-1)).toBe('1');
  });

  test('names are text', async () => {
    await open(server(() => curvesView({ lines: [line('a', { label: '<img src=x onerror=alert(1)>' })], panels: [{ key: '<b>x</b>', curves: [curve('a', [0, 1], [1, 2])] }] })));
    expect(curves.node.querySelector('img, b')).toBeNull();
    expect(titles()).toEqual(['<b>x</b>']);
  });
});

describe('keys', () => {
  const press = (key: string): void => void curves.node.querySelector('.jt-plot-area')!.dispatchEvent(new KeyboardEvent('keydown', { key, bubbles: true }));
  const said = (): string => curves.node.querySelector('.jt-plot-area')!.getAttribute('aria-valuetext')!;

  test('walk over the points of all runs, and say them', async () => {
    await open(server(curvesView));
    press('Home');
    expect(said()).toBe('step 0: run b 0.2, run a 0.1');
    press('ArrowRight');
    expect(said()).toBe('step 1: run a 0.5, run b 0.3');
    press('End');
    expect(said()).toContain('step 2');
    expect(curves.node.querySelector<HTMLElement>('.jt-tip')!.hidden).toBe(false);
    press('Escape');
    expect(curves.node.querySelector<HTMLElement>('.jt-tip')!.hidden).toBe(true);
  });

  test('zoom, which samples anew, and out again', async () => {
    const client = server(curvesView);
    await open(client);
    press('Home');
    press('+');
    await settle();
    expect(changes.at(-1)).toEqual({ zoom: [0, 1] });
    expect(client.asked.some(({ query }) => query.x_min === 0 && query.x_max === 1)).toBe(true);
    expect(lastDrawn('f1').layout.xaxis.range).toEqual([0, 1]);
    button('Reset zoom').click();
    expect(changes.at(-1)).toEqual({ zoom: null });
    await settle();
    expect(lastDrawn('f1').layout.xaxis.range).toEqual([0, 2]);
  });
});

describe('a box drawn with the mouse', () => {
  // Margins are 52 px at the left, 12 at the right, 8 above and 28 below: curves are drawn in 436 x 164 px.
  const draw = (...ends: [number, number][]): void => ends.forEach(([x, y], i) => {
    const type = i === 0 ? 'mousedown' : i === ends.length - 1 ? 'mouseup' : 'mousemove';
    curves.node.querySelector('.jt-plot-chart')!.dispatchEvent(new MouseEvent(type, { bubbles: true, buttons: 1, clientX: 52 + x, clientY: 8 + y }));
  });

  test('is zoomed into, along the axis or in both directions; a double click shows all again', async () => {
    const client = server(curvesView);
    await open(client);
    const whole = lastDrawn('f1').layout.yaxis.range;
    const before = plotly.drawn.length;
    draw([0, 80], [100, 82], [218, 82], [218, 82]);
    await settle();
    expect(changes).toEqual([{ zoom: [0, 1] }]);
    expect(client.asked.filter(({ query }) => query.x_min === 0 && query.x_max === 1)).toHaveLength(1);
    expect(plotly.drawn.slice(before).filter(({ node }) => node === lastDrawn('f1').node)).toHaveLength(1);
    const [low, high] = lastDrawn('f1').layout.yaxis.range;
    draw([109, 41], [327, 123], [327, 123]);
    await settle();
    expect(changes.at(-1)).toEqual({ zoom: [0.25, 0.75] });
    expect(lastDrawn('f1').layout.yaxis.range).toEqual([low + (high - low) * 0.25, low + (high - low) * 0.75]);
    curves.node.querySelector('.jt-plot-area')!.dispatchEvent(new MouseEvent('dblclick', { bubbles: true }));
    await settle();
    expect(changes.at(-1)).toEqual({ zoom: null });
    expect(lastDrawn('f1').layout.yaxis.range).toEqual(whole);
  });

  test('upright, it changes the height alone, of one plot', async () => {
    await open(server(curvesView));
    const [low, high] = lastDrawn('f1').layout.yaxis.range;
    const other = lastDrawn('loss').layout.yaxis.range;
    draw([109, 82], [110, 164], [110, 164]);
    await settle();
    expect(changes).toEqual([]);
    expect(lastDrawn('f1').layout.yaxis.range).toEqual([low, low + (high - low) * 0.5]);
    expect(lastDrawn('loss').layout.yaxis.range).toEqual(other);
  });
});

describe('a drag that plotly answers', () => {
  const box = (from: number, to: number): object => ({ 'xaxis.range[0]': from, 'xaxis.range[1]': to });
  const parts = (client: FakeClient): number => client.asked.filter(({ query }) => query.x_min !== null).length;
  const release = (): void => void curves.node.dispatchEvent(new MouseEvent('mouseup', { bubbles: true }));

  test('is asked for when the button is let go, before plotly has drawn it, and once', async () => {
    const client = server(curvesView);
    await open(client);
    plotly.emit('plotly_relayouting', box(0, 1.5));
    plotly.emit('plotly_relayouting', box(0, 1));
    expect(parts(client)).toBe(0);
    release();
    expect(changes).toEqual([{ zoom: [0, 1] }]);
    plotly.emit('plotly_relayout', box(0, 1));
    await settle();
    expect(changes).toHaveLength(1);
    expect(parts(client)).toBe(1);
    plotly.emit('plotly_relayout', box(0.5, 1)); // by a finger, which lets go of no mouse
    expect(changes.at(-1)).toEqual({ zoom: [0.5, 1] });
  });

  test('that became nothing changes nothing', async () => {
    const client = server(curvesView);
    await open(client);
    plotly.emit('plotly_relayouting', box(0, 1));
    plotly.emit('plotly_relayouting', {});
    release();
    release();
    await settle();
    expect(changes).toEqual([]);
  });

  test('is drawn once, with its own points, where these come soon', async () => {
    let view = curvesView();
    await open(server(() => view));
    const before = plotly.drawn.length;
    view = curvesView({ panels: [{ key: 'f1', curves: [curve('a', [0, 0.5, 1], [5, 6, 7])] }, { key: 'loss', curves: [] }] });
    curves.setState({ zoom: [0, 1] });
    await settle();
    expect(plotly.drawn.slice(before).map(({ data }) => [...(data[0].y as number[])])[0]).toEqual([5, 6, 7]);
  });

  test('is drawn with the points on hand where the answer is late', async () => {
    const slow: FakeClient = fakeClient((_, query) => (query.x_min === null ? curvesView() : new Promise(() => undefined)));
    await open(slow);
    const before = plotly.drawn.length;
    vi.useFakeTimers();
    curves.setState({ zoom: [0, 1] });
    await vi.advanceTimersByTimeAsync(100);
    expect(plotly.drawn.length).toBe(before);
    await vi.advanceTimersByTimeAsync(50);
    expect(plotly.drawn.length).toBeGreaterThan(before);
    expect(lastDrawn('f1').layout.xaxis.range).toEqual([0, 1]);
    vi.useRealTimers();
  });
});

describe('options', () => {
  test('another axis forgets the zoom', async () => {
    await open(server(curvesView));
    curves.setState({ zoom: [0, 1] });
    await settle();
    button('Elapsed').click();
    expect(changes.at(-1)).toEqual({ x: 'relative', zoom: null });
  });

  test('what Python sets is shown, and not told back', async () => {
    const client = server(curvesView);
    await open(client);
    curves.setState({ smoothing: 0.5, log_y: true, hidden: ['a'], group_by: 'params.lr' });
    await settle();
    expect(changes).toEqual([]);
    expect(client.asked.at(-1)!.query).toMatchObject({ smoothing: 0.5, group_by: 'params.lr' });
    expect(button('log y').getAttribute('aria-pressed')).toBe('true');
    expect(curves.node.querySelector('select')!.value).toBe('params.lr');
    expect(lastDrawn('f1').layout.yaxis.type).toBe('log');
  });

  test('metrics are chosen in a popover', async () => {
    const client = server(curvesView);
    await open(client);
    button('Metrics').click();
    const boxes = [...curves.node.querySelectorAll<HTMLInputElement>('.jt-chooser-row input')];
    expect(boxes.map(box => box.checked)).toEqual([true, true, false]);
    boxes[2].click();
    expect(changes.at(-1)).toEqual({ metrics: ['f1', 'loss', 'auc'] });
    await settle();
    expect(client.asked.at(-1)!.query.metrics).toBe('f1,loss,auc');
  });
});

describe('when there is nothing to draw', () => {
  test.each([
    [{ lines: [], panels: [], keys: [] }, 'No runs yet'],
    [{ panels: [], keys: [] }, 'No metrics yet'],
    [{ error: { message: 'bad filter', position: 3 }, lines: [], panels: [] }, 'bad filter'],
    [{ panels: [] }, 'There are:f1, loss, auc'],
  ] as [Partial<MetricCurvesView>, string][])('it says what to type (%#)', async (change, text) => {
    await open(server(() => curvesView(change)), {}, '');
    expect(curves.node.querySelector('.jt-curves-message')!.textContent).toContain(text);
  });

  test.each([
    [{ lines: [], panels: [], keys: [] }, 'No runs yet'],
    [{ panels: [], keys: [] }, 'No metrics yet'],
  ] as [Partial<MetricCurvesView>, string][])('what to type stands apart, where the page hides it from who only reads (%#)', async (change, title) => {
    await open(server(() => curvesView(change)), {}, '');
    const state = curves.node.querySelector('.jt-state:has(> .jt-code-block)')!;
    expect(state.querySelector(':scope > .jt-message-title')!.textContent).toBe(title);
    expect(state.querySelector('.jt-code-block pre')!.textContent).toContain('tracker.log_metric(');
  });

  test.each([
    [null, 'No run matches this filter'],
    [{ message: 'bad filter', position: 3 }, 'The filter cannot be read.'],
  ])('a filter that leaves nothing is named, and can be taken away (%#)', async (error, title) => {
    const client = fakeClient((_, query) => curvesView(query.filter === null ? {} : { lines: [], panels: [], keys: [], error }));
    await open(client);
    expect(curves.node.querySelector('.jt-message-title')!.textContent).toBe(title);
    expect(curves.node.querySelector('.jt-curves-message')!.textContent).toContain(error === null ? 'f' : 'bad filter');
    button('Clear filter').focus();
    button('Clear filter').click();
    await settle();
    expect(client.asked.at(-1)!.query.filter).toBeNull();
    expect(curves.node.querySelector<HTMLElement>('.jt-curves-message')!.hidden).toBe(true);
    expect(titles()).toEqual(['f1', 'loss']);
    expect(document.activeElement).toBe(curves.node);
  });

  const none = (change: Partial<MetricCurvesView> = {}): MetricCurvesView => curvesView({ lines: [], panels: [], keys: [], ...change });
  const title = (): string => curves.node.querySelector('.jt-message-title')!.textContent!;

  test('a filter that cannot be taken away now is still the reason, and can be again', async () => {
    let away = true;
    await open(fakeClient((_, query) => {
      if (query.filter === null && away) throw new RequestError(0, null, 'gone');
      return query.filter === null ? curvesView() : none();
    }));
    button('Clear filter').focus();
    button('Clear filter').click();
    await settle();
    expect(title()).toBe('No run matches this filter');
    expect(document.activeElement).toBe(button('Clear filter'));
    away = false;
    button('Clear filter').click();
    await settle();
    expect(titles()).toEqual(['f1', 'loss']);
  });

  test('without the filter no runs are no runs, though their views are the same', async () => {
    await open(server(() => none()));
    button('Clear filter').click();
    await settle();
    expect(title()).toBe('No runs yet');
  });

  test('what a kernel sends of its filter, or was asked before, is not shown once it is taken away', async () => {
    let late: (view: MetricCurvesView) => void = () => undefined;
    const old = (): MetricCurvesView => curvesView({ panels: [{ key: 'auc', curves: [curve('a', [0, 1], [1, 2])] }] });
    let slow = false;
    await open(fakeClient((_, query) => (query.filter === null ? curvesView() : slow ? new Promise(resolve => (late = resolve)) : none())));
    curves.setView(none({ token: 't9' }));
    expect(title()).toBe('No run matches this filter');
    slow = true;
    void curves.load();
    await settle();
    button('Clear filter').click();
    late(old());
    await settle();
    expect(titles()).toEqual(['f1', 'loss']);
    curves.setView(old());
    expect(titles()).toEqual(['f1', 'loss']);
  });

  test('runs that are gone are no reason to type anything', async () => {
    await open(server(() => curvesView({ lines: [], panels: [], keys: [] })), { run_ids: ['gone'] });
    expect(curves.node.querySelector('.jt-state')!.textContent).toBe('These runs are gone');
  });

  test('a store that is not known is a quiet message, and heals', async () => {
    let known = false;
    await open(fakeClient(() => {
      if (!known) throw new RequestError(404, 'RESOURCE_DOES_NOT_EXIST', 'no store');
      return curvesView();
    }));
    expect(curves.node.textContent).toContain('not known to this Jupyter server');
    known = true;
    await curves.load();
    expect(titles()).toEqual(['f1', 'loss']);
    expect(curves.node.querySelector<HTMLElement>('.jt-curves-message')!.hidden).toBe(true);
  });

  test('without the chart library the values are still there', async () => {
    plotly.load = () => Promise.reject(new Error('offline'));
    await open(server(curvesView));
    expect(curves.node.textContent).toContain('The chart library could not be loaded.');
    expect(curves.node.querySelector('details')!.hidden).toBe(false);
  });
});

describe('files', () => {
  test('CSV has raw points, quoted names and no formulas', () => {
    const lines = new Map([['a', line('a', { label: '=1+1, "x"' })]]);
    const smooth = decodeCurve({ ...curve('a', [0], [9]), raw_x: floats([0, 1]), raw_y: floats([5, NaN]) });
    expect(curvesCsv([{ key: 'f1', curves: [smooth] }], lines, 'step', false)).toBe('metric,run,run_id,step,value\r\nf1,"\'=1+1, ""x""",a,0,5\r\nf1,"\'=1+1, ""x""",a,1,\r\n');
  });

  test('a moment that is no date is written as a number', () => {
    const far = decodeCurve(curve('a', [0, 1.8e18], [1, 2]));
    const rows = curvesCsv([{ key: 'f1', curves: [far] }], new Map([['a', line('a', { label: 'x' })]]), 'time', false).split('\r\n');
    expect(rows.slice(1, 3)).toEqual(['f1,x,a,1970-01-01T00:00:00.000Z,1', 'f1,x,a,1800000000000000000,2']);
  });

  test('SVG holds all plots and a legend, names escaped', async () => {
    const library = await plotly.load();
    const figure = { curves: [], lines: new Map(), x: 'step' as const, logX: false, logY: false, xRange: [0, 1] as [number, number], yRange: [0, 1] as [number, number], focus: null, colors: COLORS, width: 300, height: 200 };
    const { svg, width } = await curvesSvg(library, [{ key: 'a<b', figure }, { key: 'c', figure }], [line('a', { label: 'x & y' })], COLORS);
    expect(svg).toContain('a&lt;b');
    expect(svg).toContain('x &amp; y');
    expect(new DOMParser().parseFromString(svg, 'image/svg+xml').querySelector('parsererror')).toBeNull();
    expect(width).toBeGreaterThan(600);
  });
});
