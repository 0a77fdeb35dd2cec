// What who looks may change, where that depends on the experiment.

export interface Rights {
  /** Whether runs of an experiment may be changed. */
  writes(experimentId: string): boolean;
  /** Whether an experiment itself may be renamed and deleted. */
  owns(experimentId: string): boolean;
}

/** Whoever serves the panel asks nobody who they are, or their role is the same everywhere. */
export const ALL_RIGHTS: Rights = { writes: () => true, owns: () => true };
