// One run: what it is, how it goes, what it was given and what it left behind.
import { h, Item, setAttr, setHidden, setText } from '../dom.js';
import { formatBytes, formatAbsolute, formatDuration, formatElapsed, isLive, shortId } from '../format.js';
import type { ArtifactEntry, KeyValue, MetricSummary, RunCardView } from '../types.js';
import { __ } from '../words.js';
import { copyButton } from './copy_button.js';
import type { RunRef } from '../refs.js';
import { icon } from './icons.js';
import { metricTile } from './metric_tile.js';
import { setName } from './middle_cut.js';
import { Section } from './section.js';
import { StatusBadge } from './status.js';

export interface RunCardOptions {
  /** Where an artifact can be fetched, or null where it cannot: then its path is plain text. */
  artifactUrl(storeId: string, runId: string, path: string): string | null;
  /** Stops the run, after asking; left out where nothing can. */
  onStop?(run: RunRef): void;
  /** The card itself asks, by wanting a second click: for hosts without dialogs. */
  confirmsStop?: boolean;
}

export class RunCard {
  readonly node: HTMLElement;
  private view: RunCardView | null = null;
  private ticker: ReturnType<typeof setInterval> | null = null;

  private readonly status = new StatusBadge(true);
  private readonly name = h('span', { class: 'jt-card-name', role: 'heading', 'aria-level': '3' });
  private readonly experiment = h('span');
  private readonly deleted = h('span', { class: 'jt-badge', title: __('This run is in the trash') }, __('Deleted'));
  private readonly elapsed = h('span', { class: 'jt-elapsed' });
  private readonly stopWord = h('span', {}, __('Stop'));
  private readonly stop = h('button', { type: 'button', class: 'jt-button jt-stop', title: __('Interrupt the cell of this run'), onclick: () => this.askStop(), onblur: () => setText(this.stopWord, __('Stop')) }, icon('stop'), this.stopWord);
  private readonly runId = h('code', { class: 'jt-id' });
  private readonly errorType = h('strong');
  private readonly errorMessage = h('span');
  private readonly error = h('div', { class: 'jt-error', role: 'group', 'aria-label': __('Error') }, this.errorType, this.errorMessage);
  private readonly note = h('div', { class: 'jt-note' });
  private readonly metrics = new Section<MetricSummary>({
    title: __('Metrics'), limit: 8, empty: __('No metrics yet'), listClass: 'jt-tiles', keyOf: m => m.key, create: metricTile,
  });
  private readonly params = new Section<KeyValue>({
    title: __('Params'), limit: 12, empty: null, listClass: 'jt-pairs', keyOf: p => p.key, create: pair,
  });
  private readonly tags = new Section<KeyValue>({
    title: __('Tags'), limit: 10, empty: null, listClass: 'jt-chips', keyOf: t => t.key, create: chip,
  });
  private readonly artifacts = new Section<ArtifactEntry>({
    title: __('Artifacts'), limit: 6, empty: null, listClass: 'jt-files', keyOf: a => a.path, create: () => this.file(),
  });

  constructor(private readonly options: RunCardOptions) {
    const copy = copyButton(__('run id'), () => this.view?.run_id ?? '', this.runId);
    const head = h('header', { class: 'jt-card-head' },
      this.status.node, this.name, h('span', { class: 'jt-card-experiment' }, this.experiment), this.deleted, h('span', { class: 'jt-space' }), this.elapsed, this.stop, copy);
    this.node = h('section', { class: 'jt jt-card' }, head, this.error, this.note,
      this.metrics.node, this.params.node, this.tags.node, this.artifacts.node);
  }

