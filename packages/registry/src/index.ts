export {
  activateVersion,
  planActivation,
  type ActivateParts,
  type ActivationPolicy,
  type ActivationRequest,
  type PlannedActivation,
} from './versions/activate-version.ts'
export { VERSIONS_HELD_MAX } from './versions/held-versions.ts'
export type { VersionLoadParts } from './versions/load-version.ts'
export {
  publishVersion,
  type Published,
  type PublishParts,
  type PublishTerms,
} from './versions/publish-version.ts'
export { sourceKeysIn } from './versions/source-keys-in.ts'
export {
  createVersions,
  POLL_EVERY_MS,
  QUIET_POLL_EVERY_MS,
  type Versions,
  type VersionsParts,
} from './versions/versions.ts'
export type {
  ActivationOrder,
  ActiveVersion,
  PublishedVersion,
  VersionRecord,
  VersionStatus,
  VersionStore,
} from './versions/version-store.ts'
export {
  FAR_WIDER,
  usageOf,
  WIDE_VALUES,
  withoutUnused,
  type AudienceUsage,
  type ClaimUsage,
  type UsageState,
  type UsedClaim,
} from './usage/claim-usage.ts'
export { type LocatedFinding, type TextPlace, inOrder } from './text/located-finding.ts'
export { registrySchema } from './schema/registry-schema.ts'
export { durationMs, durationText } from './file/registry-values.ts'
export { diffVersions } from './diff/diff-versions.ts'
export { RegistryError } from './file/registry-error.ts'
export {
  lintRegistryFile,
  parseRegistry,
  refuseErrors,
  type LintedRegistry,
} from './file/registry-file.ts'
export {
  registryJsonSchema,
  REGISTRY_SCHEMA_FILE,
  type JsonSchema,
} from './schema/registry-json-schema.ts'
export {
  namedPolicyFiles,
  POLICY_BYTES_MAX,
  policyFilesOf,
  policyTextsOf,
  type NamedPolicyFile,
  type PolicyCheck,
  type PolicyFiles,
} from './document/policy-texts.ts'
export {
  canonicalDocument,
  keySetsOf,
  readRegistryDocument,
  REGISTRY_BYTES_MAX,
  registryDocument,
  registryDocumentForm,
  versionFindings,
  type PolicyVersion,
} from './document/registry-document.ts'
export { decodeUtf8 } from './text/decode-utf8.ts'
export { FILE_BYTES_MAX, readRegistryText } from './text/registry-text.ts'
