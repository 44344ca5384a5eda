import type {
  EdgeJson,
  LiveChange,
  LiveEdge,
  LiveSlo,
  MeasuredChange,
  SloJson,
  TimelineJson,
} from '@freshet/insight/answers'
import { type Health, ofGroup, type LoggedChange, type Observatory } from '@freshet/insight'
import type { Happening } from './event-ring.ts'

/** Changes that one look takes in; with more since the last look there is a gap. */
const CHANGES_MAX = 50
const SLOS_EVERY_MS = 5_000
/** Nothing more happens to a change in these states. */
const ENDS: ReadonlySet<string> = new Set(['recorded', 'applied'])

/** The parts to look at. */
export interface PolledParts {
  readonly observatory: Pick<Observatory, 'recent' | 'edges'>
  /** The live change whose measurement ended last. */
  readonly measured: () => Promise<MeasuredChange | null>
  readonly slos: () => Promise<readonly SloJson[]>
  /** The one verdict. */
  readonly health: () => Health
  readonly nowMs: () => number
}

/**
 * Returns the differences since the last look. The first look returns none: a new browser asks for the state
 * itself.
 */
export class ChangePoller {
  readonly #at: PolledParts
  #changes: ReadonlyMap<string, string> | undefined
  #ended: ReadonlySet<string> = new Set()
  #measured: ReadonlyMap<string, string> = new Map()
  #edges: ReadonlyMap<string, string> = new Map()
  #slos: ReadonlyMap<string, string> = new Map()
  #health: string | undefined
  #slosAtMs = Number.NEGATIVE_INFINITY

  constructor(at: PolledParts) {
    this.#at = at
  }

  async poll(): Promise<readonly Happening[]> {
    const isFirst = this.#changes === undefined
    const [changes, measured, edges, slos] = [
      await this.#pollChanges(),
      await this.#pollMeasured(),
      await this.#pollEdges(),
      await this.#pollSlos(),
    ]
    return isFirst ? [] : [...changes, ...measured, ...edges, ...slos]
  }

  /** Marks the events since then as unknown: the next look is a first one. */
  forget(): void {
    this.#changes = undefined
  }

  /**
   * Returns the verdict if its state or a cause is another, and none the first time. The sentences of causes contain
   * ages.
   */
  health(): readonly Happening[] {
    const health = this.#at.health()
    const causes = health.causes.map(({ finding, object, tenant }) => [finding, object, tenant])
    const now = JSON.stringify([health.state, causes])
    const before = this.#health
    this.#health = now
    return before === undefined || before === now ? [] : [{ type: 'health', data: health }]
  }

  async #pollChanges(): Promise<readonly Happening[]> {
    const before = this.#changes ?? new Map<string, string>()
    const ended = this.#ended
    const keys: string[] = []
    const isKnown = (change: LoggedChange): boolean => {
      keys.push(keyOf(change))
      return ended.has(keyOf(change))
    }
    const open = await this.#at.observatory.recent({ isKnown }, CHANGES_MAX)
    const now = new Map(open.map((each) => [keyOfWay(each), JSON.stringify(changeData(each))]))
    this.#ended = new Set([
      ...keys.filter((key) => ended.has(key)),
      ...open.filter(({ state }) => ENDS.has(state)).map(keyOfWay),
    ])
    this.#changes = new Map(keys.map((key) => [key, now.get(key) ?? before.get(key) ?? '']))
    const happenings = differing(before, now, 'change').toReversed()
    const isGap =
      before.size > 0 && keys.length === CHANGES_MAX && !keys.some((key) => before.has(key))
    return isGap ? [{ type: 'gap', data: { reason: 'too-many' } }, ...happenings] : happenings
  }

  /** Returns the last of several measurements since the look before. */
  async #pollMeasured(): Promise<readonly Happening[]> {
    const latest = await this.#at.measured()
    const now = new Map(latest === null ? [] : [['latest', JSON.stringify(latest)]])
    const happenings = differing(this.#measured, now, 'measured')
    this.#measured = now
    return happenings
  }

  async #pollEdges(): Promise<readonly Happening[]> {
    const edges = await this.#at.observatory.edges()
    const now = new Map(edges.map((edge) => [edge.edge, JSON.stringify(edgeData(edge))]))
    const happenings = differing(this.#edges, now, 'edge')
    this.#edges = now
    return happenings
  }

  async #pollSlos(): Promise<readonly Happening[]> {
    const nowMs = this.#at.nowMs()
    if (nowMs - this.#slosAtMs < SLOS_EVERY_MS) return []
    this.#slosAtMs = nowMs
    const statuses = await this.#at.slos()
    const now = new Map(statuses.map((each) => [each.name, JSON.stringify(sloData(each))]))
    const happenings = differing(this.#slos, now, 'slo')
    this.#slos = now
    return happenings
  }
}

function differing(
  before: ReadonlyMap<string, string>,
  now: ReadonlyMap<string, string>,
  type: Happening['type'],
): readonly Happening[] {
  return [...now]
    .filter(([key, text]) => before.get(key) !== text)
    .map(([, text]) => ({ type, data: JSON.parse(text) as object }))
}

function keyOf({
  tenant,
  source,
  id,
  partition,
}: Pick<LoggedChange, 'tenant' | 'source' | 'id' | 'partition'>): string {
  return JSON.stringify([tenant, source, id, partition])
}

function keyOfWay({ position, ...change }: TimelineJson): string {
  return keyOf({ ...change, partition: position.partition })
}

function changeData(way: TimelineJson): LiveChange {
  const { id, tenant, source, kind, op, claim, subject, changed = null, outcome, tightened } = way
  const { tokensMarked, recordedAt: at, isProbe, state, completeMs, isUpperBound, edges } = way
  const awaited = edges.filter(
    ({ standing }) => standing !== 'disconnected' && standing !== 'closed',
  )
  return {
    id,
    tenant,
    source,
    kind,
    op,
    claim,
    subject,
    changed,
    class: way.class,
    outcome,
    tightened,
    tokensMarked,
    at,
    isProbe,
    state,
    completeMs,
    ...(isUpperBound !== undefined && { isUpperBound }),
    edges: {
      applied: edgesOf(awaited.filter(({ appliedAt }) => appliedAt !== null)),
      awaited: edgesOf(awaited),
    },
  }
}

function edgesOf(steps: TimelineJson['edges']): number {
  return steps.reduce((sum, { edges = 1 }) => sum + edges, 0)
}

function edgeData({ edge, audience, version, standing, edges }: EdgeJson): LiveEdge {
  return { edge, audience, version, standing, ...ofGroup(edges ?? null) }
}

function sloData({ name, state, ratio, budgetRemaining }: SloJson): LiveSlo {
  return { name, state, ratio, budgetRemaining }
}
