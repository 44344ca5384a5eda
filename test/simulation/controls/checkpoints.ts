import { weakened, type WeakRule } from '@freshet/testkit/weakened'
import { PRODUCTION, type Rules } from '../mix.ts'
import type { Violation } from '../world.ts'
import type { ModelControl } from './control.ts'

type Kind = Violation['kind']

const SAFETY: readonly Kind[] = ['unsafe', 'view', 'forged']
const LIVENESS: readonly Kind[] = ['stuck', 'late', 'refused']

type SomeRules = ModelControl['rules']

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

type Falls = Pick<ModelControl, 'mix' | 'breaks' | 'seeds'>

const unsafe = (mix: string, seeds: number): Falls => ({ mix, breaks: SAFETY, seeds })
const notLive = (mix: string, seeds: number): Falls => ({ mix, breaks: LIVENESS, seeds })

function control(rule: string, without: string, rules: SomeRules, falls: Falls): ModelControl {
  return { rule, without, rules, ...falls }
}

/** Rules of the follower. */
const FOLLOWER: readonly ModelControl[] = [
  control(
    '10',
    'an older generation is ignored',
    decisions('older generations ignored'),
    notLive('honest', 43),
  ),
  control(
    '19',
    'one line from the last trusted checkpoint',
    decisions('one line'),
    notLive('honest', 40),
  ),
  control(
    '26',
    'watermarks judge tokens of any incarnation',
    shell({ watermark: 'offset-only' }),
    notLive('lost history', 46),
  ),
  control(
    '31',
    'first checkpoint as anchor',
    decisions('first checkpoint as anchor'),
    unsafe('malicious', 71),
  ),
  control(
    '17',
    'an edge catches up by news of a source alone',
    decisions('caught up by news alone'),
    { mix: 'honest', breaks: ['unready'], seeds: 3 },
  ),
  control('17', 'a replayed heartbeat shows the head', decisions('caught up by any heartbeat'), {
    mix: 'malicious',
    breaks: ['replayed'],
    seeds: 20,
  }),
  control('38', 'no resync', decisions('no resync'), notLive('lost tails', 60)),
  control('45', 'hash unchecked', decisions('hash unchecked'), unsafe('malicious', 10)),
  control(
    '45',
    'records applied without a checkpoint',
    decisions('no checkpoint needed'),
    unsafe('malicious', 10),
  ),
  control('45', 'previous unchecked', decisions('previous unchecked'), unsafe('malicious', 40)),
  control('47', 'genesis as anchor', decisions('genesis as anchor'), notLive('honest', 40)),
]

/** Rules of the publisher's decisions. */
const PUBLISHER: readonly ModelControl[] = [
  control(
    '11',
    'a heartbeat after a limited batch',
    decisions('heartbeat always'),
    unsafe('honest', 20),
  ),
  control(
    '30',
    'a lost head is continued',
    decisions('lost head continued'),
    notLive('lost tails', 40),
  ),
  control(
    '49',
    'a head that a revoked key signed is continued',
    decisions('revoked key continued'),
    notLive('honest', 40),
  ),
  control('44', 'no reading back', decisions('no reading back'), notLive('lost tails', 27)),
  control('47', 'base stays', decisions('base stays'), notLive('honest', 40)),
  control(
    '50',
    'lists of tenants are stated once',
    publish({ listsAgainMs: Number.POSITIVE_INFINITY }),
    notLive('tenants', 40),
  ),
  control('48', 'records without expiry once', decisions('permanents once'), unsafe('honest', 20)),
]

/** Rules of an edge that starts. */
const START: readonly ModelControl[] = [
  control(
    '31',
    'begins at a base that an unsigned heartbeat names',
    shell({ start: 'base-of-unsigned' }),
    unsafe('malicious', 10),
  ),
  control(
    '31',
    'begins at the head, without what was revoked since base',
    shell({ start: 'head' }),
    unsafe('honest', 10),
  ),
  control(
    '47',
    'base moves before tokens that are older than it are over',
    shell({ baseAge: 'at-once' }),
    unsafe('honest', 10),
  ),
  control(
    '19',
    'a path of hashes whose head is unsigned',
    shell({ hashPath: 'head-unsigned' }),
    unsafe('malicious', 10),
  ),
]

/** Rules of transactions and reading. */
const SHELL: readonly ModelControl[] = [
  control('28', 'nothing compared', shell({ compare: 'nothing' }), notLive('rebirths', 21)),
  control(
    '28',
    'compared with the database only',
    shell({ compare: 'database' }),
    notLive('rebirths', 46),
  ),
  control(
    '41',
    'through read after the rows',
    shell({ through: 'after-rows' }),
    unsafe('honest', 20),
  ),
  control('42', 'unconditional store', shell({ store: 'unconditional' }), unsafe('honest', 20)),
  control(
    '42',
    'store conditional on the generation alone',
    shell({ store: 'generation' }),
    unsafe('restores', 100),
  ),
  control(
    '42',
    'outbox rows known by a counter',
    shell({ rowKey: 'counter' }),
    unsafe('flashbacks', 22),
  ),
  control('43', 'head found in the log', shell({ link: 'found-in-log' }), unsafe('honest', 20)),
  control('43', 'head in memory', shell({ link: 'own-memory' }), unsafe('honest', 20)),
  control(
    '44',
    'only the linked head read back',
    shell({ readBack: 'linked-head' }),
    notLive('lost tails', 31),
  ),
  control('49', 'root stored at once', shell({ root: 'stored-at-once' }), unsafe('honest', 20)),
  control(
    '49',
    'rows that wait removed with a root',
    shell({ waiting: 'in-root' }),
    unsafe('honest', 20),
  ),
  control(
    '50',
    'a group is taken for one of the latest list',
    shell({ list: 'latest' }),
    unsafe('tenants', 47),
  ),
  control(
    '50',
    'a group is taken for one of every tenant',
    shell({ list: 'every-tenant' }),
    unsafe('tenants', 10),
  ),
  control(
    '50',
    'a group states the latest time of its tenants',
    shell({ groupTime: 'latest' }),
    unsafe('tenants', 43),
  ),
  control('49', 'ownership not renewed', shell({ renew: 'never' }), notLive('lost tails', 37)),
]

/** The controls of the model of checkpoints. */
export const CHECKPOINT_CONTROLS: readonly ModelControl[] = [
  ...FOLLOWER,
  ...PUBLISHER,
  ...START,
  ...SHELL,
]

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
export const WITHOUT_EVIDENCE: readonly ModelControl[] = [
  control('27', 'e + 1', shell({ raise: 'plus-one' }), notLive('rebirths', 60)),
  control('29', 'generation unread', shell({ generation: 'unread' }), unsafe('restores', 40)),
  control(
    '42',
    'store conditional on the head alone',
    shell({ store: 'head' }),
    unsafe('flashbacks', 40),
  ),
  control('17', 'live at once', decisions('live at once'), unsafe('malicious', 40)),
  control(
    '18',
    'through kept across incarnations',
    decisions('through kept'),
    unsafe('lost history', 40),
  ),
  control(
    '38',
    'replays renew the receipt age',
    decisions('replays renew'),
    unsafe('malicious', 40),
  ),
]
