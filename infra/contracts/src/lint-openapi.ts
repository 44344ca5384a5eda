import { createConfig, lintFromString } from '@redocly/openapi-core'

/** The rules beside those of the specification. Each finding is an error. */
const RULES = [
  'struct',
  'no-unresolved-refs',
  'no-unused-components',
  'no-identical-paths',
  'no-enum-type-mismatch',
  'no-required-schema-properties-undefined',
  'path-parameters-defined',
  'path-declaration-must-exist',
  'path-not-include-query',
  'operation-operationId',
  'operation-operationId-unique',
  'operation-operationId-url-safe',
  'operation-parameters-unique',
  'operation-summary',
  'security-defined',
  'spec-components-invalid-map-name',
  'info-license',
] as const

/** Returns what an OpenAPI document breaks, each with its place. */
export async function lintOpenApi(document: object): Promise<readonly string[]> {
  const rules = Object.fromEntries(RULES.map((rule) => [rule, 'error' as const]))
  const config = await createConfig({ rules })
  const source = JSON.stringify(document)
  const found = await lintFromString({ source, absoluteRef: 'openapi.json', config })
  return found.map(({ ruleId, message, location: [place] }) => {
    return `${ruleId} at ${place?.pointer ?? '#'}: ${message}`
  })
}
