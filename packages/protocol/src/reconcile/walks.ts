export {
  NOTHING_WALKED,
  SNAPSHOT_REMOVAL_MAX,
  SNAPSHOT_REMOVAL_READ_MAX,
  type WalkedClaims,
} from './batch/batch-state.ts'
export { accountAsClaim, isOlder } from './snapshot/count-claims.ts'
export * from './decisions/decide-walk.ts'
export * from './snapshot/ending.ts'
export { countedOf, isWalking, takingOf } from '../changes/statements.ts'
