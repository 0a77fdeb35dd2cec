// A panel joins one payload to its sources: the live widget model, if the page has it, and the Jupyter server.
import type { Client } from '../client.js';
import type { RunRef } from '../components/experiment_list.js';
import type { MarkdownToHtml } from '../markdown.js';
import type { Hub } from '../model.js';
import type { PlotlyLoader } from '../plotly.js';
import type { PanelPayload } from '../types.js';
import { CardPanel } from './card_panel.js';
import { LazyPanel } from './lazy_panel.js';
import type { RunsRef } from './panel_kind.js';

export interface PanelContext {
  payload: PanelPayload;
  /** Asks the Jupyter server. */
  server: Client;
  hub: Hub | null;
  /** Called when the first chart is to be drawn. */
  plotly: PlotlyLoader;
  /** How this host reads Markdown; left out where it cannot. */
  markdown?: MarkdownToHtml;
  /** Somebody could see the panel now; nothing is polled for a panel that nobody sees. */
  isVisible(): boolean;
  onOpenRun?(run: RunRef): void;
  /** Compares two runs or more, in a tab of their own. */
  onCompare?(runs: RunsRef): void;
  /** Stops a run that goes on, after asking; left out where nothing can. */
  onStop?(run: RunRef): void;
  /** What the notebook has in words of it: shown where nobody answers. */
  text?: string;
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
  // Every tracked cell has a card; the code of the others comes when the first of them is shown.
  return context.payload.panel === 'run_card'
    ? new CardPanel(context)
    : new LazyPanel(async () => (await import(/* webpackChunkName: "lazy-panels" */ './later.js')).livePanel(context));
}
