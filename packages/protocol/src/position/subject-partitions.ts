/** The number of partitions that carry subjects. Never changed in place: another count is another topic. */
export const SUBJECT_PARTITIONS = 6
