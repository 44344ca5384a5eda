/** The faults and changes of a soak, by name. */
export type EventName =
  | 'one replica of each service is killed'
  | 'the release before is upgraded to this build'
  | 'certificates and a password are rotated'
  | 'the leader of the control partition is killed'
  | 'the leader of the controllers is killed'
  | 'Postgres is restarted'
  | 'each service is restarted in turn'

/** An event at a time since the start. The run begins it later if an earlier event has not ended. */
export interface Planned {
  readonly name: EventName
  readonly atMs: number
}

const MINUTE_MS = 60_000
const KILL_AT_MS = 8_000
/** The times of the other events within a minute, after the kill and its recovery. */
const OTHERS_AT_MS = [24_000, 42_000] as const

const UPGRADE: EventName = 'the release before is upgraded to this build'
/** Certificates come before the death of a broker, so that its clients connect again with the new ones. */
const OTHERS: readonly EventName[] = [
  'certificates and a password are rotated',
  'the leader of the control partition is killed',
  'the leader of the controllers is killed',
  'Postgres is restarted',
  'each service is restarted in turn',
]

/**
 * Returns the events of a run of some minutes. One replica of each service is killed in each minute. The others
 * follow in their order, and again from the first if there is time.
 */
export function timetable(minutes: number, { upgrade }: { upgrade: boolean }): readonly Planned[] {
  const queue = upgrade ? [UPGRADE, ...OTHERS] : OTHERS
  const perMinute = Math.min(OTHERS_AT_MS.length, Math.ceil(queue.length / minutes))
  const planned: Planned[] = []
  let next = 0
  for (let minute = 0; minute < minutes; minute += 1) {
    const atMs = minute * MINUTE_MS
    planned.push({ name: 'one replica of each service is killed', atMs: atMs + KILL_AT_MS })
    for (const offsetMs of OTHERS_AT_MS.slice(0, perMinute)) {
      const name = queue[next] ?? OTHERS[(next - queue.length) % OTHERS.length]
      if (name !== undefined) planned.push({ name, atMs: atMs + offsetMs })
      next += 1
    }
  }
  return planned
}
