import { FreshetError } from '@freshet/domain'
import type { ChangeEnvelope } from '@freshet/events'
import { checkChange, isDense } from './check-change.ts'
import { asFreshetError, produceTurn, type IntakeContext } from './context.ts'
import { stampBatch, toCandidate, type Candidate } from './stamp-batch.ts'
import type { StampDecision } from './stamp-plan.ts'
import type { Feed, StampedRow } from './stamp-store.ts'

/** Most changes of one call. */
export const BATCH_MAX = 500

/** Where the record of an accepted change stands. */
export interface AcceptedPosition {
  readonly partition: number
  readonly offset: bigint
}

/** What became of one change: acknowledged by the broker, or the reason why not. */
export type Acceptance =
  | {
      readonly ok: true
      readonly id: string
      /** One, or one in every partition; ascending. */
      readonly positions: readonly [AcceptedPosition, ...AcceptedPosition[]]
    }
  | { readonly ok: false; readonly id: string; readonly error: FreshetError }

/** Answers to the changes of a call, by their place in it. */
type Answers = Map<number, Acceptance>

interface Item {
  readonly index: number
  readonly candidate: Candidate
}

/**
 * Takes changes that `signer` has signed. Each is answered by itself and in order; an answer `ok`
 * means that the broker has acknowledged its record (rule 34). Sending the whole call again is
 * always safe: the same content keeps its place and is answered alike. Where the source's limits
 * do not allow all of them, the first go on and the others are answered `limit.reached`.
 *
 * @throws `request.too-large` if there are more than {@link BATCH_MAX}
 */
export async function acceptChanges(
  at: IntakeContext,
  signer: string,
  envelopes: readonly ChangeEnvelope[],
): Promise<readonly Acceptance[]> {
  if (envelopes.length > BATCH_MAX) {
    throw new FreshetError('request.too-large', `A batch holds at most ${BATCH_MAX} events.`)
  }
  // One version of the registry for the whole call.
  const context = { ...at }
  const answers: Answers = new Map()
  const items = envelopes.flatMap((envelope, index) => {
    const candidate = admit(context, signer, envelope)
    if (!(candidate instanceof FreshetError)) return [{ index, candidate }]
    answers.set(index, { ok: false, id: envelope.change.id, error: candidate })
    return []
  })
  const { count, refusal, release } = context.budgets.admit(signer, items.length)
  if (refusal) answerAll(items.slice(count), refusal, answers)
  try {
    for (const [tenant, ofTenant] of byTenant(items.slice(0, count))) {
      await acceptFeed(context, { tenant, source: signer }, ofTenant, answers)
    }
  } finally {
    release()
  }
  return envelopes.map(({ change }, index) => answers.get(index) ?? unanswered(change.id))
}

function admit(
  context: IntakeContext,
  signer: string,
  envelope: ChangeEnvelope,
): Candidate | FreshetError {
  try {
    checkChange(context.registry, signer, envelope.change, context.clock.nowMs())
    return toCandidate(envelope)
  } catch (error) {
    return asFreshetError(error)
  }
}

function byTenant(items: readonly Item[]): ReadonlyMap<string, readonly Item[]> {
  const groups = new Map<string, Item[]>()
  for (const item of items) {
    const { tenant } = item.candidate.change
    groups.set(tenant, [...(groups.get(tenant) ?? []), item])
  }
  return groups
}

async function acceptFeed(
  context: IntakeContext,
  feed: Feed,
  items: readonly Item[],
  answers: Answers,
): Promise<void> {
  try {
    const stamped = await stampItems(context, feed, items, answers)
    const failures = await produceAll(context, feed, stamped)
    await answerStamped(context, feed, stamped, { answers, failures })
  } catch (thrown) {
    answerAll(items, asFreshetError(thrown), answers)
  }
}

/** Answers whoever has no answer yet. */
function answerAll(items: readonly Item[], error: FreshetError, answers: Answers): void {
  for (const { index, candidate } of items) {
    if (!answers.has(index)) answers.set(index, { ok: false, id: candidate.change.id, error })
  }
}

