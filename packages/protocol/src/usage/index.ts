export { dayOf, startOfDay } from './day.ts'
