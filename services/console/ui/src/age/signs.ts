import { isSilentFor } from '../live/silence.ts'
import { msBetween, readClocks, type ClockReading } from './clocks.ts'

let last = readClocks()

/** Records that the console sent something: an answer, also one that refuses, or an event. */
export function noteSign(): void {
  last = readClocks()
}

/** The time at which the console last sent something. */
export function lastSign(): ClockReading {
  return last
}

/** The time of the last sign if the console is silent for too long; `undefined`: it is not. */
export function silentSinceMs(): number | undefined {
  return isSilentFor(msBetween(last, readClocks())) ? last.wallMs : undefined
}
