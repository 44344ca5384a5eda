import type { ClaimMap } from '@freshet/protocol'
import { isOfProbes } from '@freshet/protocol/slo'
import type { EdgeReport } from '@freshet/wire'
import { awaitReady } from './await-ready.ts'
import type { Edge, VerifyOptions } from './edge.ts'
import { AllowRing } from './exposure/allow-ring.ts'
import { Requests } from './exposure/requests.ts'
import { StaleAllows } from './exposure/stale-allows.ts'
import { RevocationFollower } from './follow/revocation-follower.ts'
import { ForeignKeys } from './keys/foreign-keys.ts'
import { KeyRing } from './keys/key-ring.ts'
import { EdgeKnowledge } from './knowledge/edge-knowledge.ts'
import { UnverifiedScan } from './knowledge/unverified-sources.ts'
import { TENANTS_VOUCHED_PER_CHECK, TICK_MS } from './limits.ts'
import { settingsOf, type EdgeOptions, type EdgeSettings } from './options.ts'
import type { EdgeParts } from './parts.ts'
import { possessionBy } from './proof/possession.ts'
import { Readiness } from './readiness.ts'
import { BrokerTime } from './report/broker-time.ts'
import { DecisionCounts } from './report/decision-counts.ts'
import { onAcknowledged, reportOf, statsOf } from './report/edge-report.ts'
import { ObservedRoutes } from './report/observed-routes.ts'
import { RefusedRoutes } from './report/refused-routes.ts'
import { Reporter } from './report/reporter.ts'
import { createAskValidator } from './route/ask-validator.ts'
import { decide, type DecideContext, type RouteQuestion } from './route/decide.ts'
import type { Decision } from './route/decision.ts'
import { createEdgeHooks, type EdgeHooks } from './route/frameworks/edge-hooks.ts'
import { LiveSessions } from './session/live-sessions.ts'
import { holdProcess } from './system.ts'
import { createTokenJudge } from './token/judge-token.ts'
import { asVerified, judgeUses, usesOf, verifiedAnswer } from './token/judge-uses.ts'
import { tenancyOf, unnamedTenants } from './token/tenancy.ts'
import { type Verified, type VerifiedToken, isVerified } from './token/token-claims.ts'
import { TokenVerifier } from './token/token-verifier.ts'
import { ClaimUses } from './use/claim-uses.ts'
import * as view from './view.ts'

/**
 * Makes an edge and starts it: it discovers keys, follows the revocation topic from the base
 * that its newest heartbeat names and reports, until `close`. Resolves at once; wait for `ready` before relying on it. The
 * feed is closed by the edge.
 *
 * @throws `config.invalid`
 *
 * @example
 * const edge = await createEdge({ issuer, audience: 'payments', revocations })
 * await edge.ready()
 * app.use('/approve', edge.express({ require: { groups: ['payments-approvers'] } }))
 */
export async function createEdge(options: EdgeOptions): Promise<Edge> {
  const parts = assemble(options, settingsOf(options))
  const { settings, feed, readiness, follower, keys } = parts
  const { timer, edgeId: edge, signsAs } = settings
  const stop = new AbortController()
  const reporter =
    feed.reports &&
    new Reporter({ writer: feed.reports, edge, timer, key: signsAs?.key }, (...args) =>
      onAcknowledged(parts, ...args),
    )
  let reports = 0
  const nextReport = (isClosing: boolean): EdgeReport => reportOf(parts, reports++, isClosing)
  const tick = async (): Promise<void> => {
    while (!stop.signal.aborted) {
      await timer.sleep(TICK_MS, stop.signal)
      if (stop.signal.aborted) return
      onTick(parts)
      reporter?.send(() => nextReport(false))
    }
  }
  const follow = async (): Promise<void> => {
    // Checkpoints that are read before there are keys would have to be read again.
    await keys.whenLoaded(stop.signal)
    await follower.run(stop.signal)
  }
  const running = Promise.all([keys.run(stop.signal), follow(), tick()])
  let closing: Promise<void> | undefined
  const close = (): Promise<void> => {
    closing ??= (async () => {
      const release = holdProcess(timer)
      try {
        stop.abort()
        readiness.close()
        parts.sessions.endAll()
        await reporter?.close(() => nextReport(true))
        await running
        await feed.close?.()
      } finally {
        release()
      }
    })()
    return closing
  }
  return makeEdge(parts, decideContext(parts, options), close)
}

