// Which runs are selected, and what a click, a shift-click or a key does to it.

export class RunSelection {
  private ids = new Set<string>();
  /** Row index from which a shift-click selects. */
  anchor: number | null = null;

  constructor(private readonly onChange: (ids: string[]) => void) {}

  get size(): number {
    return this.ids.size;
  }

  has(runId: string): boolean {
    return this.ids.has(runId);
  }

  list(): string[] {
    return [...this.ids];
  }

  toggle(runId: string, index: number): void {
    this.anchor = index;
    if (!this.ids.delete(runId)) {
      this.ids.add(runId);
    }
    this.onChange(this.list());
  }

  /** Adds the runs of a range; the anchor stays, so that the range can be drawn anew. */
  add(runIds: readonly string[]): void {
    const before = this.ids.size;
    runIds.forEach(id => this.ids.add(id));
    if (this.ids.size !== before) {
      this.onChange(this.list());
    }
  }

  clear(): void {
    this.anchor = null;
    if (this.ids.size > 0) {
      this.ids.clear();
      this.onChange([]);
    }
  }

  /** Takes what somebody else selected, without telling them. */
  replace(runIds: readonly string[]): boolean {
    const same = runIds.length === this.ids.size && runIds.every(id => this.ids.has(id));
    this.ids = new Set(runIds);
    return !same;
  }
}
