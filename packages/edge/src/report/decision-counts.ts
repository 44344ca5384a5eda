import type { DeniedCounts } from '@freshet/protocol/slo'
import type { Decision, DecisionCode } from '../route/decision.ts'

type Counts = Record<Decision['decision'], number>

/** Why observed requests would have been refused, or `stripped`, and how often. */
export type ObservedCounts = Readonly<Record<string, number>>

type Counted = Pick<Decision, 'decision' | 'code' | 'observed' | 'openings'>

interface Taken {
  readonly decisions: Readonly<Counts>
  /** Absent: no request was denied. */
  readonly denied?: DeniedCounts
  readonly observed: ObservedCounts
  readonly opened: number
}

const NONE_DENIED: DeniedCounts = { stale: 0, unverified: 0, insufficient: 0, other: 0 }

/** Decisions by kind, and what observed routes let in: since the start, and since the last report. */
export class DecisionCounts {
  readonly #total: Counts = { allow: 0, deny: 0, challenge: 0 }
  readonly #observed = new Map<string, number>()
  #denied: Record<keyof DeniedCounts, number> = { ...NONE_DENIED }
  #opened = 0
  #reportedOpened = 0
  #reported: Counts = { allow: 0, deny: 0, challenge: 0 }
  #reportedObserved: ReadonlyMap<string, number> = new Map()

  count({ decision, code, observed, openings }: Counted): void {
    this.#total[decision] += 1
    if (decision === 'deny') this.#denied[deniedFor(code)] += 1
    if (openings !== undefined) this.#opened += 1
    const why = observed && whyNot(observed)
    if (why !== undefined) this.#observed.set(why, (this.#observed.get(why) ?? 0) + 1)
  }

  total(): Readonly<Counts> {
    return { ...this.#total }
  }

  /** Returns the count of each code. */
  observed(): ObservedCounts {
    return Object.fromEntries(this.#observed)
  }

  /** Requests that a grant let in (break-glass). */
  get opened(): number {
    return this.#opened
  }

  take(): Taken {
    const before = this.#reported
    const { allow, deny, challenge } = (this.#reported = this.total())
    const decisions = {
      allow: allow - before.allow,
      deny: deny - before.deny,
      challenge: challenge - before.challenge,
    }
    const known = this.#reportedObserved
    this.#reportedObserved = new Map(this.#observed)
    const news = [...this.#observed].map(([why, n]) => [why, n - (known.get(why) ?? 0)] as const)
    const opened = this.#opened - this.#reportedOpened
    this.#reportedOpened = this.#opened
    const denied = this.#denied
    this.#denied = { ...NONE_DENIED }
    return {
      decisions,
      ...(decisions.deny === 0 ? {} : { denied }),
      observed: Object.fromEntries(news.filter(([, n]) => n > 0)),
      opened,
    }
  }
}

/** The reason of a denial by its code. A token that is possibly fresh is never counted as stale. */
function deniedFor(code: DecisionCode | undefined): keyof DeniedCounts {
  switch (code) {
    case 'token.stale':
    case 'token.revoked':
      return 'stale'
    case 'token.unverified':
    case 'keys.unavailable':
    case 'policy.failed':
    case 'policy.late':
      return 'unverified'
    case 'token.insufficient':
      return 'insufficient'
    default:
      return 'other'
  }
}

function whyNot({
  decision,
  code,
  stripped,
}: NonNullable<Decision['observed']>): string | undefined {
  if (decision !== 'allow') return code ?? decision
  return stripped.length > 0 ? 'stripped' : undefined
}
