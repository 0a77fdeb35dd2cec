// What a comparison shows, asked for again when it may have changed.
import type { Client } from './client.js';
import type { ComparisonOptions, ComparisonView } from './types.js';
import { ViewSource } from './view_source.js';

export interface ComparisonQuery {
  store_id: string;
  options: ComparisonOptions;
}

interface Unchanged {
  token: string;
  unchanged: true;
}

export class ComparisonSource extends ViewSource {
  view: ComparisonView | null = null;
  private shownFor = '';

  constructor(
    private readonly client: Client,
    private readonly wanted: () => ComparisonQuery,
    onChange: () => void
  ) {
    super(onChange);
  }

  /** Takes a view that somebody else fetched, such as the kernel's own. */
  seed(view: ComparisonView): void {
    this.take(view, comparisonQuery(this.wanted(), ''));
    this.tell();
  }

  protected async round(): Promise<void> {
    const query = comparisonQuery(this.wanted(), '');
    const token = this.view !== null && JSON.stringify(query) === this.shownFor ? this.view.token : '';
    const view = await this.client.get<ComparisonView | Unchanged>('/views/comparison', { ...query, token: token === '' ? null : token });
    if (!('unchanged' in view)) {
      this.take(view, query);
    }
  }

  private take(view: ComparisonView, query: Record<string, string | null>): void {
    this.view = view;
    this.shownFor = JSON.stringify(query);
  }
}

/** The query string of the route. */
export function comparisonQuery({ store_id, options }: ComparisonQuery, token: string): Record<string, string | null> {
  const list = (items: readonly string[]): string | null => (items.length === 0 ? null : items.join(','));
  return {
    store: store_id,
    run_ids: list(options.run_ids),
    baseline: options.baseline,
    minimize: list(options.minimize),
    maximize: list(options.maximize),
    unranked: list(options.unranked),
    token: token === '' ? null : token,
  };
}
