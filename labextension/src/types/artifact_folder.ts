// Generated from jupyter_tracker/views by `python -m jupyter_tracker.views.typescript`. Do not edit.
import type { ArtifactEntry } from './artifact_list.js';

/** The entries of one folder: folders first, each by name. */
export interface ArtifactFolderView {
  /** Relative to the run's artifacts; empty for their root. */
  path: string;
  entries: ArtifactEntry[];
  /** How many there are; more than `entries` in a very full folder. */
  total: number;
}
