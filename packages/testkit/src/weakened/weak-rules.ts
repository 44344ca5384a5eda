import { weaken, type Decisions, type Edit } from './weaken.ts'

const FOLLOWER = 'edge-view/partition-follower.ts'
const MEMORY = 'edge-view/checkpoint-memory.ts'
const SOURCE_VIEWS = 'edge-view/source-views.ts'
const CATCH_UP = 'edge-view/catch-up.ts'
const PLAN = 'checkpoint/publish-plan.ts'
const BASE = 'checkpoint/publish-plan.ts'

const FIELDS = `#phase: FollowPhase = 'catching-up'`
const IN_PARTITION = `if (checkpoint.partition !== this.partition) return ignored('other-partition')`
const MAY_END = 'if (!this.#checkpoints.mayEndAt(base.hash)) return undefined'
const PATH_BACK = 'return this.#checkpoints.pathBack(hash, base.hash)'
const REMEMBER = 'this.#checkpoints.add(hash, checkpoint.previous)'
const SHOWS = 'const continues = known.isTrusted && !known.isRepeated'
const TAKES_STATE = 'else if (received.atMs === before.atMs) before.state = received.state'

const inFollower = (from: string, to: string): Edit => ({ file: FOLLOWER, from, to })
const inPlan = (from: string, to: string): Edit => ({ file: PLAN, from, to })
const inBase = (from: string, to: string): Edit => ({ file: BASE, from, to })
const catchingUp = (to: string): Edit => ({ file: CATCH_UP, from: SHOWS, to: `${to}\n${SHOWS}` })

/** The names of the weaker forms. */
export type WeakRule =
  | 'older generations ignored'
  | 'live at once'
  | 'caught up by news alone'
  | 'caught up by any heartbeat'
  | 'through kept'
  | 'one line'
  | 'first checkpoint as anchor'
  | 'replays renew'
  | 'no resync'
  | 'hash unchecked'
  | 'no checkpoint needed'
  | 'previous unchecked'
  | 'genesis as anchor'
  | 'heartbeat always'
  | 'lost head continued'
  | 'revoked key continued'
  | 'no reading back'
  | 'base stays'
  | 'permanents once'

/** The weaker forms of the rules of edges and publishers, each with the edits that make it. */
const WEAK_RULES: Readonly<Record<WeakRule, readonly Edit[]>> = {
  /** Rule 10. */
  'older generations ignored': [
    inFollower(FIELDS, `#latest = 0n\n  ${FIELDS}`),
    inFollower(
      IN_PARTITION,
      `${IN_PARTITION}\n    if (checkpoint.generation < this.#latest) return ignored('repeated')`,
    ),
    inFollower(REMEMBER, `this.#latest = checkpoint.generation\n    ${REMEMBER}`),
  ],
  /** Rule 17. */
  'live at once': [
    inFollower(
      `return this.#phase === 'live' || this.#phase === 'overdue'`,
      'return this.#isAnchored',
    ),
  ],
  /** Rule 17. */
  'caught up by news alone': [catchingUp('return false')],
  /** Rule 17. */
  'caught up by any heartbeat': [catchingUp('return true')],
  /** Rule 18. */
  'through kept': [
    inFollower('    this.#views.clear()\n  }\n\n  #onOffsetLost', '  }\n\n  #onOffsetLost'),
  ],
  /** Rule 19. */
  'one line': [
    inFollower(FIELDS, `#line: string | null = null\n  ${FIELDS}`),
    inFollower(
      REMEMBER,
      `${REMEMBER}\n    if (!this.#isAnchored || checkpoint.previous === this.#line) this.#line = hash`,
    ),
    inFollower(
      MAY_END,
      `if (this.#isAnchored) return this.#line === hash ? [hash] : undefined\n    ${MAY_END}`,
    ),
  ],
  /** Rule 31. */
  'first checkpoint as anchor': [
    inFollower(MAY_END, 'if (!this.#isAnchored) return [hash]'),
    inFollower(PATH_BACK, `return this.#checkpoints.pathBack(hash, '')`),
  ],
  /** Rule 38. */
  'replays renew': [
    inFollower('this.#trusted.isSurpassedBy(heartbeat) ||', 'true ||'),
    {
      file: SOURCE_VIEWS,
      from: TAKES_STATE,
      to: 'else before.receivedAtMonoMs = received.receivedAtMonoMs',
    },
  ],
  /** Rule 38. */
  'no resync': [inFollower(`this.#phase === 'catching-up')`, 'true)')],
  /** Rule 45. */
  'hash unchecked': [
    inFollower(
      'this.#digest(batch.map((each) => each.hash)) === checkpoint.recordsHash',
      'this.#digest !== undefined',
    ),
  ],
  /** Rule 45. */
  'no checkpoint needed': [
    inFollower(
      'this.#ring.push(event)',
      `if (this.#ring) return { kind: 'apply', records: [event.record], path: 'none-needed' }`,
    ),
  ],
  /** Rule 45. */
  'previous unchecked': [inFollower(MAY_END, 'if (base) return [hash]')],
  /** Rule 47. */
  'genesis as anchor': [
    inFollower(MAY_END, ''),
    { file: MEMORY, from: 'if (at === base)', to: 'if (previous === null)' },
    { file: MEMORY, from: 'this.#start === base', to: 'false' },
  ],
  /** Rule 11. */
  'heartbeat always': [inPlan('snapshot.isDrained ? grouped(', 'snapshot ? grouped(')],
  /** Rule 30. */
  'lost head continued': [inPlan('const isLost = !status.isHeadIntact', 'const isLost = false')],
  /** Rule 49. */
  'revoked key continued': [
    inPlan('const isDisbelieved = hasUnpublished(snapshot, status)', 'const isDisbelieved = false'),
  ],
  /** Rule 44. */
  'no reading back': [inPlan(`return isPathIntact ? 'store'`, `return true ? 'store'`)],
  /** Rule 47. */
  'base stays': [
    inBase('  const isOldEnough =', '  if (snapshot) return snapshot.base\n  const isOldEnough ='),
  ],
  /** Rule 48. */
  'permanents once': [
    inBase(
      '(head) => isOldEnough(head) && isBehindPermanents(head)',
      '(head) => isOldEnough(head)',
    ),
    inBase(
      '  return snapshot.permanents\n',
      '  return [].concat(snapshot.permanents).slice(0, 0)\n',
    ),
  ],
}

const made = new Map<WeakRule, Promise<Decisions>>()

/** Returns the decisions of edges and publishers with one rule in a weaker form. */
export function weakened(rule: WeakRule): Promise<Decisions> {
  const decisions = made.get(rule) ?? weaken(WEAK_RULES[rule])
  made.set(rule, decisions)
  return decisions
}
