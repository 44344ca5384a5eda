import { FreshetError } from '@freshet/protocol'
import type { ChangeEnvelope } from '@freshet/wire'
import { checkChange, isDense } from './check-change.ts'
import { asFreshetError, produceTurn, type IntakeContext } from '../context.ts'
import { stampBatch, toCandidate, type Candidate } from '../stamps/stamp-batch.ts'
import type { StampDecision } from '../stamps/stamp-plan.ts'
import type { Feed, StampedRow } from '../stamps/stamp-store.ts'

/** The most changes of one call; more are refused. */
export const CHANGES_PER_CALL_MAX = 500

/** The partition and offset of the record of an accepted change. */
export interface AcceptedPosition {
  readonly partition: number
  readonly offset: bigint
}

/** The answer to one change: the broker acknowledged its record, or an error gives the reason why not. */
export type Acceptance =
  | {
      readonly ok: true
      readonly id: string
      /** One position, or one in every partition, in ascending order. */
      readonly positions: readonly [AcceptedPosition, ...AcceptedPosition[]]
    }
  | { readonly ok: false; readonly id: string; readonly error: FreshetError }

/** The answers to the changes of a call, by the index of the change. */
type Answers = Map<number, Acceptance>

interface Item {
  readonly index: number
  readonly candidate: Candidate
}

/**
 * Accepts changes that `signer` has signed. Each change gets an answer of its own, in order. An answer `ok`
 * means that the broker has acknowledged the record (rule 34). A source can always send the whole call again:
 * the same content keeps its place and gets the same answer. If the limits of the source do not allow all
 * changes, the first ones are checked and the others get `limit.reached`.
 *
 * @throws `request.too-large` if there are more than {@link CHANGES_PER_CALL_MAX}
 */
export async function acceptChanges(
  at: IntakeContext,
  signer: string,
  envelopes: readonly ChangeEnvelope[],
): Promise<readonly Acceptance[]> {
  if (envelopes.length > CHANGES_PER_CALL_MAX) {
    throw new FreshetError(
      'request.too-large',
      `A batch holds at most ${CHANGES_PER_CALL_MAX} events.`,
    )
  }
  // The whole call uses one version of the registry.
  const context = { ...at }
  const answers: Answers = new Map()
  // A refused change costs its source as much as an accepted one, so all are charged before any is checked.
  const { count, refusal, release } = context.budgets.admit(signer, envelopes.length)
  try {
    const items = envelopes.flatMap((envelope, index) => {
      const candidate = index < count ? admit(context, signer, envelope) : refusal
      if (candidate && !(candidate instanceof FreshetError)) return [{ index, candidate }]
      if (candidate) answers.set(index, { ok: false, id: envelope.change.id, error: candidate })
      return []
    })
    for (const [tenant, ofTenant] of byTenant(items)) {
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

/** Sets the error as the answer to each item that has no answer yet. */
function answerAll(items: readonly Item[], error: FreshetError, answers: Answers): void {
  for (const { index, candidate } of items) {
    if (!answers.has(index)) answers.set(index, { ok: false, id: candidate.change.id, error })
  }
}

/** Stamps the items and commits the stamps. Answers the refused items and returns the others. */
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
 * Runs one turn for each partition of the items, and returns the errors of the turns that failed. A turn
 * produces the events that this gateway received. It leaves the events that another gateway has in flight,
 * until a sweep finds them old. The end of a snapshot is the exception: every row that was stamped before it
 * is produced first.
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

/** Answers by the rows, not by the turns: only an item whose rows are acknowledged gets `ok`. */
async function answerStamped(
  context: IntakeContext,
  feed: Feed,
  items: readonly Item[],
  outcomes: { readonly answers: Answers; readonly failures: ReadonlyMap<number, FreshetError> },
): Promise<void> {
  if (items.length === 0) return
  const ids = [...new Set(items.map(({ candidate }) => candidate.change.id))]
  const rows = await context.store.find(feed, ids)
  const byId = new Map<string, StampedRow[]>()
  for (const row of rows) byId.set(row.id, [...(byId.get(row.id) ?? []), row])
  for (const { index, candidate } of items) {
    const { id } = candidate.change
    const positions = positionsOf(candidate.partitions, byId.get(id) ?? [])
    const failed = candidate.partitions.find((partition) => outcomes.failures.has(partition))
    const error = failed === undefined ? undefined : outcomes.failures.get(failed)
    outcomes.answers.set(
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
