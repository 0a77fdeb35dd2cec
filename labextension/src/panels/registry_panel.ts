// A registered model's board as a panel.
import { RegistryBoard } from '../components/registry_board.js';
import type { RegistryBoardView } from '../types.js';
import type { PanelKind } from './panel_kind.js';

/** Somebody else may move a version at any time. */
const LIVE_MS = 2000;

export const registryPanel: PanelKind<RegistryBoard> = {
  make: ({ client, payload, fill, tell, want, onOpenRun }) => new RegistryBoard({
    client, query: { store_id: payload.store_id, model: payload.model }, fill, onChange: tell, onWant: want, onOpen: onOpenRun,
  }),
  bind: (model, board) => {
    const onModel = (): void => board.setModel((model.get('model') as string | null | undefined) ?? null);
    const view = model.get('view') as RegistryBoardView | null | undefined;
    // A trait may still be its empty default.
    if (Array.isArray(view?.columns)) {
      board.setView(view);
    }
    model.on('change:model', onModel);
    onModel();
    return () => model.off('change:model', onModel);
  },
  interval: () => LIVE_MS,
};
