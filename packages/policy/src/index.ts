export {
  activateVersion,
  planActivation,
  type ActivateParts,
  type ActivationPolicy,
  type ActivationRequest,
  type PlannedActivation,
} from './activate-version.ts'
export { VERSIONS_HELD_MAX } from './held-versions.ts'
export type { VersionLoadParts } from './load-version.ts'
export {
  publishVersion,
  type Published,
  type PublishParts,
  type PublishTerms,
} from './publish-version.ts'
export { sourceKeysIn } from './source-keys-in.ts'
export {
  createVersions,
  LOOK_EVERY_MS,
  QUIET_LOOK_EVERY_MS,
  type Versions,
  type VersionsParts,
} from './versions.ts'
export type {
  ActivationOrder,
  ActiveVersion,
  PublishedVersion,
  VersionRecord,
  VersionStanding,
  VersionStore,
} from './version-store.ts'
