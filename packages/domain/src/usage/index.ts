export {
  FAR_WIDER,
  usageOf,
  WIDE_VALUES,
  withoutUnused,
  type AudienceUsage,
  type ClaimUsage,
  type UsageState,
  type UsedClaim,
} from './claim-usage.ts'
export { dayOf, startOfDay } from './day.ts'
