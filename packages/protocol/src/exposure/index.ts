export { ClockOffset, type OffsetEstimate } from './clock-offset.ts'
export { isStaleBy, type UsedToken } from './stale-by.ts'
