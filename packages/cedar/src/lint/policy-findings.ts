import { schemaToJsonWithResolvedTypes, type SchemaJson } from '@cedar-policy/cedar-wasm/nodejs'
import type { Finding } from '@freshet/registry/lint'
import { namedPolicyFiles, type PolicyFiles } from '@freshet/registry'
import { located } from './located.ts'
import { fileFindings } from './file-findings.ts'
import { neverPermits } from './never-permits.ts'
import { schemaFindings } from './schema-findings.ts'

const SCHEMA_PLACE = '/policySchema'

/** @internal All that Cedar finds, and all in which the schema does not say what the authority tells. */
export function policyFindings(files: PolicyFiles): readonly Finding[] {
  const { registry, policyTexts } = files
  const { policySchema = '' } = registry
  const schema = policyTexts.get(policySchema)
  if (schema === undefined) return []
  const read = schemaToJsonWithResolvedTypes(schema)
  if (read.type === 'failure') {
    const fix = 'correct the schema there'
    return read.errors.map((error) =>
      located('policy.schema-unreadable', SCHEMA_PLACE, {
        path: policySchema,
        text: schema,
        error,
        fix,
      }),
    )
  }
  const parts: SchemaJson<string>[string] = read.json[''] ?? { entityTypes: {}, actions: {} }
  const differing = schemaFindings(registry, parts, SCHEMA_PLACE)
  const named = namedPolicyFiles(registry).filter(({ path }) => path !== policySchema)
  const first = new Map(named.toReversed().map((each) => [each.path, each]))
  const inFiles = [...first.values()]
    .toReversed()
    .flatMap(({ path, place }) =>
      fileFindings({ path, place, text: policyTexts.get(path) ?? '', schema }),
    )
  const found = [...differing, ...inFiles]
  // Files that cannot be read have unknown permissions.
  return found.some(({ severity }) => severity === 'error')
    ? found
    : [...found, ...neverPermits(files, parts)]
}
