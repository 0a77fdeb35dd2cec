// What names a run, or an experiment, well enough to speak of it and to ask for it.
export interface RunRef {
  store_id: string;
  run_id: string;
  name: string;
}

export interface ExperimentRef {
  store_id: string;
  experiment_id: string;
  name: string;
}
