import { STATED_KINDS, type Registry, type SourceVersion, type StatedKind } from '@freshet/protocol'
import {
  BATCH_BYTES_MAX,
  BATCH_EVENTS_MAX,
  deliver,
  UndeliveredError,
  type Delivery,
  type SentEvent,
} from '@freshet/source'
import { formatChangeEvent } from '@freshet/wire'
import { CliError } from '../cli-error.ts'
import { numberOf } from '../output/number-of.ts'
import { lackOf, refuseOlder, type AwaitedSnapshot } from './awaited-states.ts'
import { foreignKind, ruleBroken } from './broken-rule.ts'
import { inFlight, type Portion } from './in-flight.ts'
import { markerId, type LoadPlan, markerChange, lineChange, type MarkerKind } from './load-plan.ts'
import { readLoadState, writeLoadState, type LoadState } from './load-state.ts'
import { type LoadFormat, readRows } from './read-rows.ts'
import { markFile, surveyFile, type FileMark, type Survey } from './survey.ts'

/** Batches that are under way at a time; a source that numbers its events sends one by one. */
export const BATCHES_IN_FLIGHT = 3
const BAD_LINES_SHOWN = 20
/** The longest time that a batch is repeated without any accepted event. */
export const GIVE_UP_MS = 600_000

/** The file to load, and its source. */
export interface LoadRequest {
  readonly path: string
  readonly format: LoadFormat
  readonly statePath: string
  readonly source: string
  readonly tenant: string
  readonly iss: string
  /** Default: when the file was written, in milliseconds. */
  readonly version: SourceVersion | undefined
  /** Kinds of state beside claims that the file contains although it has no line of them. */
  readonly states: readonly StatedKind[]
  readonly skipBad: boolean
  /** Forgets what an earlier run left. */
  readonly restart: boolean
  /** Confirms the end, however much the file leaves out. */
  readonly confirm: boolean
  /** A file may follow another under the same name, once the statement of that one has ended. */
  readonly follows: boolean
}

/** The parts that loading works with. */
export interface LoadParts {
  readonly delivery: Delivery
  /** The registry to check lines against; without it only their form is checked before anything is sent. */
  readonly registry: Registry | undefined
  /** Which sequences are free; `undefined` where the gateway numbers. */
  numbering(): Promise<Numbering | undefined>
  /** The least that the snapshot must be, by the status of the source. */
  awaited(): Promise<AwaitedSnapshot>
  /** A sentence for people. */
  print(sentence: string): void
  /** Called with the number of acknowledged events, and of all. */
  onProgress(done: number, total: number): void
}

/** The free sequences of a source that numbers its events itself. */
export interface Numbering {
  /** That never came; ascending. */
  readonly gaps: readonly bigint[]
  /** All from here on. */
  readonly from: bigint
}

/** The result of a load. */
export interface LoadResult {
  /** Id of the `snapshot-begin`. */
  readonly begin: string
  readonly lines: number
  readonly skipped: number
  /** Events that an earlier run had sent. */
  readonly resumedAt: number
  /** Events that this run sent: the lines, and the borders around them. */
  readonly sent: number
}

/**
 * Loads a file as a snapshot of a source: `snapshot-begin`, a change for each line, `snapshot-end`. Everything
 * is checked before anything is sent. The state file holds the progress of an interrupted run, and the
 * gateway recognises events that the file does not have.
 *
 * @throws `CliError` as the functions that it calls
 */
export async function loadFile(request: LoadRequest, parts: LoadParts): Promise<LoadResult> {
  const mark = await markFile(request.path)
  const survey = await surveyed(request, parts, mark)
  const plan = planOf(request, mark, survey.states)
  const found = await earlierState(request, plan)
  const state = found ?? (await firstState(request, parts, plan))
  const total = survey.rows + 2
  const begin = markerId(state.plan, 'snapshot-begin')
  const result = { begin, lines: survey.rows, skipped: survey.bad.size, resumedAt: state.done }
  if (state.finished) return { ...result, sent: await confirmLate(request, parts, state) }
  if (found) parts.print(`going on after ${state.done} of ${total} events`)
  const keeper = stateKeeper(request.statePath, state)
  await sendAll(request, parts, { mark, survey, state, keeper })
  return { ...result, sent: total - state.done }
}

/** A load that has ended is confirmed once more where that was not done. */
async function confirmLate(
  { confirm, statePath }: LoadRequest,
  { delivery }: LoadParts,
  state: LoadState,
): Promise<number> {
  if (!confirm || state.confirmed === true) return 0
  await delivered(delivery, markerBatch(state.plan, 'confirmed', state.done).events)
  await writeLoadState(statePath, { ...state, confirmed: true })
  return 1
}

