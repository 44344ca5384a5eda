import { canonicalDocument, readRegistryDocument } from '@freshet/registry'
import type { Policy } from './deployment.ts'
import { documentOf } from './policy-documents.ts'
import { registryOf, type RegistryState } from './registry-state.ts'

/** Returns a version, as `freshet registry publish` accepts it. */
export function versionOf(state: RegistryState, pv: number, minimum: number): Policy {
  const document = documentOf(registryOf(state, pv))
  canonicalDocument(Buffer.from(document))
  return { ...readRegistryDocument(document), document, minimum }
}
