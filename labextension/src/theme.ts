// Colours of the theme as a canvas or a chart library needs them: resolved, and again when the theme changes.
import { h } from './dom.js';

export interface ChartColors {
  runs: string[];
  text: string;
  muted: string;
  grid: string;
  ground: string;
  font: string;
}

const RUNS = 8;

/** Read from `node`, which must be in the page and within `.jt`. */
export function chartColors(node: HTMLElement): ChartColors {
  const probe = h('span', { hidden: true });
  node.append(probe);
  const resolved = (value: string): string => {
    probe.style.color = value;
    return getComputedStyle(probe).color;
  };
  const colors = {
    runs: Array.from({ length: RUNS }, (_, i) => resolved(`var(--jt-run-${i})`)),
    text: resolved('var(--jt-fg)'),
    muted: resolved('var(--jt-fg-muted)'),
    grid: resolved('var(--jt-grid)'),
    ground: resolved('var(--jt-bg)'),
    font: getComputedStyle(node).fontFamily,
  };
  probe.remove();
  return colors;
}

/** Calls back when the host may have changed its theme; returns what ends that. */
export function watchTheme(onChange: () => void): () => void {
  const observer = new MutationObserver(onChange);
  const attributeFilter = ['data-jp-theme-light', 'data-jp-theme-name', 'data-vscode-theme-kind', 'class', 'theme'];
  for (const node of [document.body, document.documentElement]) {
    observer.observe(node, { attributes: true, attributeFilter });
  }
  const media = globalThis.matchMedia?.('(prefers-color-scheme: dark)');
  media?.addEventListener('change', onChange);
  return () => {
    observer.disconnect();
    media?.removeEventListener('change', onChange);
  };
}
