/**
 * So few in a simulation, whose topics are its own: what recurs with every partition is most of what a
 * run costs, and two of them meet every way that one partition can be ahead of another.
 */
export const SUBJECT_PARTITIONS = 2
