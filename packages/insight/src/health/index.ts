export { judgeHealth, type HealthVerdict } from './judge-health.ts'
export { FIGURES_WITHIN_MS, HealthWatch, type Health } from './health-watch.ts'
export {
  stateReader,
  type ObservedState,
  type StateReader,
  type StateStore,
} from './state-reader.ts'