  /** Shows a view, in place: what is expanded, focused or selected stays so. */
  update(view: RunCardView): void {
    this.view = view;
    setAttr(this.node, 'aria-label', __('Run %1', view.name));
    setAttr(this.node, 'data-status', view.status);
    this.status.update(view.status);
    setName(this.name, view.name);
    this.name.title = view.name;
    setName(this.experiment, view.experiment_name);
    this.experiment.title = __('Experiment %1', view.experiment_name);
    setHidden(this.deleted, !view.deleted);
    setText(this.runId, shortId(view.run_id));
    setHidden(this.stop, this.options.onStop === undefined || !isLive(view.status) || view.kernel_id === null);
    this.drawTexts(view);
    this.metrics.update(view.metrics, view.metrics_total);
    setHidden(this.metrics.node, view.metrics.length === 0 && !isLive(view.status) && hasContent(view));
    this.params.update(view.params, view.params_total);
    this.tags.update(view.tags);
    this.artifacts.update(view.artifacts, view.artifacts_total);
    this.tick();
    this.runTicker(isLive(view.status) && view.start_time_ms !== null);
  }

  dispose(): void {
    this.runTicker(false);
    this.node.remove();
  }

  private askStop(): void {
    if (this.options.confirmsStop === true && this.stopWord.textContent !== __('Really stop?')) {
      setText(this.stopWord, __('Really stop?'));
      return;
    }
    setText(this.stopWord, __('Stop'));
    const { store_id, run_id, name } = this.view!;
    this.options.onStop?.({ store_id, run_id, name });
  }

  private drawTexts(view: RunCardView): void {
    setHidden(this.error, view.error === null);
    setText(this.errorType, view.error?.type ?? '');
    setText(this.errorMessage, view.error?.message ?? '');
    setHidden(this.note, view.note === '');
    setText(this.note, view.note);
  }

  private readonly tick = (): void => {
    const { start_time_ms: start, end_time_ms: end, status } = this.view!;
    if (start === null) {
      setText(this.elapsed, '');
      return;
    }
    this.elapsed.title = __('Started %1', formatAbsolute(start));
    setText(this.elapsed, isLive(status) ? formatElapsed(Date.now() - start) : end === null ? '' : formatDuration(end - start));
  };

  private runTicker(on: boolean): void {
    if (on && this.ticker === null) {
      this.ticker = setInterval(this.tick, 1000);
    } else if (!on && this.ticker !== null) {
      clearInterval(this.ticker);
      this.ticker = null;
    }
  }

  private file(): Item<ArtifactEntry> {
    const node = h('li', { class: 'jt-file' });
    let drawn = '';
    return {
      node,
      update: entry => {
        const { store_id, run_id } = this.view!;
        const url = entry.is_dir ? null : this.options.artifactUrl(store_id, run_id, entry.path);
        const key = JSON.stringify([url, entry]);
        if (key === drawn) {
          return;
        }
        drawn = key;
        const path = url === null
          ? h('span', { class: 'jt-file-path' }, entry.path)
          : h('a', { class: 'jt-file-path', href: url, download: '', rel: 'noopener' }, entry.path);
        const size = entry.size_bytes === null ? '' : formatBytes(entry.size_bytes);
        node.replaceChildren(icon(entry.is_dir ? 'folder' : 'file'), path, h('span', { class: 'jt-muted jt-num' }, size));
      },
    };
  }
}

/** A finished run without metrics need not say so, unless it has nothing else to say. */
function hasContent(view: RunCardView): boolean {
  return view.params.length + view.tags.length + view.artifacts.length > 0 || view.error !== null;
}

export function pair(): Item<KeyValue> {
  const key = h('span', { class: 'jt-pair-key' });
  const value = h('code', { class: 'jt-pair-value' });
  return {
    node: h('li', { class: 'jt-pair' }, key, value),
    update(entry) {
      setName(key, entry.key);
      setText(value, entry.value);
      key.title = entry.key;
      value.title = entry.value;
    },
  };
}

export function chip(): Item<KeyValue> {
  const key = h('span', { class: 'jt-chip-key' });
  const value = h('span', { class: 'jt-chip-value' });
  const node = h('li', { class: 'jt-chip' }, key, value);
  return {
    node,
    update(entry) {
      setName(key, entry.key);
      setText(value, entry.value);
      node.title = `${entry.key}: ${entry.value}`;
    },
  };
}
