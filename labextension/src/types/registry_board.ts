// Generated from jupyter_tracker/views by `python -m jupyter_tracker.views.typescript`. Do not edit.

export type Stage = 'None' | 'Staging' | 'Production' | 'Archived';

/** A metric of a version, and what it has more or less than the one in production. */
export interface BoardMetric {
  key: string;
  text: string;
  delta: string | null;
  /** Whether the difference is good; null where nobody knows. */
  is_better: boolean | null;
}

/** A tag of a version or of the model; a long value is cut. */
export interface BoardTag {
  key: string;
  value: string;
}

/** A stage that a version could be moved to, or why not. */
export interface BoardMove {
  stage: Stage;
  /** Why it cannot be moved there; null where it can. */
  refusal: string | null;
}

/** One version. */
export interface BoardCard {
  version: string;
  stage: Stage;
  description: string;
  aliases: string[];
  tags: BoardTag[];
  creation_time_ms: number;
  run_id: string | null;
  /** Null where the run is not in this store. */
  run_name: string | null;
  metrics: BoardMetric[];
  metrics_total: number;
  /** What goes in and comes out, in one line. */
  signature: string | null;
  /** The notebook or script that the run came from. */
  source: string;
  cell: string;
  datasets: string[];
  moves: BoardMove[];
}

/** The versions in one stage, the highest first; `total` counts those that are not shown, too. */
export interface BoardColumn {
  stage: Stage;
  cards: BoardCard[];
  total: number;
}

/** Something that has happened to the model. */
export interface BoardEvent {
  number: number;
  timestamp_ms: number;
  text: string;
  user: string;
  verified: boolean;
  origin: string;
  comment: string;
}

/** A registered model; `model` is null where there is none yet. */
export interface RegistryBoardView {
  store_id: string;
  models: string[];
  model: string | null;
  description: string;
  tags: BoardTag[];
  columns: BoardColumn[];
  /** The version in production that the others are measured against. */
  incumbent: string | null;
  /** The newest first. */
  events: BoardEvent[];
  events_total: number;
  head: string;
}
