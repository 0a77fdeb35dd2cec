// The status bar's item: the active run of the notebook in front, and how long it has been going on.
import { ISignal, Signal } from '@lumino/signaling';
import { Widget } from '@lumino/widgets';
import type { RunRef } from '../refs.js';
import { statusDot } from '../components/status.js';
import { h, setAttr, setText } from '../dom.js';
import { formatElapsed } from '../format.js';
import type { RunningRun } from '../types.js';
import type { Words } from '../words.js';

export class StatusItem extends Widget {
  private readonly _activeChanged = new Signal<this, void>(this);
  private readonly name = h('span', { class: 'jt-status-name' });
  private readonly elapsed = h('span', { class: 'jt-num' });
  private readonly button: HTMLButtonElement;
  private run: RunningRun | null = null;
  private ticker: ReturnType<typeof setInterval> | null = null;

  constructor(private readonly words: Words, onOpen: (run: RunRef) => void) {
    super();
    this.id = 'jupyter-tracker-status';
    this.addClass('jt-status-item');
    this.button = h('button', {
      type: 'button', class: 'jt-status-button',
      onclick: () => this.run !== null && onOpen({ store_id: this.run.store_id, run_id: this.run.run_id, name: this.run.name }),
    }, statusDot('RUNNING'), this.name, this.elapsed);
    this.node.append(h('div', { class: 'jt' }, this.button));
  }

  get isActive(): boolean {
    return this.run !== null;
  }

  get activeChanged(): ISignal<this, void> {
    return this._activeChanged;
  }

  showRun(run: RunningRun | null): void {
    const changed = (run === null) !== (this.run === null);
    this.run = run;
    this.runTicker(run !== null);
    if (run !== null) {
      this.tick();
    }
    if (changed) {
      this._activeChanged.emit();
    }
  }

  override dispose(): void {
    this.runTicker(false);
    super.dispose();
  }

  private readonly tick = (): void => {
    const { name, start_time_ms: start, experiment_name: experiment } = this.run!;
    setText(this.name, name);
    setText(this.elapsed, start === null ? '' : formatElapsed(Date.now() - start));
    this.button.title = this.words.__('Run %1 in %2 is going on: open it', name, experiment);
    setAttr(this.button, 'aria-label', this.button.title);
  };

  private runTicker(on: boolean): void {
    if (on && this.ticker === null) {
      this.ticker = setInterval(this.tick, 1000);
    } else if (!on && this.ticker !== null) {
      clearInterval(this.ticker);
      this.ticker = null;
    }
  }
}
