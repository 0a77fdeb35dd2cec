// The first page of a run: note, metrics, params, tags, what it read and made, where it came from.
import type { Client } from '../client.js';
import { h, Item, setAttr, setHidden, setText } from '../dom.js';
import { formatAbsolute, formatCount, formatRelative, shortId } from '../format.js';
import type { MarkdownToHtml } from '../markdown.js';
import type { ArtifactEntry, ArtifactFolderView, DatasetUse, KeyValue, ModelUse, RunDetailView, RunLink } from '../types.js';
import { viewLabel } from '../view_labels.js';
import { __ } from '../words.js';
import { copyButton } from './copy_button.js';
import type { RunRef } from '../refs.js';
import { icon } from './icons.js';
import { MetricList } from './metric_list.js';
import { nameNode, setName } from './middle_cut.js';
import { Note } from './note.js';
import { pair } from './run_card.js';
import { Section } from './section.js';
import { statusDot } from './status.js';
import { TagList, TagListOptions } from './tag_list.js';

export interface RunOverviewOptions {
  client: Client;
  storeId: string;
  runId: string;
  markdown?: MarkdownToHtml;
  onOpenRun?(run: RunRef): void;
  onFind(find: string): void;
  onMetric(key: string): void;
  onFile(path: string): void;
  tags: TagListOptions;
  /** Something was written. */
  onChanged(): void;
}

const FIND_MS = 150;
/** Of so few nothing need be found. */
const FEW = 12;
/** Files that a tracked cell leaves, by the words that people look for. */
const knownFiles = (): Record<string, string> => ({
  'cell/traceback.txt': __('Traceback'),
  'cell/source.py': __('Cell source'),
  'cell/output.txt': __('Output'),
  'cell/diff.patch': __('Uncommitted changes'),
  'environment/requirements.txt': __('Installed packages'),
});

export class RunOverview {
  readonly node: HTMLElement;
  private timer: ReturnType<typeof setTimeout> | undefined;
  private loaded = false;
  private readonly find: HTMLInputElement;
  private readonly errorType = h('strong');
  private readonly errorMessage = h('span');
  private readonly error = h('div', { class: 'jt-error', role: 'group', 'aria-label': __('Error') }, this.errorType, this.errorMessage);
  private readonly facts = h('dl', { class: 'jt-facts' });
  private readonly quick = h('div', { class: 'jt-quick' });
  private readonly note: Note;
  private readonly metrics: MetricList;
  private readonly metricsCount = h('span', { class: 'jt-section-count' });
  private readonly metricsEmpty = h('div', { class: 'jt-muted' });
  private readonly params = new Section<KeyValue>({ title: __('Params'), limit: 30, empty: null, listClass: 'jt-pairs', keyOf: p => p.key, create: pair });
  private readonly tags: TagList;
  private readonly system = new Section<KeyValue>({ title: __('System tags'), limit: 4, empty: null, listClass: 'jt-pairs jt-pairs-wide', keyOf: t => t.key, create: pair });
  private readonly datasets = new Section<DatasetUse>({ title: __('Data sets'), limit: 10, empty: null, listClass: 'jt-uses', keyOf: d => `${d.name}\n${d.digest}\n${d.context}`, create: datasetLine });
  private readonly models = new Section<ModelUse>({ title: __('Models'), limit: 10, empty: null, listClass: 'jt-uses', keyOf: m => m.model_id + m.role, create: modelLine });
  private readonly parent = new Section<RunLink>({ title: __('Parent run'), limit: 1, empty: null, listClass: 'jt-uses', keyOf: r => r.run_id, create: () => this.run() });
  private readonly children = new Section<RunLink>({ title: __('Child runs'), limit: 10, empty: null, listClass: 'jt-uses', keyOf: r => r.run_id, create: () => this.run() });

  constructor(private readonly options: RunOverviewOptions) {
    this.metrics = new MetricList(options.onMetric);
    this.tags = new TagList(options.tags);
    this.note = new Note({
      markdown: options.markdown,
      onSave: async text => {
        await options.client.post('/runs/note', { store: options.storeId, run_id: options.runId, text });
        options.onChanged();
      },
    });
    this.find = h('input', { class: 'jt-input jt-detail-find', type: 'search', placeholder: __('Find params, metrics, tags'), 'aria-label': __('Find params, metrics and tags by name'), oninput: () => this.onFind(), onkeydown: (event: KeyboardEvent) => event.stopPropagation() });
    const metrics = h('div', { class: 'jt-section' },
      h('div', { class: 'jt-section-title', role: 'heading', 'aria-level': '4' }, __('Metrics'), this.metricsCount), this.metricsEmpty, this.metrics.node);
    const side = h('aside', { class: 'jt-detail-side', 'aria-label': __('Origin and relatives') }, this.facts, this.quick, this.parent.node, this.children.node, this.datasets.node, this.models.node);
    this.node = h('div', { class: 'jt-detail-page jt-overview' }, this.error,
      h('div', { class: 'jt-overview-main' }, this.note.node, this.find, metrics, this.params.node, this.tags.node, this.system.node), side);
  }

