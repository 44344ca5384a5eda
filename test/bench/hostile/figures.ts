import type { Metric } from '../scenario.ts'
import type { FloodedDoor } from './assault.ts'
import { DOORS } from './doors.ts'

/** One kind of sender at one door. */
export interface FloodedRow {
  /** The id of its metrics without the figure: `hostile.gateway.changes.stranger`. */
  readonly id: string
  readonly door: FloodedDoor
  readonly who: string
}

/** Every row, in the order of the doors. */
export const ROWS: readonly FloodedRow[] = DOORS.flatMap((door) =>
  Object.keys(door.assaults).map((who) => ({ id: `hostile.${door.name}.${who}`, door, who })),
)

/** The metrics without a flood. */
export const QUIET = 'hostile.quiet'
/** The metrics of a flood at a server that only refuses: the least that a flood costs on this machine. */
export const FLOOR = 'hostile.floor'
export const RATE_PER_S = 1_000
const SHARES = { unverified: 0, removal: 2 } as const

/** The metrics of the scenario. */
export const HOSTILE_METRICS: readonly Metric[] = [
  ...others(QUIET, 'without a flood'),
  ...flood(FLOOR, 'bodies of 256 KiB at a server that reads and refuses them'),
  ...ROWS.flatMap(({ id, door, who }) => flood(id, `${who} at ${door.routes[0] ?? ''}`)),
]

function flood(id: string, flooded: string): readonly Metric[] {
  return [
    {
      id: `${id}.bytes`,
      unit: 'kB',
      about: `${flooded}: bytes that are sent before the first answer, in pieces of 16 KiB`,
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
