import type { RevocationFollower } from './follow/revocation-follower.ts'
import type { KeyRing } from './keys/key-ring.ts'
import type { EdgeKnowledge } from './knowledge/edge-knowledge.ts'
import type { UnverifiedScan } from './knowledge/unverified-sources.ts'
import type { EdgeSettings } from './options.ts'
import type { Readiness } from './readiness.ts'
import type { RevocationFeed } from './revocation-feed.ts'
import type { Requests } from './exposure/requests.ts'
import type { StaleAllows } from './exposure/stale-allows.ts'
import type { BrokerTime } from './report/broker-time.ts'
import type { DecisionCounts } from './report/decision-counts.ts'
import type { ObservedRoutes } from './report/observed-routes.ts'
import type { RefusedRoutes } from './report/refused-routes.ts'
import type { LiveSessions } from './session/live-sessions.ts'
import type { TokenJudge } from './token/judge-token.ts'
import type { AllowRing } from './exposure/allow-ring.ts'
import type { ClaimUses } from './use/claim-uses.ts'
import type { TokenVerifier } from './token/token-verifier.ts'

/** The parts of one edge, wired to each other. */
export interface EdgeParts {
  readonly settings: EdgeSettings
  readonly feed: RevocationFeed
  readonly knowledge: EdgeKnowledge
  readonly keys: KeyRing
  readonly judge: TokenJudge
  readonly verifier: TokenVerifier
  readonly sessions: LiveSessions
  readonly follower: RevocationFollower
  readonly readiness: Readiness
  readonly decisions: DecisionCounts
  readonly refused: RefusedRoutes
  readonly observedRoutes: ObservedRoutes
  readonly allows: AllowRing
  readonly staleAllows: StaleAllows
  readonly uses: ClaimUses
  readonly requests: Requests
  readonly brokerTime: BrokerTime
  readonly vouching: UnverifiedScan
}
