// The part of plotly.js that is used here, loaded once per page however many panels and widgets there are.
import { moduleFromText } from './module_text.js';

export interface PlotlyFigure {
  data: PlotlyTrace[];
  layout: Record<string, unknown>;
}

export type PlotlyTrace = Record<string, unknown>;

/** What `on` gives in a `plotly_relayout` and, while a box is drawn, in a `plotly_relayouting`: the keys that change. */
export type RelayoutEvent = Record<string, unknown>;

export interface PlotlyElement extends HTMLElement {
  on?(event: 'plotly_relayout' | 'plotly_relayouting' | 'plotly_doubleclick', callback: (event: RelayoutEvent) => void): void;
}

export interface Plotly {
  react(node: HTMLElement, data: PlotlyTrace[], layout: object, config: object): Promise<unknown>;
  toImage(figure: object, options: object): Promise<string>;
  purge(node: HTMLElement): void;
}

export type PlotlyLoader = () => Promise<Plotly>;

const LIBRARY = Symbol.for('jupyter-tracker.plotly');

/** The library of this page; `load` is called by the first who asks, and by the next one after it failed. */
export function pagePlotly(load: PlotlyLoader): Promise<Plotly> {
  const page = globalThis as unknown as Record<symbol, Promise<Plotly> | undefined>;
  page[LIBRARY] ??= load().catch(error => {
    page[LIBRARY] = undefined;
    throw error;
  });
  return page[LIBRARY];
}

/** The library in a module's text, as a kernel sends it. */
export async function plotlyFromText(text: string): Promise<Plotly> {
  return (await moduleFromText<{ default: Plotly }>(text)).default;
}
