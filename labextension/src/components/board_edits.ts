// What can be changed of a version beside its stage: its aliases and its description.
import type { BoardCard, RegistryBoardView } from '../types.js';
import { __ } from '../words.js';
import type { Edit } from './edit_dialog.js';
import type { MenuItem } from './menu.js';

export interface BoardEditOptions {
  view(): RegistryBoardView | null;
  ask(edit: Edit): void;
  /** Asks the server to change it, and shows the board afterwards. */
  change(path: string, body: Record<string, string>, done: string): Promise<void>;
  back(card: BoardCard): void;
}

export class BoardEdits {
  constructor(private readonly options: BoardEditOptions) {}

  items(card: BoardCard): MenuItem[] {
    return [
      { label: __('Set an alias…'), separated: true, run: () => this.setAlias(card) },
      ...card.aliases.map(alias => ({ label: __('Remove @%1…', alias), run: () => this.removeAlias(card, alias) })),
      // What is shown was cut: saving it would throw the rest away.
      { label: card.description.endsWith('…') ? __('Describe: its description is too long to be changed here') : __('Describe…'), disabled: card.description.endsWith('…'), run: () => this.describe(card) },
    ];
  }

  setAlias(card: BoardCard): void {
    this.options.ask({
      title: __('Set an alias of version %1', card.version),
      field: { label: __('Alias'), value: '', hint: __('champion') },
      note: text => this.pointsAt(card, named(text)),
      confirm: __('Set'),
      save: (text, comment) => this.options.change('/registry/set-alias', { version: card.version, alias: named(text), comment },
        __('@%1 points at version %2 now.', named(text), card.version)),
      closed: () => this.options.back(card),
    });
  }

  private removeAlias(card: BoardCard, alias: string): void {
    this.options.ask({
      title: __('Remove the alias @%1?', alias),
      field: null,
      note: () => __('It points at version %1. Whoever loads the model by it will find none.', card.version),
      confirm: __('Remove'),
      save: (_, comment) => this.options.change('/registry/delete-alias', { alias, comment }, __('@%1 is removed.', alias)),
      closed: () => this.options.back(card),
    });
  }

  private describe(card: BoardCard): void {
    this.options.ask({
      title: __('Describe version %1', card.version),
      field: { label: __('Description'), value: card.description, hint: __('What is new in it'), long: true },
      note: () => '',
      confirm: __('Save'),
      save: (text, comment) => this.options.change('/registry/describe', { version: card.version, text, comment }, __('The description is saved.')),
      closed: () => this.options.back(card),
    });
  }

  /** Says where an alias points now, so that nobody moves one unawares. */
  private pointsAt(card: BoardCard, alias: string): string {
    const owner = this.options.view()?.columns.flatMap(column => column.cards).find(one => one.aliases.includes(alias));
    if (owner === undefined) {
      return '';
    }
    return owner.version === card.version ? __('@%1 points at it already.', alias) : __('@%1 points at version %2 now, and is moved.', alias, owner.version);
  }
}

function named(text: string): string {
  return text.trim().replace(/^@/, '');
}
