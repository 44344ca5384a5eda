import {
  FLASHBACKS,
  HISTORY,
  HONEST,
  MALICIOUS,
  PRODUCTION,
  REBIRTHS,
  RESTORES,
  TAILS,
  TENANTS,
  type Mix,
  type Rules,
} from './mix.ts'
import { weakened, type WeakRule } from '@freshet/testkit/weakened'
import type { Violation } from './world.ts'

type Kind = Violation['kind']

/** One removed rule, and the violation that must show within so many seeds. */
export interface Control {
  readonly rule: string
  readonly without: string
  /** All rules but one. */
  readonly rules: () => Promise<Rules>
  readonly mix: Mix
  readonly shows: readonly Kind[]
  /** First seed and number of seeds within which the violation shows. */
  readonly from: number
  readonly seeds: number
}

const SAFETY: readonly Kind[] = ['unsafe', 'view', 'forged']
const LIVENESS: readonly Kind[] = ['stuck', 'late', 'refused']

type SomeRules = Control['rules']

/** The rules of edges and publishers in a weaker form. */
function decisions(rule: WeakRule): SomeRules {
  return async () => ({ ...PRODUCTION, decisions: await weakened(rule) })
}

function publish(change: Partial<Rules['publish']>): SomeRules {
  return () => Promise.resolve({ ...PRODUCTION, publish: { ...PRODUCTION.publish, ...change } })
}

function shell(change: Partial<Rules['shell']>): SomeRules {
  return () => Promise.resolve({ ...PRODUCTION, shell: { ...PRODUCTION.shell, ...change } })
}

type Shows = Pick<Control, 'mix' | 'shows' | 'from' | 'seeds'>

const unsafe = (mix: Mix, seeds: number, from = 1): Shows => ({ mix, shows: SAFETY, from, seeds })
const notLive = (mix: Mix, seeds: number, from = 1): Shows => ({
  mix,
  shows: LIVENESS,
  from,
  seeds,
})

function control(rule: string, without: string, rules: SomeRules, shows: Shows): Control {
  return { rule, without, rules, ...shows }
}

/** Rules of the follower. */
const FOLLOWER: readonly Control[] = [
  control(
    '10',
    'an older generation is ignored',
    decisions('older generations ignored'),
    notLive(HONEST, 40, 4),
  ),
  control(
    '19',
    'one line from the last trusted checkpoint',
    decisions('one line'),
    notLive(HONEST, 40),
  ),
  control(
    '26',
    'watermarks judge tokens of any incarnation',
    shell({ watermark: 'offset-only' }),
    notLive(HISTORY, 40, 7),
  ),
  control(
    '31',
    'first checkpoint as anchor',
    decisions('first checkpoint as anchor'),
    unsafe(MALICIOUS, 40, 32),
  ),
  control(
    '17',
    'an edge catches up by news of a source alone',
    decisions('caught up by news alone'),
    { mix: HONEST, shows: ['unready'], from: 1, seeds: 3 },
  ),
  control('17', 'a replayed heartbeat shows the head', decisions('caught up by any heartbeat'), {
    mix: MALICIOUS,
    shows: ['replayed'],
    from: 1,
    seeds: 20,
  }),
  control('38', 'no resync', decisions('no resync'), notLive(TAILS, 60)),
  control('45', 'hash unchecked', decisions('hash unchecked'), unsafe(MALICIOUS, 10)),
  control(
    '45',
    'records applied without a checkpoint',
    decisions('no checkpoint needed'),
    unsafe(MALICIOUS, 10),
  ),
  control('45', 'previous unchecked', decisions('previous unchecked'), unsafe(MALICIOUS, 40)),
  control('47', 'genesis as anchor', decisions('genesis as anchor'), notLive(HONEST, 40)),
]

/** Rules of the publisher's decisions. */
const PUBLISHER: readonly Control[] = [
  control(
    '11',
    'a heartbeat after a limited batch',
    decisions('heartbeat always'),
    unsafe(HONEST, 20),
  ),
  control('30', 'a lost head is continued', decisions('lost head continued'), notLive(TAILS, 40)),
  control(
    '49',
    'a head that a revoked key signed is continued',
    decisions('revoked key continued'),
    notLive(HONEST, 40),
  ),
  control('44', 'no reading back', decisions('no reading back'), notLive(TAILS, 15, 13)),
  control('47', 'base stays', decisions('base stays'), notLive(HONEST, 40)),
  control(
    '50',
    'lists of tenants are stated once',
    publish({ listsAgainMs: Number.POSITIVE_INFINITY }),
    notLive(TENANTS, 40),
  ),
  control('48', 'records without expiry once', decisions('permanents once'), unsafe(HONEST, 20)),
]

