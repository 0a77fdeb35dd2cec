// One run on one line of a tree: status, name, headline metric, when.
import { h, Item, setAttr, setHidden, setText } from '../dom.js';
import { formatAbsolute, formatAgo, formatRelative, statusWord } from '../format.js';
import type { RunEntry, RunStatus } from '../types.js';
import type { Words } from '../words.js';
import { icon } from './icons.js';
import { setName } from './middle_cut.js';
import { statusDot } from './status.js';
import { openMenu } from './tree_keys.js';

export interface RunLineOptions {
  words: Words;
  storeId(): string;
  isSelected(runId: string): boolean;
  onOpen(run: RunEntry): void;
  /** A click with Ctrl or Command: one more run is meant. */
  onSelect(run: RunEntry): void;
  /** There is a context menu, and so a button that opens it. */
  hasMenu: boolean;
}

export function runLine(options: RunLineOptions): Item<RunEntry> {
  const { words } = options;
  let current: RunEntry;
  const dot = h('span', { class: 'jt-dot-slot' });
  // Blanks keep apart what is read as one text; they take no room on the screen.
  const name = h('span', { class: 'jt-line-name' });
  const metric = h('span', { class: 'jt-line-metric jt-num' });
  const time = h('span', { class: 'jt-line-time jt-num' });
  const menu = menuButton(() => node, words);
  setHidden(menu, !options.hasMenu);
  const node = h('li', { class: 'jt-line', role: 'treeitem', 'aria-level': '2', tabindex: '-1', onclick: (event: MouseEvent) => onClick(event) }, dot, name, ' ', metric, ' ', time, menu);
  const onClick = (event: MouseEvent): void => (event.ctrlKey || event.metaKey ? options.onSelect(current) : options.onOpen(current));
  let status: RunStatus | null = null;
  return {
    node,
    update(run) {
      current = run;
      if (run.status !== status) {
        status = run.status;
        dot.replaceChildren(statusDot(run.status));
      }
      setName(name, run.name);
      name.title = run.name;
      setHidden(metric, run.metric === '');
      setText(metric, run.value);
      metric.title = run.metric === '' ? '' : `${run.metric} = ${run.value}`;
      setText(time, run.start_time_ms === null ? '' : formatAgo(run.start_time_ms));
      time.title = run.start_time_ms === null ? '' : `${formatRelative(run.start_time_ms)}: ${formatAbsolute(run.start_time_ms)}`;
      mark(node, { store_id: options.storeId(), run_id: run.run_id, name: run.name });
      setAttr(node, 'aria-selected', options.isSelected(run.run_id) ? 'true' : 'false');
      // What is to be seen comes first and in its order: who speaks to a computer says it.
      setAttr(node, 'aria-label', [run.name, run.value, time.textContent, statusWord(run.status), run.metric].filter(Boolean).join(', '));
      menu.title = words.__('Actions for %1', run.name);
      setAttr(menu, 'aria-label', menu.title);
    },
  };
}

/** Says which run an element stands for: what a context menu over it is about. */
export function mark(node: HTMLElement, run: { store_id: string; run_id: string; name: string }): void {
  setAttr(node, 'data-run-id', run.run_id);
  setAttr(node, 'data-store-id', run.store_id);
  setAttr(node, 'data-run-name', run.name);
}

export function menuButton(item: () => HTMLElement, words: Words): HTMLButtonElement {
  const button = h('button', {
    type: 'button', class: 'jt-button-bare jt-menu-button', tabindex: '-1', 'aria-haspopup': 'menu', 'aria-label': words.__('Actions'),
    onclick: (event: MouseEvent) => {
      event.stopPropagation();
      openMenu(item(), button);
    },
  }, icon('more'));
  return button;
}
