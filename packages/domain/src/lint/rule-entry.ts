/**
 * How much a finding weighs. `error`: the registry is not used as it is. `warning`: it is, and
 * probably does not say what was meant. `note`: it says something that nothing goes by yet.
 */
export type Severity = 'error' | 'warning' | 'note'

/** What the catalogue says of one rule of a registry. */
export interface RuleEntry {
  readonly severity: Severity
  /** The rule, as a sentence that a sound registry keeps. */
  readonly rule: string
  /** What to do where it is broken. */
  readonly remedy: string
}
