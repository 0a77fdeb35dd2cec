// A panel joins one payload to its sources: the live widget model, if the page has it, and the Jupyter server.
import type { Client } from '../client.js';
import type { RunRef } from '../components/experiment_list.js';
import type { Hub } from '../model.js';
import type { PanelPayload } from '../types.js';
import { CardPanel } from './card_panel.js';
import { TablePanel } from './table_panel.js';

export interface PanelContext {
  payload: PanelPayload;
  /** Asks the Jupyter server. */
  server: Client;
  hub: Hub | null;
  /** Somebody could see the panel now; nothing is polled for a panel that nobody sees. */
  isVisible(): boolean;
  onOpenRun?(run: RunRef): void;
  /** Fills its container, as in a tab. */
  fill?: boolean;
}

export interface Panel {
  readonly node: HTMLElement;
  /** Asks the server now. */
  refresh(): void;
  dispose(): void;
}

export function createPanel(context: PanelContext): Panel {
  return context.payload.panel === 'run_card' ? new CardPanel(context) : new TablePanel(context);
}
