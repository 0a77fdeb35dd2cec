// The chart library as the Jupyter server has it: a file of its own, fetched when the first chart is drawn.
import type { Plotly } from '../plotly.js';

export async function labPlotly(): Promise<Plotly> {
  // @ts-expect-error: it comes without types; `plotly.ts` says what is used of it.
  const module = (await import('plotly.js-cartesian-dist-min')) as { default: Plotly };
  return module.default;
}
