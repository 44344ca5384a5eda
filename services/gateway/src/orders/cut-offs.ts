import { FreshetError, type Clock, type Registry, nearestHint } from '@freshet/protocol'
import {
  checkOwnChange,
  guardOf,
  requireConfirmed,
  type AcknowledgedChange,
  type CutOffGuard,
  type Intake,
  type OwnChange,
  type ReachQuestion,
  type ReachStore,
  ownChangeId,
} from '@freshet/intake'
import { activateVersion, planActivation, type VersionStore } from '@freshet/registry'
import type { AuditLog, AuditEntry } from '@freshet/wire'
import { requireRole, type Logger } from '@freshet/runtime'
import type { AdminOf } from './admins.ts'
import { eventAnswer, singleResponse } from '../changes/answer-changes.ts'
import { readCutOff, type CutOffRequest } from './cut-off-request.ts'

/** The parts that `POST /v1/cut-offs` works with. */
export interface CutOffDeps {
  readonly intake: Intake
  /** That of the active version; read anew for each request. */
  readonly registry: Registry
  readonly versions: VersionStore
  /** See `newestPolicyVersion` of the stamp store. */
  readonly newestVersion: () => Promise<number>
  readonly reach: ReachStore
  readonly audit: AuditLog
  readonly adminOf: AdminOf
  readonly clock: Clock
  readonly logger: Logger
  /** Names an order that brings no name of its own. */
  readonly newOrder: () => string
}

/**
 * Takes away, for an operator, what many tokens rest on, in the product's own name. With
 * `?dryRun=true` it only counts what that would touch, and writes nothing.
 *
 * @throws `request.*`, `event.*`, `registry.*`, `broker.*`, `database.*`
 */
export async function postCutOff(
  deps: CutOffDeps,
  request: Request,
  traceparent: string,
): Promise<Response> {
  const admin = await deps.adminOf(request)
  requireRole(admin, 'operator')
  const order = readCutOff(new Uint8Array(await request.arrayBuffer()))
  const { name } = requireRole(admin, order.op === 'activate' ? 'admin' : 'operator')
  const isRehearsal = isDryRun(request)
  check(deps, order)
  if (order.op === 'cut-off' || order.op === 'deny')
    await requireKnownTarget(deps, order, deps.clock.nowMs())
  if (isRehearsal) return dryRun(deps, order)
  // Counting takes a moment, which an order that is meant does not wait for.
  if ((order.op === 'cut-off' || order.op === 'deny') && order.confirm !== true)
    requireConfirmed(await measured(deps, order))
  const named = withOrder(order, deps.newOrder)
  // Before it takes effect: an order that failed may stand here, one that took effect must.
  await deps.audit.append(orderedEntries(named, name, deps.clock.nowMs()))
  const accepted = await carryOut(deps, named, { by: name, traceparent })
  deps.logger.info({ admin: name, op: order.op, id: accepted.id }, 'cut-off')
  return singleResponse(eventAnswer(accepted))
}

/** Returns whether it is a dry run. @throws `request.malformed` for a value that is neither true nor false */
export function isDryRun(request: Request): boolean {
  const value = new URL(request.url).searchParams.get('dryRun')
  if (value === null || value === 'false') return false
  if (value === 'true') return true
  throw new FreshetError('request.malformed', 'dryRun is true or false.')
}

function check({ registry, clock }: CutOffDeps, order: CutOffRequest): void {
  if (order.op === 'activate') return
  requireTenant(registry, order.tenant)
  if (order.op !== 'value-withdrawn') {
    return checkOwnChange(registry, ownChange(order), clock.nowMs())
  }
  requireClaim(registry, order.claim)
}

async function dryRun(deps: CutOffDeps, order: CutOffRequest): Promise<Response> {
  const plan = order.op === 'activate' ? await planned(deps, order) : undefined
  const nowMs = deps.clock.nowMs()
  const touches = await deps.reach.reach(questionOf(order), nowMs)
  const guard = 'tenant' in order && (await guardOf(deps, order.tenant, touches, nowMs))
  const { op } = order
  return Response.json({
    dryRun: true,
    op,
    ...('scope' in order && { scope: order.scope }),
    ...plan,
    touches,
    ...(guard && { guard }),
  })
}

/** The guard of an order that touches tokens of its tenant. */
async function measured(
  deps: CutOffDeps,
  order: Extract<CutOffRequest, { op: 'cut-off' | 'deny' }>,
): Promise<CutOffGuard | undefined> {
  if (deps.registry.cutOffShare === undefined) return undefined
  const nowMs = deps.clock.nowMs()
  return guardOf(deps, order.tenant, await deps.reach.reach(questionOf(order), nowMs), nowMs)
}

function questionOf(order: CutOffRequest): ReachQuestion {
  switch (order.op) {
    case 'activate':
      return { scope: 'policy', minimum: order.minimum ?? 0 }
    case 'value-withdrawn': {
      const { tenant, claim, value } = order
      return { scope: 'value', tenant, claim, value }
    }
    case 'cut-off':
    case 'deny':
      return { scope: order.scope, tenant: order.tenant, target: order.target }
  }
}

/** A cut-off without a name of its own gets one; the same name is the same cut-off. */
function withOrder(order: CutOffRequest, newOrder: () => string): CutOffRequest {
  return order.op === 'cut-off' ? { ...order, order: order.order ?? newOrder() } : order
}

