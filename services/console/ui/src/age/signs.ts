import { readClocks, type ClockReading } from './clocks.ts'

let last = readClocks()

/** Records that the console sent something: an answer, also one that refuses, or an event. */
export function noteSign(): void {
  last = readClocks()
}

/** The time at which the console last sent something. */
export function lastSign(): ClockReading {
  return last
}
