// A panel joins one payload to its sources: the live widget model, if the page has it, and the Jupyter server.
import { CardPanel } from './card_panel.js';
import { LazyPanel } from './lazy_panel.js';
import type { Panel, PanelContext } from './panel_context.js';

export function createPanel(context: PanelContext): Panel {
  // Every tracked cell has a card; the code of the others comes when the first of them is shown.
  return context.payload.panel === 'run_card'
    ? new CardPanel(context)
    : new LazyPanel(async () => (await import(/* webpackChunkName: "lazy-panels" */ './later.js')).livePanel(context));
}
