// The runs that go on now, whichever store they are in, each with its latest value and a way to stop it.
import { h, Item, KeyedList, setAttr, setHidden, setText } from '../dom.js';
import { formatAbsolute, formatElapsed } from '../format.js';
import type { RunningRun } from '../types.js';
import type { Words } from '../words.js';
import type { RunRef } from '../refs.js';
import { icon } from './icons.js';
import { setName } from './middle_cut.js';
import { mark } from './run_line.js';
import { statusDot } from './status.js';
import { openMenu } from './tree_keys.js';

export interface RunningListOptions {
  words: Words;
  onOpen(run: RunRef): void;
  /** Left out where nothing can stop a run. */
  onStop?(run: RunRef): void;
}

export class RunningList {
  readonly node: HTMLElement;
  private readonly count = h('span', { class: 'jt-section-count' });
  private readonly list: KeyedList<RunningRun>;
  private runs: readonly RunningRun[] = [];
  private ticker: ReturnType<typeof setInterval> | null = null;

  constructor(private readonly options: RunningListOptions) {
    const title = options.words.__('Running');
    this.list = new KeyedList<RunningRun>(h('ul', { class: 'jt-running', 'aria-label': title }), run => run.store_id + run.run_id, () => this.entry());
    this.node = h('div', { class: 'jt-side-section' },
      h('div', { class: 'jt-side-heading', role: 'heading', 'aria-level': '3' }, title, this.count), this.list.parent);
    setHidden(this.node, true);
  }

  update(runs: readonly RunningRun[]): void {
    this.runs = runs;
    setHidden(this.node, runs.length === 0);
    setText(this.count, runs.length === 0 ? '' : String(runs.length));
    this.list.update(runs);
    this.runTicker(runs.length > 0);
  }

  dispose(): void {
    this.runTicker(false);
  }

  private entry(): Item<RunningRun> {
    const { words, onOpen, onStop } = this.options;
    let current: RunningRun;
    const ref = (): RunRef => ({ store_id: current.store_id, run_id: current.run_id, name: current.name });
    const name = h('span', { class: 'jt-line-name' });
    const elapsed = h('span', { class: 'jt-line-time jt-num' });
    const detail = h('span', { class: 'jt-running-detail jt-muted' });
    const open = h('button', { type: 'button', class: 'jt-running-open', onclick: () => onOpen(ref()), onkeydown: (event: KeyboardEvent) => onMenuKey(event, node) },
      h('span', { class: 'jt-dot-slot' }, statusDot('RUNNING')), name, elapsed, detail);
    const stop = h('button', { type: 'button', class: 'jt-button-bare jt-stop', onclick: () => onStop?.(ref()) }, icon('stop'));
    const node = h('li', { class: 'jt-running-run' }, open, stop);
    return {
      node,
      update: run => {
        current = run;
        mark(node, ref());
        setName(name, run.name);
        name.title = run.name;
        setText(elapsed, run.start_time_ms === null ? '' : formatElapsed(Date.now() - run.start_time_ms));
        elapsed.title = run.start_time_ms === null ? '' : words.__('Started %1', formatAbsolute(run.start_time_ms));
        setText(detail, run.metric === '' ? run.experiment_name : `${run.metric} ${run.value} · ${words.__('step %1', run.step.toLocaleString('en-US'))} · ${run.experiment_name}`);
        detail.title = detail.textContent ?? '';
        setHidden(stop, onStop === undefined || run.kernel_id === null);
        stop.title = words.__('Stop %1', run.name);
        setAttr(stop, 'aria-label', stop.title);
      },
    };
  }

  private runTicker(on: boolean): void {
    if (on && this.ticker === null) {
      this.ticker = setInterval(() => this.list.update(this.runs), 1000);
    } else if (!on && this.ticker !== null) {
      clearInterval(this.ticker);
      this.ticker = null;
    }
  }
}

function onMenuKey(event: KeyboardEvent, item: HTMLElement): void {
  if (event.key === 'ContextMenu' || (event.key === 'F10' && event.shiftKey)) {
    event.preventDefault();
    event.stopPropagation();
    openMenu(item);
  }
}
