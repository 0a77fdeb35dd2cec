// The parts of a comparison that lie in files: each is asked for once, when it is looked at or there are few runs.
import type { Client } from './client.js';
import type { ComparisonFilesView, ComparisonOptions, ComparisonPart, ComparisonView } from './types.js';

export const PARTS: ComparisonPart[] = ['code', 'packages', 'artifacts'];
/** So many runs are read unasked; the files of more may lie far away. */
const UNASKED_RUNS = 20;

export class ComparisonParts {
  private readonly found = new Map<ComparisonPart, ComparisonFilesView>();
  private readonly failures = new Map<ComparisonPart, unknown>();
  private readonly asked = new Set<ComparisonPart>();
  private key = '';
  private view: ComparisonView | null = null;
  private disposed = false;

  constructor(private readonly client: Client, private readonly onChange: (part: ComparisonPart) => void) {}

  get(part: ComparisonPart): ComparisonFilesView | null {
    return this.found.get(part) ?? null;
  }

  failure(part: ComparisonPart): unknown {
    return this.failures.get(part) ?? null;
  }

  /** Forgets what was of other runs, or measured against another baseline. */
  update(view: ComparisonView): void {
    const key = JSON.stringify([view.runs.map(run => [run.run_id, run.end_time_ms]), view.baseline]);
    this.view = view;
    if (key === this.key) {
      return;
    }
    this.key = key;
    const again = PARTS.filter(part => this.asked.has(part) || this.failures.has(part));
    this.asked.clear();
    (view.runs.length < 2 ? [] : view.runs.length <= UNASKED_RUNS ? PARTS : again).forEach(part => void this.ask(part));
  }

  async ask(part: ComparisonPart): Promise<void> {
    const { view, key } = this;
    if (view === null || this.asked.has(part)) {
      return;
    }
    this.asked.add(part);
    try {
      const answer = await this.client.get<ComparisonFilesView>('/views/comparison-files', filesQuery(view, part));
      if (key === this.key) {
        this.found.set(part, answer);
        this.failures.delete(part);
      }
    } catch (error) {
      this.asked.delete(part);
      this.found.delete(part);
      this.failures.set(part, error);
    }
    if (!this.disposed && key === this.key) {
      this.onChange(part);
    }
  }

  /** Asks again for all that was asked for. */
  refresh(): void {
    this.key = '';
    if (this.view !== null) {
      this.update(this.view);
    }
  }

  dispose(): void {
    this.disposed = true;
  }
}

function filesQuery(view: ComparisonView, part: ComparisonPart): Record<string, string> {
  // The cells must be aligned with the runs that are shown: those that are gone are not asked for.
  const ids: ComparisonOptions['run_ids'] = view.runs.map(run => run.run_id);
  return { store: view.store_id, run_ids: ids.join(','), baseline: ids[view.baseline], part };
}
