// What has happened to a registered model, as a timeline, the newest first.
import { h, Item, KeyedList, setHidden, setText } from '../dom.js';
import { formatAbsolute, formatAgo } from '../format.js';
import type { BoardEvent } from '../types.js';
import { __ } from '../words.js';
import { copyButton } from './copy_button.js';

export class BoardHistory {
  readonly node: HTMLElement;
  private readonly list: KeyedList<BoardEvent>;
  private head = '';
  private readonly said = h('span', {});
  private readonly note = h('div', { class: 'jt-muted jt-board-note jt-board-chain' }, this.said, copyButton(__('head'), () => this.head));

  constructor() {
    this.list = new KeyedList<BoardEvent>(h('ol', { class: 'jt-timeline' }), event => String(event.number), entry);
    this.node = h('details', { class: 'jt-board-history' }, h('summary', {}, __('History')), this.list.parent, this.note);
    setHidden(this.node, true);
  }

  update(events: readonly BoardEvent[], total: number, head: string): void {
    setHidden(this.node, total === 0);
    this.list.update(events);
    const [count, digest] = head.split(':');
    const older = total > events.length ? __('and %1 older. ', total - events.length) : '';
    setText(this.said, older + __("Head of the registry's history: %1", `${count}:${(digest ?? '').slice(0, 12)}…`));
    this.said.title = head;
    this.head = head;
    setHidden(this.note, head === '');
  }
}

function entry(): Item<BoardEvent> {
  const when = h('span', { class: 'jt-muted jt-num jt-timeline-when' });
  const text = h('span', { class: 'jt-timeline-text' });
  const who = h('span', { class: 'jt-muted' });
  const comment = h('div', { class: 'jt-timeline-comment' });
  return {
    node: h('li', {}, when, h('div', {}, text, ' ', who, comment)),
    update: event => {
      setText(when, formatAgo(event.timestamp_ms));
      when.title = formatAbsolute(event.timestamp_ms);
      setText(text, event.text);
      const name = event.user === '' ? '' : event.verified ? event.user : __('%1 (unverified)', event.user);
      // A notebook by its name; where it lies is said when somebody points at it.
      const origin = event.origin.replace(/^.*[\\/](?=[^\\/]*\.ipynb)/, '');
      setText(who, [name, origin].filter(part => part !== '').join(' · '));
      who.title = event.origin;
      setText(comment, event.comment);
      setHidden(comment, event.comment === '');
    },
  };
}
