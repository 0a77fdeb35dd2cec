// Generated from jupyter_tracker/views by `python -m jupyter_tracker.views.typescript`. Do not edit.

/** What one rule of the policy says. */
export interface MoveRule {
  rule: string;
  outcome: 'passed' | 'failed' | 'unknown' | 'warning';
  text: string;
}

/** A move that has been asked for. */
export interface RegistryMoveView {
  model: string;
  version: string;
  stage: string;
  /** Why it cannot be done; null where it can. */
  refusal: string | null;
  /** The versions that are archived along with it. */
  archives: string[];
  /** Where the policy is; null where none is about this stage. */
  policy: string | null;
  /** What the policy says, in a sentence; where there is none, the default rule, which refuses nothing. */
  verdict: string;
  rules: MoveRule[];
}
