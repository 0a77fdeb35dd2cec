// What sets one kind of panel apart: its component, what that and the kernel's model tell each other, and how often it asks.
import type { Client } from '../client.js';
import type { RunComparison } from '../components/comparison.js';
import type { RunRef } from '../refs.js';
import type { MarkdownToHtml } from '../markdown.js';
import type { HostModel } from '../model.js';
import type { PlotlyLoader } from '../plotly.js';
import type { PanelPayload } from '../types.js';

/** How long to wait after a failure. */
export const RETRY_MS = 15_000;

/** Some runs of one store. */
export interface RunsRef {
  store_id: string;
  run_ids: readonly string[];
}

/** What a component is made of, whoever shows it. */
export interface PanelSource {
  client: Client;
  payload: PanelPayload;
  /** Called when the first chart is to be drawn. */
  plotly: PlotlyLoader;
  /** Called when a comparison is first looked at within another panel. */
  comparison(): Promise<typeof RunComparison>;
  /** How this host reads Markdown; left out where it cannot. */
  markdown?: MarkdownToHtml;
  /** Fills its container, as in a tab. */
  fill?: boolean;
  /** Tells the kernel's model, if there is one, what the user chose. */
  tell(change: Record<string, unknown>): void;
  /** There is something to be asked for now. */
  want(): void;
  onOpenRun?(run: RunRef): void;
  /** What the run that is shown is called; told again when that changes. */
  onName?(name: string): void;
  /** Compares two runs or more, in a tab of their own. */
  onCompare?(runs: RunsRef): void;
}

/** A component that asks for what it shows. */
export interface Asking {
  readonly node: HTMLElement;
  /** Why the last request failed; null where it did not. */
  readonly failure: unknown;
  load(): Promise<void>;
  dispose(): void;
}

export interface PanelKind<Component extends Asking = Asking> {
  make(source: PanelSource): Component;
  /** Shows what the model has now and whenever it changes; returns what ends that. */
  bind(model: HostModel, component: Component): () => void;
  /** Milliseconds to the next question, or null to rest. Nothing has failed. */
  interval(component: Component): number | null;
  /** A live model brings the view and tells when it is old, so that nothing is asked at first. */
  pushed?: boolean;
}
