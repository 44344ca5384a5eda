import { HONEST, MALICIOUS, PRODUCTION, type Mix, type Rules } from './mix.ts'
import type { Violation } from './world.ts'

/** One rule taken away, and what must be seen within so many seeds. */
export interface Control {
  readonly rule: string
  readonly without: string
  readonly rules: Rules
  readonly mix: Mix
  readonly shows: readonly Violation['kind'][]
  readonly seeds: number
}

const SAFETY: readonly Violation['kind'][] = ['unsafe', 'view', 'forged']
const LIVENESS: readonly Violation['kind'][] = ['stuck', 'late']

function follow(change: Partial<Rules['follow']>): Rules {
  return { ...PRODUCTION, follow: { ...PRODUCTION.follow, ...change } }
}

function publish(change: Partial<Rules['publish']>): Rules {
  return { ...PRODUCTION, publish: { ...PRODUCTION.publish, ...change } }
}

function shell(change: Partial<Rules['shell']>): Rules {
  return { ...PRODUCTION, shell: { ...PRODUCTION.shell, ...change } }
}

const base = { mix: HONEST, shows: SAFETY, seeds: 40 }

/** The negative controls: rule, what is switched off, and what it costs. */
export const CONTROLS: readonly Control[] = [
  {
    ...base,
    rule: '10',
    without: 'an older generation is ignored',
    rules: follow({ generations: 'not-older' }),
    shows: [...SAFETY, ...LIVENESS],
  },
  {
    ...base,
    rule: '11',
    without: 'a heartbeat after a limited batch',
    rules: publish({ heartbeat: 'always' }),
  },
  {
    ...base,
    rule: '17',
    without: 'live at once',
    rules: follow({ live: 'at-once' }),
    mix: MALICIOUS,
  },
  {
    ...base,
    rule: '18',
    without: 'through kept across incarnations',
    rules: follow({ throughOfOlderIncarnation: 'kept' }),
  },
  {
    ...base,
    rule: '19',
    without: 'a strict line',
    rules: follow({ trust: 'line' }),
    shows: LIVENESS,
  },
  {
    ...base,
    rule: '26',
    without: 'watermarks by offset alone',
    rules: shell({ watermark: 'offset-only' }),
  },
  {
    ...base,
    rule: '27',
    without: 'e + 1',
    rules: shell({ raise: 'plus-one' }),
    shows: [...SAFETY, ...LIVENESS],
  },
  {
    ...base,
    rule: '28',
    without: 'compared with the database only',
    rules: shell({ compare: 'database' }),
    shows: [...SAFETY, ...LIVENESS],
  },
  {
    ...base,
    rule: '28',
    without: 'nothing compared',
    rules: shell({ compare: 'nothing' }),
    shows: [...SAFETY, ...LIVENESS],
  },
  { ...base, rule: '29', without: 'generation unread', rules: shell({ generation: 'unread' }) },
  {
    ...base,
    rule: '30',
    without: 'a lost head is continued',
    rules: publish({ lostHead: 'continue' }),
    shows: [...SAFETY, ...LIVENESS],
  },
  {
    ...base,
    rule: '31',
    without: 'first checkpoint as anchor',
    rules: follow({ anchor: 'first-checkpoint' }),
    mix: MALICIOUS,
  },
  {
    ...base,
    rule: '31',
    without: 'genesis as anchor',
    rules: follow({ anchor: 'genesis' }),
    shows: LIVENESS,
  },
  {
    ...base,
    rule: '38',
    without: 'replays renew',
    rules: follow({ replays: 'renew' }),
    mix: MALICIOUS,
  },
  {
    ...base,
    rule: '38',
    without: 'no resync',
    rules: follow({ resync: 'never' }),
    mix: MALICIOUS,
    shows: LIVENESS,
  },
  {
    ...base,
    rule: '41',
    without: 'through read after the rows',
    rules: shell({ through: 'after-rows' }),
  },
  { ...base, rule: '42', without: 'unconditional store', rules: shell({ store: 'unconditional' }) },
  {
    ...base,
    rule: '42',
    without: 'conditional on the generation alone',
    rules: shell({ store: 'generation' }),
  },
  { ...base, rule: '43', without: 'head found in the log', rules: shell({ link: 'found-in-log' }) },
  { ...base, rule: '43', without: 'head in memory', rules: shell({ link: 'own-memory' }) },
  {
    ...base,
    rule: '44',
    without: 'no read back',
    rules: publish({ readBack: 'never' }),
    shows: [...SAFETY, ...LIVENESS],
  },
  {
    ...base,
    rule: '45',
    without: 'hash unchecked',
    rules: follow({ batches: 'hash-unchecked' }),
    mix: MALICIOUS,
  },
  {
    ...base,
    rule: '45',
    without: 'records applied without a checkpoint',
    rules: follow({ batches: 'without-checkpoint' }),
    mix: MALICIOUS,
  },
  {
    ...base,
    rule: '45',
    without: 'previous unchecked',
    rules: follow({ trust: 'previous-unchecked' }),
    mix: MALICIOUS,
  },
  {
    ...base,
    rule: '47',
    without: 'base stays',
    rules: publish({ base: 'stays' }),
    shows: LIVENESS,
  },
  { ...base, rule: '48', without: 'permanents once', rules: publish({ permanents: 'once' }) },
  { ...base, rule: '49', without: 'root stored at once', rules: shell({ root: 'stored-at-once' }) },
  {
    ...base,
    rule: '49',
    without: 'ownership not renewed',
    rules: shell({ renew: 'never' }),
    shows: LIVENESS,
  },
  {
    ...base,
    rule: '50',
    without: 'outbox rows known by a counter',
    rules: shell({ rowKey: 'counter' }),
  },
]