async function surveyed(request: LoadRequest, parts: LoadParts, mark: FileMark): Promise<Survey> {
  const plan = planOf(request, mark, new Set())
  const foreign = parts.registry && foreignKind(plan, parts.registry)
  if (foreign !== undefined) {
    throw new CliError('usage', `${request.source} does not send ${foreign}.`, {
      next: 'leave it out of --states',
    })
  }
  const survey = await surveyFile(request, (row) => ruleBroken(plan, row, parts.registry))
  const bad = [...survey.bad].slice(0, BAD_LINES_SHOWN)
  for (const [line, rule] of bad) parts.print(`line ${line}: ${rule}`)
  if (survey.bad.size > bad.length) parts.print(`… and ${survey.bad.size - bad.length} more`)
  if (survey.bad.size > 0 && !request.skipBad) {
    throw new CliError(
      'error',
      `${numberOf(survey.bad.size, 'line')} cannot be loaded; nothing was sent.`,
      {
        next: 'correct them, or leave them out with --skip-bad',
      },
    )
  }
  if (survey.rows > 0 || request.states.length > 0 || request.confirm) return survey
  throw new CliError('error', `${request.path} contains no lines; nothing was sent.`, {
    why: 'an empty snapshot would remove every claim of the source',
  })
}

function planOf(
  { source, tenant, iss, version, states }: LoadRequest,
  { hash, writtenAtMs }: FileMark,
  ofLines: ReadonlySet<StatedKind>,
): LoadPlan {
  const asOf = version ?? { epoch: 0n, n: BigInt(writtenAtMs) }
  const kinds = STATED_KINDS.filter((kind) => ofLines.has(kind) || states.includes(kind))
  return {
    source,
    tenant,
    iss,
    fileHash: hash,
    version: asOf,
    ...(kinds.length > 0 && { states: kinds }),
    occurredAtMs: writtenAtMs,
  }
}

async function firstState(
  request: LoadRequest,
  parts: LoadParts,
  unnumbered: LoadPlan,
): Promise<LoadState> {
  const awaited = await parts.awaited()
  refuseOlder(request.path, unnumbered.occurredAtMs, awaited)
  for (const kind of awaited.states) {
    if (unnumbered.states?.includes(kind) !== true) parts.print(lackOf(kind, request.source))
  }
  const numbering = await parts.numbering()
  const gaps = numbering?.gaps.length ? { gaps: numbering.gaps } : {}
  const numbered = numbering === undefined ? {} : { firstSequence: numbering.from, ...gaps }
  const state = { plan: { ...unnumbered, ...numbered }, done: 0, finished: false }
  await writeLoadState(request.statePath, state)
  return state
}

/** The state of an earlier run to continue. */
async function earlierState(request: LoadRequest, plan: LoadPlan): Promise<LoadState | undefined> {
  const found = request.restart ? undefined : await readLoadState(request.statePath)
  if (found === undefined) return undefined
  if (request.follows && found.finished && found.plan.fileHash !== plan.fileHash) return undefined
  refuseOther(request, plan, found)
  return found
}

function refuseOther({ statePath }: LoadRequest, plan: LoadPlan, { plan: found }: LoadState): void {
  const { source, tenant, iss, fileHash, states } = plan
  const isSame = found.source === source && found.tenant === tenant && found.iss === iss
  const isSameFile = found.fileHash === fileHash
  if (isSame && isSameFile && String(found.states) === String(states)) return
  const other = isSameFile ? 'that load had other --states' : 'the file has changed since'
  throw new CliError('usage', `${statePath} belongs to another load.`, {
    why: isSame ? other : `that load was for source ${found.source}`,
    next:
      isSame && isSameFile
        ? 'write the file anew, and start over with --restart'
        : 'start over with --restart, or name another file with --state',
  })
}

interface Sending {
  readonly mark: FileMark
  readonly survey: Survey
  readonly state: LoadState
  readonly keeper: StateKeeper
}

