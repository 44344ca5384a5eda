/**
 * The weight of a finding. `error`: the registry is not used as it is. `warning`: it is used, and probably
 * does not mean what its author intended. `note`: it has a member without an effect so far.
 */
export type Severity = 'error' | 'warning' | 'note'

/** The catalogue's entry of one rule of a registry. */
export interface RuleEntry {
  readonly severity: Severity
  /** The rule, as a sentence that a sound registry keeps. */
  readonly rule: string
  /** The correction if the rule is broken. */
  readonly remedy: string
}
