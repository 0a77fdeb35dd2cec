// What can be changed of a version beside its stage: its aliases, tags and its description; and of the model.
import { RequestError } from '../client.js';
import type { BoardCard, BoardTag, RegistryBoardView } from '../types.js';
import { __ } from '../words.js';
import type { Edit } from './edit_dialog.js';
import type { MenuItem } from './menu.js';

export interface BoardEditOptions {
  view(): RegistryBoardView | null;
  ask(edit: Edit): void;
  /** Asks the server to change it, and shows the board afterwards. */
  change(path: string, body: Record<string, string>, done: string): Promise<void>;
  back(card: BoardCard): void;
  /** Gets the focus back to what is about the model. */
  backToModel(): void;
}

/** What a dialog is about: a version, or the model as a whole. */
interface Whose {
  name: string;
  body: { version?: string };
  tags: readonly BoardTag[];
  description: string;
  back(): void;
}

export class BoardEdits {
  constructor(private readonly options: BoardEditOptions) {}

  items(card: BoardCard): MenuItem[] {
    return [
      { label: __('Set an alias…'), separated: true, run: () => this.setAlias(card) },
      ...card.aliases.map(alias => ({ label: __('Remove @%1…', alias), run: () => this.removeAlias(card, alias) })),
      ...this.textItems(this.version(card)),
    ];
  }

  modelItems(): MenuItem[] {
    const view = this.options.view();
    if (view === null || view.model === null) {
      return [];
    }
    return this.textItems({ name: view.model, body: {}, tags: view.tags, description: view.description, back: () => this.options.backToModel() });
  }

  setTag(card: BoardCard): void {
    this.tag(this.version(card));
  }

  private version(card: BoardCard): Whose {
    return { name: __('version %1', card.version), body: { version: card.version }, tags: card.tags, description: card.description, back: () => this.options.back(card) };
  }

  private textItems(whose: Whose): MenuItem[] {
    // What is shown was cut: saving it would throw the rest away.
    const isCut = whose.description.endsWith('…');
    return [
      { label: __('Set or remove a tag…'), run: () => this.tag(whose) },
      { label: isCut ? __('Describe: its description is too long to be changed here') : __('Describe…'), disabled: isCut, run: () => this.describe(whose) },
    ];
  }

  private tag(whose: Whose): void {
    this.options.ask({
      title: __('Set or remove a tag of %1', whose.name),
      field: { label: __('Tag, as key=value'), value: '', hint: __('key=value; nothing after = removes it') },
      note: text => tagNote(whose.tags, tagOf(text)),
      confirm: __('Save'),
      save: (text, comment) => {
        const { key, value } = tagOf(text);
        if (key === '' || value === null) {
          return Promise.reject(new RequestError(400, 'INVALID_PARAMETER_VALUE', __('Write it as key=value, such as data=october.')));
        }
        return value === '' ? this.options.change('/registry/delete-tag', { ...whose.body, key, comment }, __('The tag %1 is removed.', key))
          : this.options.change('/registry/set-tag', { ...whose.body, key, value, comment }, __('The tag %1 is %2 now.', key, value));
      },
      closed: whose.back,
    });
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

  private describe({ name, body, description, back }: Whose): void {
    this.options.ask({
      title: __('Describe %1', name),
      field: { label: __('Description'), value: description, hint: body.version === undefined ? __('What it is for') : __('What is new in it'), long: true },
      note: () => '',
      confirm: __('Save'),
      save: (text, comment) => this.options.change('/registry/describe', { ...body, text, comment }, __('The description is saved.')),
      closed: back,
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

/** What a line says: the value is null where there is no =, and empty where the tag is to go. */
function tagOf(line: string): { key: string; value: string | null } {
  const at = line.indexOf('=');
  return at < 0 ? { key: line.trim(), value: null } : { key: line.slice(0, at).trim(), value: line.slice(at + 1).trim() };
}

/** Says what there is now, so that nobody overwrites it unawares. */
function tagNote(tags: readonly BoardTag[], { key, value }: { key: string; value: string | null }): string {
  const now = tags.find(tag => tag.key === key);
  if (key === '') {
    return tags.length === 0 ? __('It has no tags.') : __('Its tags: %1', tagsText(tags));
  }
  if (value === '') {
    return now === undefined ? __('It has no tag %1.', key) : __('%1 is %2 now, and is removed.', key, now.value);
  }
  return now === undefined ? '' : __('%1 is %2 now.', key, now.value);
}

export function tagsText(tags: readonly BoardTag[], between = ', '): string {
  return tags.map(tag => `${tag.key}=${tag.value}`).join(between);
}

function named(text: string): string {
  return text.trim().replace(/^@/, '');
}
