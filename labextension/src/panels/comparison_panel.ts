// A comparison as a panel.
import { bindComparison } from '../comparison_model.js';
import { RunComparison } from '../components/comparison.js';
import { comparisonOptions } from '../payload.js';
import type { PanelKind } from './panel_kind.js';

/** While a run goes on; a comparison is read, not watched. */
const LIVE_MS = 2000;

export const comparisonPanel: PanelKind<RunComparison> = {
  make: ({ client, payload, fill, tell, onOpenRun }) => new RunComparison({
    client,
    query: { store_id: payload.store_id, options: payload.comparison ?? comparisonOptions(null) },
    fill,
    onOpen: onOpenRun,
    onChange: tell,
    onSelect: selection => tell({ selection }),
  }),
  bind: bindComparison,
  interval: comparison => (comparison.isLive ? LIVE_MS : null),
};
