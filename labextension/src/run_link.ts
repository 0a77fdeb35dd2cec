// What several parts of a panel show of the same runs together: which one is pointed at, and which are selected.

export class RunLink {
  hovered: string | null = null;
  private ids: readonly string[] = [];
  private readonly listeners = new Set<() => void>();

  /** @param onSelect Told what the user selects here, and not what `replace` brings. */
  constructor(private readonly onSelect: (ids: string[]) => void = () => undefined) {}

  /** Empty where nothing is selected. */
  get selected(): readonly string[] {
    return this.ids;
  }

  /** As charts take it: null where nothing is selected, and all count. */
  get marked(): readonly string[] | null {
    return this.ids.length === 0 ? null : this.ids;
  }

  listen(listener: () => void): void {
    this.listeners.add(listener);
  }

  hover(runId: string | null): void {
    if (runId !== this.hovered) {
      this.hovered = runId;
      this.tell();
    }
  }

  toggle(runId: string): void {
    this.select(this.ids.includes(runId) ? this.ids.filter(id => id !== runId) : [...this.ids, runId]);
  }

  select(ids: readonly string[]): void {
    if (this.replace(ids)) {
      this.onSelect([...ids]);
    }
  }

  /** Takes what somebody else selected, without telling them. */
  replace(ids: readonly string[]): boolean {
    if (ids.length === this.ids.length && ids.every(id => this.ids.includes(id))) {
      return false;
    }
    this.ids = [...ids];
    this.tell();
    return true;
  }

  private tell(): void {
    this.listeners.forEach(listener => listener());
  }
}
