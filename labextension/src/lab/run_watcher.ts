// Which runs go on now. Asks only while somebody looks and something may be running: a notebook's kernel is busy, a
// run is known to go on, or the side panel is open.
import { ISignal, Signal } from '@lumino/signaling';
import type { Client } from '../client.js';
import { pageClock } from '../page_clock.js';
import { Poller } from '../poller.js';
import type { RunningListView, RunningRun } from '../types.js';

const POLL_MS = 1000;

export interface RunWatcherOptions {
  client: Client;
  isVisible(): boolean;
  /** Something may have started, although no run is known to go on. */
  mayRun(): boolean;
}

export class RunWatcher {
  private readonly _changed = new Signal<this, void>(this);
  private readonly _ended = new Signal<this, RunningRun>(this);
  private readonly poller: Poller;
  private _runs: RunningRun[] = [];
  private askedAt = -Infinity;
  private forget: (() => void) | null = null;

  constructor(private readonly options: RunWatcherOptions) {
    this.poller = new Poller({
      task: () => this.load(),
      interval: () => (this._runs.length > 0 || options.mayRun() ? POLL_MS : null),
      isVisible: () => options.isVisible(),
    });
  }

  /** The newest first. */
  get runs(): readonly RunningRun[] {
    return this._runs;
  }

  get changed(): ISignal<this, void> {
    return this._changed;
  }

  /** A run that went on has ended, or has gone. */
  get ended(): ISignal<this, RunningRun> {
    return this._ended;
  }

  /** Asks soon, and goes on as long as there is reason to. May be called often: widgets make a kernel busy all the time. */
  wake(): void {
    const wait = this.askedAt + POLL_MS - Date.now();
    if (!this.options.isVisible() || this.forget !== null) {
      return;
    }
    if (wait <= 0) {
      this.poller.kick();
    } else {
      this.forget = pageClock.after(wait, () => {
        this.forget = null;
        this.poller.kick();
      });
    }
  }

  dispose(): void {
    this.forget?.();
    this.poller.dispose();
  }

  private async load(): Promise<void> {
    this.askedAt = Date.now();
    const { runs } = await this.options.client.get<RunningListView>('/views/running');
    const before = this._runs;
    // The same answer again is the same object.
    if (runs === before) {
      return;
    }
    this._runs = runs;
    const ids = new Set(runs.map(run => run.run_id));
    before.filter(run => !ids.has(run.run_id)).forEach(run => this._ended.emit(run));
    this._changed.emit();
  }
}
