// Generated from jupyter_tracker/views by `python -m jupyter_tracker.views.typescript`. Do not edit.

/** A file or folder among a run's artifacts; `path` is relative to their root. */
export interface ArtifactEntry {
  path: string;
  is_dir: boolean;
  size_bytes: number | null;
}
