export { judgeHealth, type HealthVerdict } from './judge-health.ts'
export { FIGURES_WITHIN_MS, HealthWatch, type Health } from './health-watch.ts'