/** Stamps and commits; answers what was refused and returns the rest. */
async function stampItems(
  context: IntakeContext,
  feed: Feed,
  items: readonly Item[],
  answers: Answers,
): Promise<readonly Item[]> {
  const candidates = items.map(({ candidate }) => candidate)
  const isNumbered = isDense(context.registry, feed.source)
  const decisions = await stampBatch(context, feed, candidates, isNumbered)
  return items.filter((item, at) => isStamped(item, decisions[at], answers))
}

function isStamped(item: Item, decision: StampDecision | undefined, answers: Answers): boolean {
  if (decision?.kind !== 'refuse') return true
  const { id } = item.candidate.change
  answers.set(item.index, { ok: false, id, error: decision.error })
  return false
}

/**
 * One turn per partition that the items go to; the errors of the turns that failed. A turn produces what this
 * gateway was asked for: what another gateway has in flight is its own, until a sweep finds it old. The end
 * of a full statement stands behind everything that was stamped before it.
 */
async function produceAll(
  context: IntakeContext,
  feed: Feed,
  items: readonly Item[],
): Promise<ReadonlyMap<number, FreshetError>> {
  const partitions = [...new Set(items.flatMap(({ candidate }) => candidate.partitions))]
  const failures = new Map<number, FreshetError>()
  const turns = partitions.map(async (partition) => {
    const here = items.filter(({ candidate }) => candidate.partitions.includes(partition))
    const isEnd = here.some(({ candidate }) => candidate.change.kind === 'snapshot-end')
    const wanted = isEnd ? 'all' : here.map(({ candidate }) => candidate.change.id)
    try {
      await produceTurn(context, feed, partition, wanted)
    } catch (error) {
      failures.set(partition, asFreshetError(error))
    }
  })
  await Promise.all(turns)
  return failures
}

/** The rows decide, not the turns: only an acknowledged row is answered `ok`. */
async function answerStamped(
  context: IntakeContext,
  feed: Feed,
  items: readonly Item[],
  told: { readonly answers: Answers; readonly failures: ReadonlyMap<number, FreshetError> },
): Promise<void> {
  if (items.length === 0) return
  const ids = [...new Set(items.map(({ candidate }) => candidate.change.id))]
  const rows = await context.store.find(feed, ids)
  const byId = new Map<string, StampedRow[]>()
  for (const row of rows) byId.set(row.id, [...(byId.get(row.id) ?? []), row])
  for (const { index, candidate } of items) {
    const { id } = candidate.change
    const positions = positionsOf(candidate.partitions, byId.get(id) ?? [])
    const failed = candidate.partitions.find((partition) => told.failures.has(partition))
    const error = failed === undefined ? undefined : told.failures.get(failed)
    told.answers.set(
      index,
      positions === undefined ? { ...unanswered(id), ...(error && { error }) } : ok(id, positions),
    )
  }
}

function positionsOf(
  partitions: readonly number[],
  rows: readonly StampedRow[],
): readonly AcceptedPosition[] | undefined {
  const positions = rows
    .flatMap(({ partition, acknowledged, offset }) =>
      acknowledged && offset !== null ? [{ partition, offset }] : [],
    )
    .sort((a, b) => a.partition - b.partition)
  const covered = new Set(positions.map(({ partition }) => partition))
  return partitions.every((partition) => covered.has(partition)) ? positions : undefined
}

function ok(id: string, positions: readonly AcceptedPosition[]): Acceptance {
  const [first, ...others] = positions
  return first === undefined ? unanswered(id) : { ok: true, id, positions: [first, ...others] }
}

function unanswered(id: string): Extract<Acceptance, { ok: false }> {
  const message = `Event ${id} is stored, and the broker has not acknowledged it yet.`
  return { ok: false, id, error: new FreshetError('broker.unavailable', message) }
}
