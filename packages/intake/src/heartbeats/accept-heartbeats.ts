import { PARTITIONS, type FreshetError } from '@freshet/protocol'
import {
  CHANGES_TOPIC,
  encodeHeartbeats,
  EventError,
  stampRecord,
  type TenantSequence,
} from '@freshet/wire'
import {
  checkAppended,
  checkClock,
  notAcknowledged,
  settledTallies,
  unexpectedSequence,
} from './accept-heartbeat.ts'
import { checkTenant, isDense, numberingRule, requireSource } from '../changes/check-change.ts'
import { superseded } from '../sources/source-epoch.ts'
import { asFreshetError, type IntakeContext } from '../context.ts'
import type { PartitionTally } from '../stamps/stamp-store.ts'

/** The most tenants of one request whose rows are awaited at a time. Other requests then find connections. */
const SETTLING_AT_ONCE = 4
/** After this time no further tenant of a request is awaited. */
const SETTLING_MAX_MS = 1_000

/**
 * One heartbeat for many tenants. It states that everything the source committed up to `throughMs` was
 * answered with `ok`.
 */
export interface SourceHeartbeatsRequest {
  readonly source: string
  readonly throughMs: number
  /**
   * At most `HEARTBEAT_TENANTS_MAX` tenants, each of them once. Each has a sequence if the source is dense.
   */
  readonly tenants: readonly TenantSequence[]
}

/** The answer for one tenant of such a request. */
export type TenantHeartbeat =
  | { readonly tenant: string; readonly ok: true }
  | { readonly tenant: string; readonly ok: false; readonly error: FreshetError }

/**
 * Accepts a heartbeat of a source for many tenants and appends it to every partition as one record. The
 * record has the last number of each tenant's feed in that partition (rules 12 and 37). Each tenant is judged
 * as by `acceptHeartbeat`. A refused tenant is left out and delays no other. Tenants whose rows are all
 * acknowledged are in a first record, which does not wait. The others are in a second record.
 *
 * Returns the answer for each tenant, in the order of the request: `event.forbidden`, `limit.reached`,
 * `event.sequence`, `event.superseded` for a source with epochs, `event.unacknowledged`, `database.*`.
 *
 * @throws errors of the whole request: `event.forbidden`, `event.malformed`, `limit.reached`, `database.*`
 *   and `broker.*`. After a `broker.*` error some partitions can have the heartbeat: send another one.
 */
export async function acceptHeartbeats(
  context: IntakeContext,
  request: SourceHeartbeatsRequest,
): Promise<readonly TenantHeartbeat[]> {
  const { source, tenants } = request
  requireSource(context, source)
  checkSequences(context, request)
  checkClock(context, request.throughMs)
  context.budgets.takeTenants(source, tenants.length)
  const refused = new Map<string, FreshetError>()
  const { settled, waiting } = await tallied(context, request, refused)
  const late = settle(context, { source, waiting }, refused)
  await Promise.all([
    append(context, request, settled),
    late.then((others) => append(context, request, others)),
  ])
  return tenants.map(({ tenant }) => {
    const error = refused.get(tenant)
    return error === undefined ? { tenant, ok: true } : { tenant, ok: false, error }
  })
}

/**
 * Checks the sequence of each tenant. The registry decides by the source whether requests have sequences, so
 * one wrong tenant makes the whole request wrong.
 */
function checkSequences(
  { registry }: IntakeContext,
  { source, tenants }: SourceHeartbeatsRequest,
): void {
  const rule = numberingRule(registry, source)
  const errors = tenants.flatMap(({ sequence }, at) =>
    isDense(registry, source) === (sequence !== undefined)
      ? []
      : [{ pointer: `/tenants/${at}/sequence`, rule }],
  )
  if (errors.length > 0) throw new EventError(errors.slice(0, ERRORS_MAX))
}

const ERRORS_MAX = 20

/** The tallies of the partitions, by tenant. */
type Tallies = ReadonlyMap<string, readonly PartitionTally[]>
type Refused = Map<string, FreshetError>

interface Tallied {
  readonly settled: Tallies
  /** Tenants with rows that are not acknowledged, or with a feed that is locked or new. */
  readonly waiting: readonly TenantSequence[]
}

/** Reads the tallies of all feeds by one call of the store. */
async function tallied(
  context: IntakeContext,
  { source, tenants }: SourceHeartbeatsRequest,
  refused: Refused,
): Promise<Tallied> {
  const admitted = tenants.filter((each) => admits(context, source, each, refused))
  const answers = await context.store.tallyFree(source, admitted, PARTITIONS)
  const byTenant = new Map(answers.map((each) => [each.tenant, each]))
  const settled = new Map<string, readonly PartitionTally[]>()
  const waiting: TenantSequence[] = []
  for (const entry of admitted) {
    const { tenant, sequence } = entry
    const tally = byTenant.get(tenant)
    if (tally && sequence !== undefined && sequence >= tally.next)
      refused.set(tenant, unexpectedSequence(source, sequence, tally.next))
    else if (tally && tally.epoch > 0n)
      refused.set(tenant, superseded(source, undefined, tally.epoch))
    else if (tally === undefined || tally.partitions.some(({ unacknowledged }) => unacknowledged))
      waiting.push(entry)
    else settled.set(tenant, tally.partitions)
  }
  return { settled, waiting }
}

function admits(
  context: IntakeContext,
  source: string,
  { tenant }: TenantSequence,
  refused: Refused,
): boolean {
  try {
    checkTenant(context, tenant)
    context.budgets.takeHeartbeat(source, tenant)
    return true
  } catch (error) {
    refused.set(tenant, asFreshetError(error))
    return false
  }
}

interface Waiting {
  readonly source: string
  readonly waiting: readonly TenantSequence[]
}

/** Settles each waiting tenant by itself, as `acceptHeartbeat` does, a few at a time. */
async function settle(
  context: IntakeContext,
  { source, waiting }: Waiting,
  refused: Refused,
): Promise<Tallies> {
  const settled = new Map<string, readonly PartitionTally[]>()
  const untilMs = context.clock.monotonicMs() + SETTLING_MAX_MS
  const rest = waiting[Symbol.iterator]()
  const one = async (entry: TenantSequence): Promise<void> => {
    try {
      if (context.clock.monotonicMs() >= untilMs) throw notAcknowledged({ ...entry, source })
      settled.set(entry.tenant, await settledTallies(context, { ...entry, source }))
    } catch (error) {
      refused.set(entry.tenant, asFreshetError(error))
    }
  }
  const worker = async (): Promise<void> => {
    for (const entry of rest) await one(entry)
  }
  await Promise.all(Array.from({ length: SETTLING_AT_ONCE }, worker))
  return settled
}

async function append(
  { writer, macKey }: IntakeContext,
  { source, throughMs }: SourceHeartbeatsRequest,
  tallies: Tallies,
): Promise<void> {
  if (tallies.size === 0) return
  const appends = PARTITIONS.map(async (partition) => {
    const lastOf = (tally: readonly PartitionTally[]): bigint =>
      tally.find((each) => each.partition === partition)?.last ?? 0n
    const last = new Map([...tallies].map(([tenant, tally]) => [tenant, lastOf(tally)]))
    const record = encodeHeartbeats({ source, throughMs, last })
    const stamped = stampRecord(record, { partition, number: 0n }, macKey())
    const { appendedAtMs } = await writer.append(CHANGES_TOPIC, partition, [stamped])
    checkAppended(throughMs, appendedAtMs)
  })
  await Promise.all(appends)
}