function assemble(options: EdgeOptions, settings: EdgeSettings): EdgeParts {
  const { timer, seed, limits, tokenLifeMaxMs } = settings
  const knowledge = new EdgeKnowledge({
    clock: timer,
    seed,
    watermarksMax: limits.watermarks,
    denialsMax: limits.denials,
    tokenLifeMaxMs,
  })
  const onKeysChanged = (gone: { readonly checkpoints: readonly string[] }): void => {
    verifier.forget()
    for (const feed of follower.feeds) feed.onKeysGone(gone.checkpoints)
  }
  const keys = new KeyRing(settings.readKeys, timer, onKeysChanged, settings.random)
  const verifier = verifierOf(settings, keys, knowledge)
  const judge = createTokenJudge(knowledge)
  const sessions = new LiveSessions(judge, timer, limits.sessions)
  const readiness = new Readiness((map) => requireTenants(settings, map))
  const onApplied = (): void => sessions.onApplied()
  const measuring = measure(settings, knowledge)
  const feed = options.revocations
  const follower: RevocationFollower = new RevocationFollower(
    feed.reader,
    {
      knowledge,
      keys,
      timer,
      onApplied,
      onRevocation: options.onRevocation,
      exposure: { time: measuring.brokerTime, allows: measuring.staleAllows },
      tokenLifeMaxMs,
    },
    () => checkReadiness(parts),
  )
  const parts: EdgeParts = {
    settings,
    feed,
    knowledge,
    keys,
    judge,
    verifier,
    sessions,
    follower,
    readiness,
    decisions: new DecisionCounts(),
    refused: new RefusedRoutes(),
    observedRoutes: new ObservedRoutes(),
    ...measuring,
  }
  return parts
}

/** An edge that can accept no token is not ready: its start fails, not only its first request. */
function requireTenants({ audience, tenants }: EdgeSettings, map: ClaimMap): void {
  if (tenancyOf('', audience, tenants, map) === 'unnamed') throw unnamedTenants(audience)
}

function verifierOf(settings: EdgeSettings, own: KeyRing, knowledge: EdgeKnowledge): TokenVerifier {
  const foreign = new ForeignKeys({
    fetch: settings.fetch,
    timer: settings.timer,
    issuers: () => knowledge.map?.issuers,
    onGone: () => verifier.forget(),
  })
  const map = (): EdgeKnowledge['map'] => knowledge.map
  const possession = possessionBy(settings.proofs, () => settings.timer.nowMs())
  const verifier: TokenVerifier = new TokenVerifier(settings, { own, foreign }, map, possession)
  return verifier
}

type Measuring = Pick<
  EdgeParts,
  'allows' | 'staleAllows' | 'uses' | 'requests' | 'brokerTime' | 'vouching'
>

/** The parts that only reports need: the allowed requests, the stale allows among them, and the claims that routes use. */
function measure({ timer, limits, audience }: EdgeSettings, knowledge: EdgeKnowledge): Measuring {
  const allows = new AllowRing(limits, timer.monotonicMs())
  const uses = new ClaimUses()
  const brokerTime = new BrokerTime(timer)
  const staleAllows = new StaleAllows(allows, brokerTime)
  const map = (): EdgeKnowledge['map'] => knowledge.map
  const requests = new Requests({ ring: allows, uses, clock: timer, audience, map })
  const vouching = new UnverifiedScan(TENANTS_VOUCHED_PER_CHECK)
  return { allows, uses, brokerTime, staleAllows, requests, vouching }
}

