// One experiment of the side panel's tree: folded, its counts; unfolded, its latest runs.
import { h, Item, KeyedList, setAttr, setHidden, setText } from '../dom.js';
import { formatAbsolute, formatRelative } from '../format.js';
import type { ExperimentEntry, RunEntry } from '../types.js';
import type { Words } from '../words.js';
import { icon } from './icons.js';
import { setName } from './middle_cut.js';
import { menuButton } from './run_line.js';

export interface ExperimentNodeOptions {
  words: Words;
  isOpen(experimentId: string): boolean;
  /** What is known of its runs; undefined until the first answer. */
  runs(experimentId: string): { runs: RunEntry[]; total: number } | undefined;
  storeId(): string;
  onFold(experiment: ExperimentEntry): void;
  onOpenTable?(experiment: ExperimentEntry): void;
  line(): Item<RunEntry>;
  hasMenu: boolean;
}

export function experimentNode(options: ExperimentNodeOptions): Item<ExperimentEntry> {
  const { words } = options;
  let current: ExperimentEntry;
  // Blanks keep apart what is read as one text; they take no room on the screen.
  const name = h('span', { class: 'jt-exp-name' });
  const running = h('span', { class: 'jt-exp-running' });
  const count = h('span', { class: 'jt-exp-count jt-num' });
  const head = h('div', { class: 'jt-exp-head', onclick: () => options.onFold(current) }, icon('chevron'), name, ' ', running, ' ', count);
  const table = h('button', { type: 'button', class: 'jt-button-bare jt-exp-table', tabindex: '-1', onclick: () => options.onOpenTable?.(current) }, icon('table'));
  setHidden(table, options.onOpenTable === undefined);
  const menu = menuButton(() => row, words);
  setHidden(menu, !options.hasMenu);
  // Beside the runs below it, not around them: its name is what stands in it.
  const row = h('div', { class: 'jt-exp-row', role: 'treeitem', 'aria-level': '1', tabindex: '-1' }, head, table, menu);
  const lines = new KeyedList<RunEntry>(h('ul', { class: 'jt-lines', role: 'group' }), run => run.run_id, () => options.line());
  const note = h('div', { class: 'jt-muted jt-lines-note' });
  const node = h('li', { class: 'jt-exp', role: 'none' }, row, lines.parent, note);
  return {
    node,
    update(experiment) {
      current = experiment;
      const open = options.isOpen(experiment.experiment_id);
      const known = options.runs(experiment.experiment_id);
      setName(name, experiment.name);
      const total = experiment.run_count.toLocaleString('en-US');
      const runs = words._n('%2 run', '%2 runs', experiment.run_count, total);
      const goOn = experiment.running_count > 0 ? words.__('%1 running', experiment.running_count) : '';
      setAttr(head, 'title', [`${experiment.name}: ${runs}`, latest(experiment, words)].filter(Boolean).join(', '));
      // What is to be seen comes first and in its order: who speaks to a computer says it.
      setAttr(row, 'aria-label', [experiment.name, goOn, runs].filter(Boolean).join(', '));
      setAttr(row, 'aria-expanded', open ? 'true' : 'false');
      setAttr(row, 'data-experiment-id', experiment.experiment_id);
      setAttr(row, 'data-experiment-name', experiment.name);
      setAttr(row, 'data-store-id', options.storeId());
      table.title = words.__('All runs of %1 in a table', experiment.name);
      setAttr(table, 'aria-label', table.title);
      menu.title = words.__('Actions for %1', experiment.name);
      setAttr(menu, 'aria-label', menu.title);
      setText(count, total);
      setText(running, goOn);
      setHidden(running, goOn === '');
      setHidden(lines.parent, !open);
      lines.update(open ? known?.runs ?? [] : []);
      setText(note, known === undefined ? words.__('Loading…') : noteOf(known, words));
      setHidden(note, !open || note.textContent === '');
    },
  };
}

function noteOf({ runs, total }: { runs: RunEntry[]; total: number }, words: Words): string {
  return total === 0 ? words.__('No runs yet') : total > runs.length ? words.__('and %1 older', (total - runs.length).toLocaleString('en-US')) : '';
}

function latest({ last_start_time_ms: at }: ExperimentEntry, words: Words): string {
  return at === null ? '' : words.__('latest %1 (%2)', formatRelative(at), formatAbsolute(at));
}
