export * from './versions/activate-version.ts'
export { VERSIONS_HELD_MAX } from './versions/versions.ts'
export type { VersionLoadParts } from './versions/versions.ts'
export * from './versions/publish-version.ts'
export * from './versions/source-keys-in.ts'
export {
  createVersions,
  POLL_EVERY_MS,
  QUIET_POLL_EVERY_MS,
  type Versions,
  type VersionsParts,
} from './versions/versions.ts'
export * from './versions/version-store.ts'
export * from './usage/claim-usage.ts'
export { type TextPlace, type LocatedFinding, inOrder } from './text/registry-text.ts'
export * from './schema/registry-schema.ts'
export { durationMs, durationText } from './file/registry-values.ts'
export * from './diff/diff-versions.ts'

export * from './file/registry-file.ts'
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
export * from './document/registry-document.ts'
export { decodeUtf8 } from './text/registry-text.ts'
export { FILE_BYTES_MAX, readRegistryText } from './text/registry-text.ts'
