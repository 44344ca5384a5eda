export { CHANGES_TOPIC, QUARANTINE_TOPIC } from '@freshet/events'

/** Partitions of the quarantine topic: few, because nothing waits for it. */
export const QUARANTINE_PARTITIONS = 3
