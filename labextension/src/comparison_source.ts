// What a comparison shows, asked for again when it may have changed.
import type { Client } from './client.js';
import type { ComparisonOptions, ComparisonView } from './types.js';

export interface ComparisonQuery {
  store_id: string;
  options: ComparisonOptions;
}

interface Unchanged {
  token: string;
  unchanged: true;
}

export class ComparisonSource {
  view: ComparisonView | null = null;
  /** Why the last request failed. */
  failure: unknown = null;
  private shownFor = '';
  private asking: Promise<void> | null = null;
  private again = false;
  private disposed = false;

  constructor(
    private readonly client: Client,
    private readonly wanted: () => ComparisonQuery,
    private readonly onChange: () => void
  ) {}

  get loading(): boolean {
    return this.asking !== null;
  }

  /** Settles when what is wanted by then has been asked for; a failure is kept, and thrown to who waits. */
  async ask(): Promise<void> {
    if (this.asking !== null) {
      this.again = true;
      return this.asking;
    }
    this.asking = this.rounds();
    try {
      await this.asking;
    } finally {
      this.asking = null;
      this.tell();
    }
  }

  /** Takes a view that somebody else fetched, such as the kernel's own. */
  seed(view: ComparisonView): void {
    this.take(view, comparisonQuery(this.wanted(), ''));
    this.tell();
  }

  dispose(): void {
    this.disposed = true;
  }

  private async rounds(): Promise<void> {
    do {
      this.again = false;
      try {
        await this.round();
        this.failure = null;
      } catch (failure) {
        this.failure = failure;
        if (!this.again) {
          throw failure;
        }
      }
      this.tell();
    } while (this.again && !this.disposed);
  }

  private async round(): Promise<void> {
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

  private tell(): void {
    if (!this.disposed) {
      this.onChange();
    }
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
