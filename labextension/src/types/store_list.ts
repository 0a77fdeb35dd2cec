// Generated from jupyter_tracker/views by `python -m jupyter_tracker.views.typescript`. Do not edit.

/** One store that the server may open, because a kernel recorded it or it lies under the root. */
export interface StoreEntry {
  store_id: string;
  location: string;
  /** The store that panels show when they name none. */
  is_default: boolean;
}

/** The stores that panels may show; the default one comes first. */
export interface StoreListView {
  stores: StoreEntry[];
}
