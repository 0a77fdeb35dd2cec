// What a panel is given by whoever shows it, and what it is to them.
import type { Client } from '../client.js';
import type { MarkdownToHtml } from '../markdown.js';
import type { Hub } from '../model.js';
import type { PlotlyLoader } from '../plotly.js';
import type { RunRef } from '../refs.js';
import type { PanelPayload } from '../types.js';
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
  /** What the run that is shown is called; told again when that changes. */
  onName?(name: string): void;
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