/** Rules of an edge that starts. */
const START: readonly Control[] = [
  control(
    '31',
    'begins at a base that a heartbeat names which nobody signed',
    shell({ start: 'base-of-unsigned' }),
    unsafe(MALICIOUS, 10),
  ),
  control(
    '31',
    'begins at the head, without what was revoked since base',
    shell({ start: 'head' }),
    unsafe(HONEST, 10),
  ),
  control(
    '47',
    'base moves before tokens that are older than it are over',
    shell({ baseAge: 'at-once' }),
    unsafe(HONEST, 10),
  ),
  control(
    '19',
    'a path of hashes whose head nobody signed',
    shell({ hashPath: 'head-unsigned' }),
    unsafe(MALICIOUS, 10),
  ),
]

/** Rules of transactions and reading. */
const SHELL: readonly Control[] = [
  control('28', 'nothing compared', shell({ compare: 'nothing' }), notLive(REBIRTHS, 10, 12)),
  control(
    '28',
    'compared with the database only',
    shell({ compare: 'database' }),
    notLive(REBIRTHS, 20, 27),
  ),
  control(
    '41',
    'through read after the rows',
    shell({ through: 'after-rows' }),
    unsafe(HONEST, 20),
  ),
  control('42', 'unconditional store', shell({ store: 'unconditional' }), unsafe(HONEST, 20)),
  control(
    '42',
    'store conditional on the generation alone',
    shell({ store: 'generation' }),
    unsafe(RESTORES, 100),
  ),
  control(
    '42',
    'outbox rows known by a counter',
    shell({ rowKey: 'counter' }),
    unsafe(FLASHBACKS, 10, 13),
  ),
  control('43', 'head found in the log', shell({ link: 'found-in-log' }), unsafe(HONEST, 20)),
  control('43', 'head in memory', shell({ link: 'own-memory' }), unsafe(HONEST, 20)),
  control(
    '44',
    'only the linked head read back',
    shell({ readBack: 'linked-head' }),
    notLive(TAILS, 10, 22),
  ),
  control('49', 'root stored at once', shell({ root: 'stored-at-once' }), unsafe(HONEST, 20)),
  control(
    '49',
    'rows that wait removed with a root',
    shell({ waiting: 'in-root' }),
    unsafe(HONEST, 20),
  ),
  control(
    '50',
    'a group is taken for one of the latest list',
    shell({ list: 'latest' }),
    unsafe(TENANTS, 40, 8),
  ),
  control(
    '50',
    'a group is taken for one of every tenant',
    shell({ list: 'every-tenant' }),
    unsafe(TENANTS, 10),
  ),
  control(
    '50',
    'a group states the latest time of its tenants',
    shell({ groupTime: 'latest' }),
    unsafe(TENANTS, 40, 4),
  ),
  control('49', 'ownership not renewed', shell({ renew: 'never' }), notLive(TAILS, 10, 28)),
]

/** The negative controls: the rule, the part that is switched off, and the violation that must then show. */
export const CONTROLS: readonly Control[] = [...FOLLOWER, ...PUBLISHER, ...START, ...SHELL]

/**
 * Rules whose removal has shown no violation so far. The reason for each:
 * - 17: a path to base and a `through` within the lease contain the same, while clocks keep to the tolerance;
 *   the rule matters if an edge's wall clock does not.
 * - 18: minting waits for new heartbeats of the sources in the new incarnation, so that its tokens know what
 *   the older `through` covered. (The other half of the rule, a token of a later `e`, is kept.)
 * - 27: reusing an incarnation needs two raises around a restore. Watermarks of the first life refuse new
 *   tokens, which are soon labelled above them in this model.
 * - 29: a store that is conditional on the head makes every sibling complete, whichever publisher wrote it.
 * - 38: a replay cannot move `through` into the lease; the rule matters if the wall clock does not move (see
 *   the follower's unit test).
 * - 42: the generation adds nothing to the head, for the same reason as 29.
 */
export const WITHOUT_EVIDENCE: readonly Control[] = [
  control('27', 'e + 1', shell({ raise: 'plus-one' }), notLive(REBIRTHS, 60)),
  control('29', 'generation unread', shell({ generation: 'unread' }), unsafe(RESTORES, 40)),
  control(
    '42',
    'store conditional on the head alone',
    shell({ store: 'head' }),
    unsafe(FLASHBACKS, 40),
  ),
  control('17', 'live at once', decisions('live at once'), unsafe(MALICIOUS, 40)),
  control('18', 'through kept across incarnations', decisions('through kept'), unsafe(HISTORY, 40)),
  control('38', 'replays renew the receipt age', decisions('replays renew'), unsafe(MALICIOUS, 40)),
]
