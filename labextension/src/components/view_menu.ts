// Switches of how a run table looks.
import type { ColumnLayout } from '../column_layout.js';
import { h } from '../dom.js';
import { __ } from '../words.js';
import { icon } from './icons.js';
import { Popover } from './popover.js';

export interface ViewMenuOptions {
  layout: ColumnLayout;
  /** The filter finds the runs in the trash. */
  isTrash(): boolean;
  toggle(what: 'sparklines' | 'bars' | 'trash'): void;
  reset(): void;
}

export function viewMenu(options: ViewMenuOptions): Popover {
  const { layout } = options;
  const boxes: [string, () => boolean, 'sparklines' | 'bars' | 'trash'][] = [
    [__('Sparklines'), () => layout.sparklines, 'sparklines'],
    [__('Colour bars'), () => layout.bars, 'bars'],
    [__('Runs in the trash'), () => options.isTrash(), 'trash'],
  ];
  const list = h('div', { class: 'jt-view-list' });
  const popover: Popover = new Popover(__('View'), [icon('view'), h('span', {}, __('View'))], () => {
    const rows = boxes.map(([label, value, what]) => {
      const input = h('input', { type: 'checkbox', onchange: () => options.toggle(what) });
      input.checked = value();
      return h('label', { class: 'jt-chooser-row' }, input, h('span', {}, label));
    });
    const reset = h('button', { type: 'button', class: 'jt-link', onclick: () => {
      options.reset();
      popover.close(true);
    } }, __('Reset columns'));
    list.replaceChildren(...rows, h('div', { class: 'jt-chooser-foot' }, reset));
    return rows[0].querySelector('input');
  });
  popover.box.append(list);
  return popover;
}
