// Asks for curves: the whole axis, and what is zoomed into.
import type { Client } from './client.js';
import { Decoded, decodeCurve, Range } from './curve_data.js';
import type { CurveOptions, MetricCurvesView } from './types.js';
import { ViewSource } from './view_source.js';

export interface CurvesQuery {
  store_id: string;
  experiment_ids: string[];
  filter: string;
  options: CurveOptions;
}

export interface DecodedPanel {
  key: string;
  curves: Decoded[];
}

type Unchanged = { token: string; unchanged: true };

/** Points of a file: more than anybody looks at. */
export const ALL_POINTS = 200_000;

export class CurveSource extends ViewSource {
  /** The newest view of the whole axis. */
  view: MetricCurvesView | null = null;
  /** Of which runs `view` is: it stays until another has come. */
  filter = '';
  whole: DecodedPanel[] = [];
  /** What is zoomed into, in as many points as the whole; null until it is here. */
  part: DecodedPanel[] | null = null;
  private partToken = '';

  /** @param wanted What is to be asked for now, and how many points a plot can show. */
  constructor(
    private readonly client: Client,
    private readonly wanted: () => { query: CurvesQuery; zoom: Range | null; points: number },
    onChange: () => void
  ) {
    super(onChange);
  }

  /** Takes a view that somebody else fetched, such as the kernel's own. */
  seed(view: MetricCurvesView): void {
    const { query } = this.wanted();
    if (isFor(view, query.options)) {
      this.take(view, query.filter);
      this.tell();
    }
  }

  /** All points that there are, of what is shown. */
  async everything(): Promise<{ view: MetricCurvesView; panels: DecodedPanel[] }> {
    const { query, zoom } = this.wanted();
    const view = await this.client.get<MetricCurvesView>('/views/metric-curves', curvesQuery(query, zoom, ALL_POINTS, ''));
    return { view, panels: decoded(view) };
  }

  forgetPart(): void {
    this.part = null;
    this.partToken = '';
  }

  protected async round(): Promise<void> {
    const { query, zoom, points } = this.wanted();
    // What is zoomed into comes first: somebody is waiting for it.
    if (zoom !== null && this.view !== null) {
      const view = await this.get(query, zoom, points, this.partToken);
      if (view !== null && this.wanted().query.filter === query.filter && JSON.stringify(this.wanted().zoom) === JSON.stringify(zoom)) {
        this.part = decoded(view);
        this.partToken = view.token;
      }
      if (this.part !== null && this.shows(query) && this.view.lines.every(line => line.status !== 'RUNNING')) {
        return;
      }
      this.tell();
    }
    const view = await this.get(query, null, points, this.shows(query) ? this.view!.token : '');
    const now = this.wanted().query;
    if (view !== null && now.filter === query.filter && isFor(view, now.options)) {
      this.take(view, query.filter);
    }
  }

  private shows(query: CurvesQuery): boolean {
    return this.view !== null && this.filter === query.filter && isFor(this.view, query.options);
  }

  private async get(query: CurvesQuery, zoom: Range | null, points: number, token: string): Promise<MetricCurvesView | null> {
    const view = await this.client.get<MetricCurvesView | Unchanged>('/views/metric-curves', curvesQuery(query, zoom, points, token));
    return 'unchanged' in view ? null : view;
  }

  private take(view: MetricCurvesView, filter: string): void {
    this.view = view;
    this.filter = filter;
    this.whole = decoded(view);
  }
}

/** The query string of the route. */
export function curvesQuery(query: CurvesQuery, zoom: Range | null, points: number, token: string): Record<string, string | number | null> {
  const { options } = query;
  return {
    store: query.store_id,
    run_ids: list(options.run_ids),
    experiment_ids: options.run_ids.length > 0 ? null : list(query.experiment_ids),
    filter: options.run_ids.length > 0 || query.filter === '' ? null : query.filter,
    limit: options.run_ids.length > 0 ? null : options.limit,
    metrics: options.metrics === null ? null : options.metrics.join(','),
    x: options.x,
    smoothing: options.smoothing === 0 ? null : options.smoothing,
    log_x: options.log_x ? 'true' : null,
    group_by: options.group_by,
    x_min: zoom?.[0] ?? null,
    x_max: zoom?.[1] ?? null,
    points,
    token: token === '' ? null : token,
  };
}

/** Whether a view is in the form that is wanted: an answer may come after the wish has changed. */
function isFor(view: MetricCurvesView, options: CurveOptions): boolean {
  const shown = view.panels.map(panel => panel.key).join(',');
  return view.x === options.x && view.smoothing === options.smoothing && view.log_x === options.log_x
    && view.group_by === options.group_by && (options.metrics === null || options.metrics.join(',') === shown);
}

function decoded(view: MetricCurvesView): DecodedPanel[] {
  return view.panels.map(panel => ({ key: panel.key, curves: panel.curves.map(decodeCurve) }));
}

function list(items: readonly string[]): string | null {
  return items.length === 0 ? null : items.join(',');
}