function checkReadiness({ follower, knowledge, keys, readiness }: EdgeParts): void {
  const { map } = knowledge
  if (map !== undefined && keys.isLoaded && view.isCaughtUp(follower, knowledge))
    readiness.caughtUp(map)
}

function onTick(parts: EdgeParts): void {
  parts.staleAllows.tick()
  for (const feed of parts.follower.feeds) feed.tick()
  parts.knowledge.prune()
  parts.sessions.judgeAll()
  checkReadiness(parts)
  view.checkSources(parts)
}

function decideContext(parts: EdgeParts, { validator }: EdgeOptions): DecideContext {
  const { knowledge, judge, verifier, follower, settings } = parts
  return {
    knowledge,
    judge,
    accept: ({ token, audience, proof }) => verifier.accept(token, audience, proof),
    proofs: settings.proofs,
    ask: validator === undefined ? undefined : createAskValidator(validator, settings.timer),
    audience: settings.audience,
    viewAgeMs: (verified) => view.viewAgeMs(follower, verified),
  }
}

function makeEdge(parts: EdgeParts, context: DecideContext, close: () => Promise<void>): Edge {
  const { judge, verifier, sessions } = parts
  const decideAndCount = async (question: RouteQuestion): Promise<Decision> => {
    const decision = await decide(question, context)
    if (isProbe(decision.claims)) return decision
    parts.decisions.count(decision)
    parts.refused.count(decision, question, context.audience)
    const { audience, judge: judging } = context
    parts.observedRoutes.count(decision, question, { audience, nowMs: judging.clock.nowMs() })
    parts.requests.decided(decision, question)
    return decision
  }
  const answer = (verified: VerifiedToken, options: VerifyOptions): Verified => {
    const { audience, uses, ignores } = options
    const answered = verifiedAnswer(verified, uses, judge, ignores)
    if (isProbe(verified)) return answered
    const isFresh = answered.verdict.kind === 'fresh'
    const claims = usesOf(verified, uses, judge, ignores)
    parts.requests.verified({ verified, claims, audience, isFresh })
    return answered
  }
  return {
    ready: (options = {}) => awaitReady(parts, options),
    verify(jwt, options = {}) {
      const { audience, proof } = options
      const seen = proof?.scheme === 'DPoP' ? undefined : verifier.seen(jwt, audience)
      if (seen !== undefined) return Promise.resolve(answer(seen, options))
      return verifier.accept(jwt, audience, proof).then((first) => answer(first, options))
    },
    judge: (claims, uses, ignores) => judgeUses(asVerified(claims), uses, judge, ignores),
    signal: (claims, options = {}) => sessions.watch(asVerified(claims), options),
    decide: decideAndCount,
    ...hooksOf(parts, decideAndCount),
    stats: () => statsOf(parts),
    routesInForce: () => view.routesInForce(parts.knowledge),
    close,
    [Symbol.asyncDispose]: close,
  }
}

function hooksOf(parts: EdgeParts, decideRoute: Edge['decide']): EdgeHooks {
  const { judge, verifier, readiness, knowledge, settings } = parts
  const { random, traceId } = settings
  return createEdgeHooks({
    decide: decideRoute,
    random,
    traceId,
    addRoute: (policy) => readiness.addRoute(policy, knowledge.map),
    acceptClaims: (claims, header) => verifier.acceptClaims(claims, header),
    judge(verified) {
      const verdict = judgeUses(verified, undefined, judge)
      const isFresh = verdict.kind === 'fresh'
      parts.requests.verified({ verified, claims: judge.usedBy(verified), isFresh })
      return verdict
    },
  })
}

/** Returns whether a probe made a request: it is answered like any other, and counted with none. */
function isProbe(claims: unknown): boolean {
  return isVerified(claims) && isOfProbes(claims.token.parties[0].subject)
}
