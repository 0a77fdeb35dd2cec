// Asks before a version is moved: what makes room, what the policy says, and why somebody does it.
import { h, setHidden, setText } from '../dom.js';
import type { RegistryMoveView } from '../types.js';
import { __, _n } from '../words.js';
import { Dialog, Question } from './dialog.js';

export interface Move extends Question {
  load(): Promise<RegistryMoveView>;
  move(view: RegistryMoveView, comment: string): Promise<void>;
}

const MARKS = { passed: '✓', failed: '✗', unknown: '?', warning: '!' } as const;
const WORDS = { passed: () => __('passed'), failed: () => __('failed'), unknown: () => __('cannot tell'), warning: () => __('warning') } as const;

export class MoveDialog extends Dialog<Move> {
  private readonly verdict: HTMLElement;
  private view: RegistryMoveView | null = null;

  constructor(host: HTMLElement) {
    const verdict = h('div', { class: 'jt-dialog-verdict', role: 'status' });
    super(host, verdict);
    this.verdict = verdict;
    setText(this.confirm, __('Move'));
  }

  protected ask(move: Move): HTMLElement {
    this.view = null;
    this.verdict.replaceChildren(h('span', { class: 'jt-muted' }, __('Asking the policy…')));
    this.confirm.disabled = true;
    move.load().then(view => this.show(move, view), error => this.cannotTell(move, error));
    return this.comment;
  }

  protected answer(move: Move, comment: string): Promise<void> {
    return this.view === null ? Promise.resolve() : move.move(this.view, comment);
  }

  /** Somebody else may have been faster: what would happen now is shown. */
  protected override again(move: Move): void {
    move.load().then(view => this.show(move, view), () => undefined);
  }

  private cannotTell(move: Move, error: unknown): void {
    if (move === this.question) {
      this.verdict.replaceChildren();
      this.fail(error);
    }
  }

  private show(move: Move, view: RegistryMoveView): void {
    if (move !== this.question) {
      return;
    }
    this.view = view;
    const refused = view.refusal !== null;
    this.verdict.replaceChildren(...headlines(view), ...rulesOf(view));
    this.confirm.disabled = refused;
    setHidden(this.comment, refused);
    if (refused) {
      this.cancel.focus({ preventScroll: true });
    }
  }
}

function headlines(view: RegistryMoveView): HTMLElement[] {
  const lines: HTMLElement[] = [];
  if (view.refusal !== null) {
    lines.push(h('div', { class: 'jt-dialog-refusal' }, __('It cannot be moved: %1', view.refusal)));
  } else if (view.archives.length > 0) {
    const all = view.archives.join(', ');
    lines.push(h('div', {}, _n('Version %2 is archived along with it.', 'Versions %2 are archived along with it.', view.archives.length, all)));
  }
  if (view.verdict !== '') {
    lines.push(h('div', { class: 'jt-dialog-headline' }, view.verdict));
  } else if (view.policy === null && view.refusal === null) {
    lines.push(h('div', { class: 'jt-muted' }, __('No policy is about this stage.')));
  }
  return lines;
}

function rulesOf({ rules }: RegistryMoveView): HTMLElement[] {
  const lines = rules.map(({ outcome, text }) => h('li', { 'data-outcome': outcome },
    h('span', { class: 'jt-dialog-mark', 'aria-hidden': 'true' }, MARKS[outcome]), h('span', { class: 'jt-sr' }, `${WORDS[outcome]()}: `), h('span', {}, text)));
  return lines.length === 0 ? [] : [h('ul', { class: 'jt-dialog-rules' }, ...lines)];
}
