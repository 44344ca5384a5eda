import type { Metric } from '../scenario.ts'
import type { AttackTarget } from './assault.ts'
import { TARGETS } from './targets.ts'
import { CURVE_PERCENTILES } from '../measure/distribution.ts'
import { numberText } from '../report/number-text.ts'
import { middleOf, type Result } from '../report/result.ts'

const SHARES = { unverified: 0, removal: 2 } as const
const P95 = CURVE_PERCENTILES.indexOf(95)

/** One kind of sender at one door. */
export interface AttackRow {
  /** The id of its metrics without the figure: `hostile.gateway.changes.stranger`. */
  readonly id: string
  readonly target: AttackTarget
  readonly who: string
}

/** Every row, in the order of the targets. */
export const ROWS: readonly AttackRow[] = TARGETS.flatMap((target) =>
  Object.keys(target.assaults).map((who) => ({
    id: `hostile.${target.name}.${who}`,
    target,
    who,
  })),
)

/** The metrics without a flood. */
export const QUIET = 'hostile.quiet'
/** The metrics of a flood at a server that only refuses: the least that a flood costs on this machine. */
export const FLOOR = 'hostile.floor'
export const RATE_PER_S = 1_000

/** The metrics of the scenario. */
export const HOSTILE_METRICS: readonly Metric[] = [
  ...others(QUIET, 'without a flood'),
  ...attackMetrics(FLOOR, 'bodies of 256 KiB at a server that reads and refuses them'),
  ...ROWS.flatMap(({ id, target, who }) =>
    attackMetrics(id, `${who} at ${target.routes[0] ?? ''}`),
  ),
]

function attackMetrics(id: string, attacked: string): readonly Metric[] {
  return [
    {
      id: `${id}.bytes`,
      unit: 'kB',
      about: `${attacked}: bytes that are sent before the first answer, in pieces of 16 KiB`,
    },
    {
      id: `${id}.rate`,
      unit: '1/s',
      about: `the same: answers, of ${RATE_PER_S.toLocaleString('en')} requests/s that are tried`,
    },
    {
      id: `${id}.cost`,
      unit: 'µs',
      about:
        'the same: processor time of the service for each answer, without that of its quiet time',
    },
    {
      id: `${id}.attacker`,
      unit: 'µs',
      about: 'the same: processor time of the sender for each answer',
      against: [{ id: `${id}.cost` }],
    },
    ...others(id, 'the same'),
  ]
}

function others(id: string, when: string): readonly Metric[] {
  const removal = (figure: string, about: string): Metric => {
    const against = [{ id: `${QUIET}.${figure}`, atMost: SHARES.removal }]
    return { id: `${id}.${figure}`, unit: 'ms', about, ...(id === QUIET ? {} : { against }) }
  }
  return [
    {
      id: `${id}.unverified`,
      unit: '%',
      about: `${when}: checks of another subject at a sidecar that are not allowed as fresh`,
      target: { atMost: SHARES.unverified },
    },
    removal(
      'removal',
      `${when}: removal of another source, from its 202 to the first refusal at the sidecar`,
    ),
    removal('sent', `${when}: the same removal, from its sending to that refusal`),
  ]
}

const HEADINGS = [
  'flood',
  'kB before the first answer',
  'answers/s',
  'service, µs',
  'sender, µs',
  'sender : service',
  'unverified checks',
  'removal p50 / p95, ms',
  '× quiet',
  'from its sending, ms',
  '× quiet',
] as const

/** Returns the results as a table of Markdown with one row for each flood. */
export function hostileTable(results: readonly Result[]): string {
  const byId = new Map(results.map((result) => [result.id, result]))
  const quiet = (figure: string): Result | undefined => byId.get(`${QUIET}.${figure}`)
  const row = (id: string): readonly string[] => {
    const at = (figure: string): Result | undefined => byId.get(`${id}.${figure}`)
    return [
      `\`${id.replace(/^hostile\./, '')}\``,
      ...['bytes', 'rate', 'cost', 'attacker'].map((figure) => text(at(figure))),
      ratio(at('attacker'), at('cost')),
      `${text(at('unverified'))} %`,
      `${text(at('removal'))} / ${p95Of(at('removal'))}`,
      ratio(at('removal'), quiet('removal')),
      text(at('sent')),
      ratio(at('sent'), quiet('sent')),
    ]
  }
  const measured = [QUIET, FLOOR, ...ROWS.map(({ id }) => id)].filter((id) =>
    byId.has(`${id}.removal`),
  )
  return [
    line(HEADINGS),
    line(HEADINGS.map((_, n) => (n === 0 ? '---' : '--:'))),
    ...measured.map((id) => line(row(id))),
  ].join('\n')
}

function p95Of(result: Result | undefined): string {
  const value = result !== undefined && 'curve' in result ? result.curve?.[P95] : undefined
  return value === undefined ? '' : numberText(value)
}

function text(result: Result | undefined): string {
  return result === undefined ? '' : numberText(middleOf(result))
}

function ratio(one: Result | undefined, other: Result | undefined): string {
  if (one === undefined || other === undefined) return ''
  return numberText(middleOf(one) / middleOf(other))
}

function line(cells: readonly string[]): string {
  return `| ${cells.join(' | ')} |`
}
