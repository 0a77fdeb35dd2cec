// Repeats a request without ever overlapping itself, and only while somebody looks.
import { pageClock } from './page_clock.js';

export interface PollerOptions {
  /** One round. A rejection only slows the next rounds down. */
  task(): Promise<void>;
  /** Milliseconds to the next round, or null to rest until `kick`. */
  interval(): number | null;
  isVisible(): boolean;
}

/** A hidden panel is looked at this often, to see whether it is still hidden. */
const HIDDEN_MS = 1000;
const SLOWEST_MS = 30_000;

export class Poller {
  private forget: (() => void) | null = null;
  private busy = false;
  private again = false;
  private failures = 0;
  private disposed = false;

  constructor(private readonly options: PollerOptions) {}

  /** A round now (after the one under way, if there is one). */
  kick(): void {
    if (this.disposed) {
      return;
    }
    if (this.busy) {
      this.again = true;
      return;
    }
    this.clear();
    void this.round();
  }

  /** The next round after the usual interval, counted from now. */
  reschedule(): void {
    if (!this.busy && !this.disposed) {
      this.plan();
    }
  }

  dispose(): void {
    this.disposed = true;
    this.clear();
  }

  private async round(): Promise<void> {
    this.busy = true;
    try {
      await this.options.task();
      this.failures = 0;
    } catch {
      this.failures += 1;
    }
    this.busy = false;
    if (this.disposed) {
      return;
    }
    if (this.again) {
      this.again = false;
      this.kick();
    } else {
      this.plan();
    }
  }

  private plan(): void {
    this.clear();
    const interval = this.options.interval();
    if (interval !== null) {
      const delay = Math.min(interval * 2 ** Math.min(this.failures, 6), Math.max(interval, SLOWEST_MS));
      this.forget = pageClock.after(delay, this.onTimer);
    }
  }

  private readonly onTimer = (): void => {
    this.forget = null;
    if (this.options.isVisible()) {
      void this.round();
    } else {
      this.forget = pageClock.after(HIDDEN_MS, this.onTimer);
    }
  };

  private clear(): void {
    this.forget?.();
    this.forget = null;
  }
}