async function carryOut(
  deps: CutOffDeps,
  order: CutOffRequest,
  { by, traceparent }: { readonly by: string; readonly traceparent: string },
): Promise<AcknowledgedChange> {
  switch (order.op) {
    case 'activate':
      return activate(deps, order, by)
    case 'value-withdrawn':
      throw notOurs(deps, order.claim)
    case 'cut-off':
    case 'deny':
      return deps.intake.acceptOwnChange({ ...ownChange(order), traceparent })
  }
}

function ownChange(order: Extract<CutOffRequest, { op: 'cut-off' | 'deny' }>): OwnChange {
  const { tenant, target } = order
  if (order.op === 'deny')
    return { tenant, statement: { kind: 'deny', scope: order.scope, target } }
  const { scope, order: name = '' } = order
  return { tenant, statement: { kind: 'cut-off', scope, target, order: name } }
}

/** Versions compare within one source only, so only that source knows which holders came after. */
function notOurs({ registry }: CutOffDeps, claim: string): FreshetError {
  const source = registry.claims.get(claim)?.source ?? 'its source'
  const message = `A value of claim ${claim} is withdrawn by source ${source} alone, which says so at /v1/changes.`
  return new FreshetError('event.forbidden', message)
}

type ActivationOrder = Extract<CutOffRequest, { op: 'activate' }>

async function planned(
  { versions: store, newestVersion: newest }: CutOffDeps,
  { pv, minimum = 0 }: ActivationOrder,
): Promise<object> {
  const { differences } = await planActivation({ pv, minimum }, { store, newest })
  return { pv, minimum, differences }
}

async function activate(
  { intake, versions: store, newestVersion: newest, clock }: CutOffDeps,
  { pv, minimum = 0, reason }: ActivationOrder,
  by: string,
): Promise<AcknowledgedChange> {
  const announce: Intake['activateRegistry'] = (policy) => intake.activateRegistry(policy)
  return activateVersion({ pv, minimum, by, reason }, { store, clock, newest, announce })
}

type Targeted = Extract<CutOffRequest, { op: 'cut-off' | 'deny' }>

/** The data that decides whether a target is known. */
interface TargetParts {
  readonly registry: Registry
  readonly reach: ReachStore
}

/**
 * Refuses an order for a client or an issuer that the registry does not have and that no outstanding token
 * rests on: a typing error would read as done. A client that left the registry is still cut off while
 * tokens of it are out. Keys, sessions and tokens are not in the registry: any of them can be denied.
 *
 * @throws `request.unknown-target`, `database.*`
 */
async function requireKnownTarget(
  { registry, reach }: TargetParts,
  order: Targeted,
  nowMs: number,
): Promise<void> {
  const known = knownTargets(registry, order)
  const { scope, tenant, target } = order
  if (order.unknown === true || known === undefined || known.has(target)) return
  const { tokens } = await reach.reach({ scope, tenant, target }, nowMs)
  if (tokens > 0) return
  const message = `The registry has no ${scope} ${target}, and no outstanding token rests on it.${nearestHint(target, known)}`
  throw new FreshetError('request.unknown-target', message)
}

/** @throws `event.forbidden` for a tenant that the registry does not have */
function requireTenant({ tenants }: Registry, name: string): void {
  if (tenants.has(name)) return
  const message = `tenant ${name} is not in the registry.${nearestHint(name, tenants.keys())}`
  throw new FreshetError('event.forbidden', message)
}

/** @throws `event.unmapped` for a claim that the registry does not have */
function requireClaim({ claims }: Registry, name: string): void {
  if (claims.has(name)) return
  const message = `claim ${name} is not in the registry.${nearestHint(name, claims.keys())}`
  throw new FreshetError('event.unmapped', message)
}

/** The names of that kind; `undefined` where the registry has none of them. */
function knownTargets(registry: Registry, { scope }: Targeted): ReadonlySet<string> | undefined {
  switch (scope) {
    case 'client':
      return new Set(registry.clients.keys())
    case 'issuer':
      return new Set([
        ...[...registry.tenants.values()].flatMap(({ identityProviders }) =>
          identityProviders.map(({ issuer }) => issuer),
        ),
        ...[...(registry.issuers?.values() ?? [])].map(({ issuer }) => issuer),
      ])
    default:
      return undefined
  }
}

/**
 * The audit entry of an order, with its admin; the id is that of the change that carries it out. Activations
 * are kept with their order, and a value is withdrawn by its source alone.
 */
function orderedEntries(order: CutOffRequest, by: string, atMs: number): readonly AuditEntry[] {
  if (order.op !== 'cut-off' && order.op !== 'deny') return []
  const { op, tenant, scope, target } = order
  const statement =
    order.op === 'deny'
      ? ({ kind: 'deny', scope: order.scope, target } as const)
      : ({ kind: 'cut-off', scope: order.scope, target, order: order.order ?? '' } as const)
  const { confirm, reason } = order
  const why = { ...(reason !== undefined && { reason }), ...(confirm && { confirmed: true }) }
  const detail = { op, scope, target, ...why }
  return [{ kind: 'cut-off-ordered', atMs, tenant, ref: ownChangeId(statement), by, detail }]
}