async function sendAll(request: LoadRequest, parts: LoadParts, sending: Sending): Promise<void> {
  const { state, survey, keeper } = sending
  const { plan } = state
  const total = survey.rows + 2
  const note = (done: number): void => {
    keeper.note(done)
    parts.onProgress(done, total)
  }
  const send = ({ events }: LoadBatch): Promise<void> => delivered(parts.delivery, events)
  try {
    if (state.done === 0) {
      await send(markerBatch(plan, 'snapshot-begin', 0))
      note(1)
    }
    const file: LoadFile = { ...request, bad: survey.bad }
    const atATime = plan.firstSequence === undefined ? BATCHES_IN_FLIGHT : 1
    const lines = lineBatches(plan, file, Math.max(1, state.done))
    await inFlight(lines, atATime, { do: send, onDone: note })
    await refuseChanged(request.path, sending.mark)
    await send(markerBatch(plan, request.confirm ? 'confirmed' : 'snapshot-end', total - 1))
    note(total)
    await keeper.end({ finished: true, confirmed: request.confirm })
  } catch (error) {
    await keeper.end({ finished: false })
    throw error
  }
}

async function refuseChanged(path: string, mark: FileMark): Promise<void> {
  if ((await markFile(path)).hash === mark.hash) return
  throw new CliError('error', `${path} was changed while it was loaded; its end was not sent.`, {
    next: 'load it anew with --restart',
  })
}

interface StateKeeper {
  note(done: number): void
  end(how: Pick<LoadState, 'finished' | 'confirmed'>): Promise<void>
}

/** Writes how far it came, one write at a time; a note during a write waits for the next. */
function stateKeeper(path: string, { plan, done: start }: LoadState): StateKeeper {
  let done = start
  let writing: Promise<void> | undefined
  const write = async (): Promise<void> => {
    await writeLoadState(path, { plan, done, finished: false })
    writing = undefined
  }
  return {
    note(upTo) {
      done = upTo
      writing ??= write().catch(() => void (writing = undefined))
    },
    async end(how) {
      await writing
      await writeLoadState(path, { plan, done, ...how })
    },
  }
}

/** Events that are sent in one request. */
interface LoadBatch extends Portion {
  readonly events: readonly SentEvent[]
}

/** The file of the lines, and the lines to leave out. */
interface LoadFile {
  readonly path: string
  readonly format: LoadFormat
  readonly bad: ReadonlyMap<number, string>
}

/** The event that opens or ends the full statement, as a batch of its own. */
function markerBatch(plan: LoadPlan, kind: MarkerKind, first: number): LoadBatch {
  const change = markerChange(plan, kind, BigInt(first))
  const event = { name: `The ${change.kind}`, json: JSON.stringify(formatChangeEvent(change)) }
  return { first, count: 1, events: [event] }
}

/** The events of the lines in batches, without the first `done`; the first line’s number is 1. */
async function* lineBatches(
  plan: LoadPlan,
  { path, format, bad }: LoadFile,
  done: number,
): AsyncGenerator<LoadBatch> {
  let number = 0
  let bytes = 0
  let events: SentEvent[] = []
  for await (const { line, row } of readRows(path, format)) {
    if (row === undefined || bad.has(line)) continue
    number += 1
    if (number < done) continue
    const change = lineChange(plan, row, { line, number: BigInt(number) })
    const json = JSON.stringify(formatChangeEvent(change))
    const size = Buffer.byteLength(json) + 1
    if (events.length === BATCH_EVENTS_MAX || bytes + size > BATCH_BYTES_MAX) {
      yield { first: number - events.length, count: events.length, events }
      events = []
      bytes = 0
    }
    events.push({ name: `Line ${line}`, json })
    bytes += size
  }
  if (events.length > 0) yield { first: number - events.length + 1, count: events.length, events }
}

/** @throws `CliError` with line and rule of a refused event; unreachable after {@link GIVE_UP_MS} */
async function delivered(delivery: Delivery, events: readonly SentEvent[]): Promise<void> {
  try {
    await deliver({ ...delivery, giveUpMs: GIVE_UP_MS }, events)
  } catch (error) {
    throw error instanceof UndeliveredError ? undelivered(error) : error
  }
}

function undelivered({ refusal, message }: UndeliveredError): CliError {
  const { reason, event, code, status } = refusal
  switch (reason) {
    case 'event':
      return new CliError('error', `${event} was refused: ${message}`, {
        ...(code === 'event.sequence' || code === 'event.conflict' ? { why: OTHER_SENDER } : {}),
        next: 'correct the file, or start over with --restart',
      })
    case 'request': {
      const kind = status === 401 || status === 403 ? 'notAuthorised' : 'error'
      return new CliError(kind, `The gateway refuses: ${message}`)
    }
    case 'silence':
      return new CliError(
        'unreachable',
        `Nothing was accepted for ${GIVE_UP_MS / 60_000} minutes.`,
        { why: message, next: 'run the same command again: it goes on where it stopped' },
      )
  }
}

const OTHER_SENDER =
  'the source, or another load of it, has sent events during the load; a source that numbers its events must send none'
