import type { HealthAnswer, HealthCause, HealthState } from '@freshet/insight/answers'
import type { Answer } from '../api/use-answer.ts'
import type { Problem } from '../api/problem.ts'
import type { Tone } from '../parts/icon.tsx'

/** The verdict as a page shows it: that of the console, or that the page cannot know. */
export interface Verdict {
  readonly state: HealthState
  readonly since: string | null
  readonly causes: readonly HealthCause[]
  readonly refused?: HealthAnswer['refused']
}

/** The name and the tone of each state. */
export const STATES: Readonly<Record<HealthState, readonly [word: string, tone: Tone]>> = {
  fresh: ['Fresh', 'ok'],
  degraded: ['Degraded', 'warn'],
  'not-fresh': ['Not fresh', 'bad'],
  unknown: ['Unknown', 'none'],
}

/** The cause that only a page can see. It gives the last verdict no further weight. */
const NO_ANSWER: HealthCause = {
  finding: 'consoleSilent',
  object: 'console',
  tenant: null,
  what: 'the console does not answer this page',
  since: null,
  effect: 'no verdict and no figure of this page is of now',
  do: 'check the network and the console, or run `freshet status`',
  runbook: null,
  who: null,
  symptoms: [],
}

/**
 * The verdict for a page. `undefined` before the first answer. Without a present answer the page does not
 * know the state, because an old verdict can be wrong now.
 */
export function verdictOf(
  { data, problem, isOld }: Pick<Answer<HealthAnswer>, 'data' | 'problem' | 'isOld'>,
  isSilent: boolean,
): Verdict | undefined {
  if (data === undefined && problem === undefined && !isSilent) return undefined
  if (data === undefined || problem !== undefined || isOld || isSilent)
    return { state: 'unknown', since: null, causes: [noAnswer(problem, isSilent)] }
  return data
}

/** The reason why there is no present verdict. It names the problem that the console answered with. */
function noAnswer(problem: Problem | undefined, isSilent: boolean): HealthCause {
  if (problem === undefined || problem.status === 0 || isSilent) return NO_ANSWER
  return { ...NO_ANSWER, what: `the console has no verdict: ${problem.title.replace(/\.$/, '')}` }
}

/** The page that has more about the object of a finding. */
export function placeOfCause({ finding, object }: Pick<HealthCause, 'finding' | 'object'>): string {
  if (finding.startsWith('budget')) return `/slos?slo=${encodeURIComponent(object)}`
  if (finding.startsWith('parked')) return '/quarantine'
  if (finding === 'edgeGone') return '/edges?standing=disconnected'
  if (finding.startsWith('edgeStale') || finding === 'edgesStale') return '/edges?standing=stale'
  if (finding.startsWith('edge')) return '/edges'
  if (finding.startsWith('policy') || finding === 'routesOpen') return '/registry'
  return '/'
}