  update(view: RunDetailView): void {
    setHidden(this.error, view.error === null);
    setText(this.errorType, view.error?.type ?? '');
    setText(this.errorMessage, view.error?.message ?? '');
    setHidden(this.find, view.find === '' && view.metrics_total + view.params_total + view.tags_total <= FEW);
    this.note.update(view.note);
    this.metrics.update(view.metrics, view.metrics_total);
    setText(this.metricsCount, view.metrics_total > 0 ? view.metrics_total.toLocaleString('en-US') : '');
    setText(this.metricsEmpty, view.metrics_total > 0 ? '' : view.find === '' ? __('No metrics yet') : __('None of that name'));
    setHidden(this.metricsEmpty, view.metrics_total > 0);
    this.params.update(view.params, view.params_total);
    this.tags.update(view.tags, view.tags_total, view.deleted);
    this.system.update(view.system_tags);
    this.datasets.update(view.datasets);
    this.models.update(view.models);
    this.parent.update(view.parent === null ? [] : [view.parent]);
    this.children.update(view.children, view.children_total);
    this.drawFacts(view);
    if (!this.loaded && view.has_artifacts) {
      this.loaded = true;
      void this.loadFiles();
    }
  }

  /** Looks which of the files are there that people look for first. */
  async loadFiles(): Promise<void> {
    const { client, storeId, runId } = this.options;
    const folder = async (path: string): Promise<ArtifactEntry[]> =>
      (await client.get<ArtifactFolderView>('/views/artifact-folder', { store: storeId, run_id: runId, path })).entries;
    try {
      const root = await folder('');
      const inner = await Promise.all(root.filter(entry => entry.is_dir && /^(cell|environment)$/.test(entry.path)).map(entry => folder(entry.path)));
      const present = new Set(inner.flat().map(entry => entry.path));
      const buttons = Object.entries(knownFiles()).filter(([path]) => present.has(path))
        .map(([path, label]) => h('button', { type: 'button', class: 'jt-button', title: path, onclick: () => this.options.onFile(path) }, icon('file'), label));
      this.quick.replaceChildren(...buttons);
    } catch {
      // The page of files says what is wrong with them.
    }
  }

  dispose(): void {
    clearTimeout(this.timer);
  }

  private onFind(): void {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.options.onFind(this.find.value.trim()), FIND_MS);
  }

  private drawFacts(view: RunDetailView): void {
    const times: [string, string][] = [];
    if (view.start_time_ms !== null) {
      times.push([__('Started'), formatAbsolute(view.start_time_ms)]);
    }
    if (view.end_time_ms !== null) {
      times.push([__('Ended'), formatAbsolute(view.end_time_ms)]);
    }
    const all = [[__('Experiment'), view.experiment_name], ...times, ...view.facts.map(fact => [fact.label, fact.value])];
    const key = JSON.stringify(all);
    if (this.facts.dataset.key !== key) {
      this.facts.dataset.key = key;
      this.facts.replaceChildren(...all.flatMap(([label, value]) => [h('dt', {}, viewLabel(label)), factValue(label, value)]));
    }
  }

  private run(): Item<RunLink> {
    let shown: RunLink;
    const dot = h('span', { class: 'jt-dot-slot' });
    const name = h('span', { class: 'jt-line-name' });
    const time = h('span', { class: 'jt-muted jt-num' });
    const { onOpenRun, storeId } = this.options;
    const node = onOpenRun === undefined
      ? h('span', { class: 'jt-use-run' }, dot, name, time)
      : h('button', { type: 'button', class: 'jt-use-run', onclick: () => onOpenRun({ store_id: storeId, run_id: shown.run_id, name: shown.name }) }, dot, name, time);
    return {
      node: h('li', {}, node),
      update: run => {
        shown = run;
        if (dot.dataset.status !== run.status) {
          dot.dataset.status = run.status;
          dot.replaceChildren(statusDot(run.status));
        }
        setName(name, run.name);
        setAttr(node, 'title', `${run.name} · ${run.run_id}`);
        setText(time, run.start_time_ms === null ? '' : formatRelative(run.start_time_ms));
      },
    };
  }
}

function factValue(label: string, value: string): HTMLElement {
  if (label === 'Commit') {
    return h('dd', {}, copyButton(__('commit'), () => value, h('code', {}, value.slice(0, 10))));
  }
  return h('dd', { title: value }, nameNode('jt-fact', value));
}

function datasetLine(): Item<DatasetUse> {
  const name = h('span', { class: 'jt-use-name' });
  const rest = h('span', { class: 'jt-muted' });
  return {
    node: h('li', { class: 'jt-use' }, name, rest),
    update(data) {
      setName(name, data.name);
      const rows = data.rows === null ? '' : formatCount(data.rows, 'row');
      setText(rest, [data.context, rows, data.digest].filter(text => text !== '').join(' · '));
      name.title = __('%1, digest %2, from %3', data.name, data.digest, data.source_type);
    },
  };
}

function modelLine(): Item<ModelUse> {
  const name = h('span', { class: 'jt-use-name' });
  const rest = h('span', { class: 'jt-muted' });
  let shown: ModelUse;
  const copy = copyButton(__('model URI'), () => `models:/${shown.model_id}`);
  return {
    node: h('li', { class: 'jt-use' }, name, rest, copy),
    update(model) {
      shown = model;
      setName(name, model.name);
      name.title = model.model_id;
      setText(rest, [model.role === 'input' ? __('read') : model.step > 0 ? __('made at step %1', model.step.toLocaleString('en-US')) : __('made'), model.status.toLowerCase(), shortId(model.model_id.replace(/^m-/, ''))].filter(text => text !== '').join(' · '));
    },
  };
}
