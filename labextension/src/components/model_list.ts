// The registered models of a store, in the side panel: a click opens the board of one.
import type { Client } from '../client.js';
import { h, Item, KeyedList, setAttr, setHidden, setText } from '../dom.js';
import type { ModelEntry, ModelListView } from '../types.js';
import type { Words } from '../words.js';
import { setName } from './middle_cut.js';

export interface ModelListOptions {
  client: Client;
  words: Words;
  onOpen(storeId: string, model: string): void;
}

export class ModelList {
  readonly node: HTMLElement;
  private readonly list: KeyedList<ModelEntry>;
  private storeId = '';
  private models: readonly ModelEntry[] = [];
  private text = '';

  constructor(private readonly options: ModelListOptions) {
    const title = options.words.__('Models');
    this.list = new KeyedList<ModelEntry>(h('ul', { class: 'jt-models', 'aria-label': title }), model => model.name, () => this.entry());
    this.node = h('div', { class: 'jt-side-section' }, h('div', { class: 'jt-side-heading', role: 'heading', 'aria-level': '3' }, title), this.list.parent);
    setHidden(this.node, true);
  }

  async load(storeId: string): Promise<void> {
    const view = await this.options.client.get<ModelListView>('/views/models', { store: storeId });
    this.storeId = storeId;
    this.models = view.models;
    this.draw();
  }

  /** Shows those whose name has this in it. */
  narrow(text: string): void {
    this.text = text.toLowerCase();
    this.draw();
  }

  private draw(): void {
    const models = this.models.filter(model => model.name.toLowerCase().includes(this.text));
    setHidden(this.node, models.length === 0);
    this.list.update(models);
  }

  private entry(): Item<ModelEntry> {
    const { words, onOpen } = this.options;
    let current: ModelEntry;
    const name = h('span', { class: 'jt-line-name' });
    const note = h('span', { class: 'jt-muted jt-num jt-model-note', 'aria-hidden': 'true' });
    const spoken = h('span', { class: 'jt-sr' });
    const open = h('button', { type: 'button', class: 'jt-model-open', onclick: () => onOpen(this.storeId, current.name) }, name, note, spoken);
    return {
      node: h('li', {}, open),
      update: model => {
        current = model;
        setName(name, model.name);
        const { production, staging, latest } = model;
        const shown = production ?? staging ?? latest;
        // Its stage is a dot, as on the board: a narrow panel has room for the name then.
        setText(note, shown === null ? words.__('no version') : words.__('v%1', shown));
        setAttr(note, 'data-stage', production !== null ? 'Production' : staging !== null ? 'Staging' : null);
        setText(spoken, ` ${production !== null ? words.__('version %1 in production', production)
          : staging !== null ? words.__('version %1 in staging', staging) : latest !== null ? words.__('version %1', latest) : words.__('no version')}`);
        open.title = `${model.name},${spoken.textContent}`;
      },
    };
  }
}
