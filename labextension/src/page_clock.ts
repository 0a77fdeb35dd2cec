// One clock for all that a page repeats: what is due at the same time is asked at the same time, and can travel together.

/**
 * Times are multiples of the pause itself: panels that began at different times, or whose answers took differently long, fall
 * into step. What is no multiple of a beat is rounded to beats.
 */
const BEAT_MS = 250;
/** Longer pauses are seldom enough to travel alone. */
const LONG_MS = 5000;

class PageClock {
  private readonly due = new Map<() => void, number>();
  private timer: ReturnType<typeof setTimeout> | null = null;
  private timerAt = Infinity;

  /** Calls back once, some `ms` from now, in one go with all that is due then; returns what forgets it. */
  after(ms: number, callback: () => void): () => void {
    const now = Date.now();
    const grid = ms > 0 && ms <= LONG_MS && ms % BEAT_MS === 0 ? ms : BEAT_MS;
    const at = Math.max(Math.round((now + ms) / grid) * grid, now + 1);
    const call = (): void => callback();
    this.due.set(call, at);
    this.arm();
    return () => {
      this.due.delete(call);
      this.arm();
    };
  }

  private arm(): void {
    const next = Math.min(...this.due.values());
    if (next === this.timerAt) {
      return;
    }
    if (this.timer !== null) {
      clearTimeout(this.timer);
      this.timer = null;
    }
    this.timerAt = next;
    if (next !== Infinity) {
      this.timer = setTimeout(this.strike, Math.max(0, next - Date.now()));
    }
  }

  private readonly strike = (): void => {
    this.timer = null;
    this.timerAt = Infinity;
    const now = Date.now();
    const calls = [...this.due].filter(([, at]) => at <= now).map(([call]) => call);
    calls.forEach(call => this.due.delete(call));
    calls.forEach(call => call());
    this.arm();
  };
}

export const pageClock = new PageClock();
