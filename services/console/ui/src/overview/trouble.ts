import { ALERTS, type AlertKey } from '@freshet/insight/alerts'
import type { Tone } from '../parts/icon.tsx'

/** The faults of the overview that have no alert: amber, because they notify no person. */
export type OwnTrouble = 'budgetSpent' | 'sourceUnheard' | 'routesOpen'

/** A fault that needs a look. `bad`: an alert pages for it. */
export interface Trouble {
  readonly about: AlertKey | OwnTrouble
  readonly tone: Extract<Tone, 'bad' | 'warn'>
  /** Name of the alert, and so of its runbook; `null` where there is none. */
  readonly alert: string | null
  readonly text: string
  readonly place: string
}

/** Alerts that no answer of the console lets a page see, and why. */
export const UNSEEN: Readonly<Partial<Record<AlertKey, string>>> = {
  edgeTableFull: 'edges report the state unverified, and its cause in their own /metrics alone',
  denyingUnverified: 'edges report how much they deny, and its reasons in their own /metrics alone',
  staleAllows:
    'kept change by change, which Explain shows; as a share it is the objective stale-allows',
  clockSkew: 'skew is estimated over minutes, and kept in /metrics alone',
  unmappedClaims: 'the records are parked, and shown as FreshetQuarantine',
  reportsIgnored: 'the console counts it in its own /metrics, and its log names the edges',
  requestsRefused: 'each service counts what it refuses, in its own /metrics alone',
  coverageGap: 'as a share it is the objective coverage-15m, whose budget is shown',
  watchdog: 'says something of alerting, and nothing of the product',
}

/** The faults without an alert, and the reason why there is none. */
export const WITHOUT_ALERT: Readonly<Record<OwnTrouble, string>> = {
  budgetSpent: 'what spends a budget was told while it burned',
  sourceUnheard: 'a source that never spoke may not be in use yet',
  routesOpen: 'an operator opened them, until a time',
}

/** A fault, red or amber as its alert is. */
export function trouble(about: Trouble['about'], text: string, place: string): Trouble {
  const isAlerted = !(about in WITHOUT_ALERT)
  if (!isAlerted) return { about, tone: 'warn', alert: null, text, place }
  const { name, severity } = ALERTS[about as AlertKey]
  return { about, tone: severity === 'page' ? 'bad' : 'warn', alert: name, text, place }
}
