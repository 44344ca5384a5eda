import {
  schemaToJsonWithResolvedTypes,
  type SchemaJson,
  policySetTextToParts,
  validate,
  type DetailedError,
} from '@cedar-policy/cedar-wasm/nodejs'
import { namedPolicyFiles, type PolicyFiles } from '@freshet/registry'
import { type Finding, finding, type FindingCode } from '@freshet/registry/lint'
import { pointerOf } from '@freshet/wire'
import { appliesTo } from '../compile/applies-to-route.ts'
import { splitFiles } from '../compile/split-policies.ts'
import { textsOf } from '../policy-texts.ts'
import { located } from './located.ts'
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

/** Findings of one kind in one file: what follows is mostly a consequence. */
const FINDINGS_MAX = 20

/** A policy file, and where the registry names it first. */
interface PlacedFile {
  readonly path: string
  readonly place: string
  readonly text: string
  readonly schema: string
}

/** @internal What is wrong with a file of policies. */
function fileFindings({ path, place, text, schema }: PlacedFile): readonly Finding[] {
  const all = (code: FindingCode, errors: readonly DetailedError[], fix: string) =>
    errors.slice(0, FINDINGS_MAX).map((error) => located(code, place, { path, text, error, fix }))
  const parts = policySetTextToParts(text)
  if (parts.type === 'failure')
    return all('policy.unreadable', parts.errors, 'correct the syntax there')
  if (parts.policy_templates.length > 0) return [template(path, place)]
  const checked = validate({ schema, policies: { staticPolicies: text } })
  if (checked.type === 'failure')
    return all('policy.unreadable', checked.errors, 'correct it there')
  const { validationErrors, validationWarnings, otherWarnings } = checked
  const errors = validationErrors.map(({ error }) => error)
  const warnings = [...validationWarnings.map(({ error }) => error), ...otherWarnings]
  return [
    ...all('policy.invalid', errors, 'correct the policy there'),
    ...all('policy.doubtful', warnings, 'correct the policy there, or leave it out'),
  ]
}

function template(path: string, place: string): Finding {
  const message = `${path}: holds a template, and nothing would be put into its slots`
  const fix = 'write the principal or resource in the place of the slot'
  return finding('policy.unreadable', place, { message, fix })
}

/** @internal Routes that no request can pass. */
function neverPermits(
  files: PolicyFiles,
  { actions }: SchemaJson<string>[string],
): readonly Finding[] {
  const { routes } = textsOf(files)
  const of = splitFiles(routes)
  return routes.flatMap((route) => {
    const permits = of(route).filter(({ json }) => json.effect === 'permit')
    if (permits.some(({ json }) => appliesTo(json, route, actions))) return []
    const place = pointerOf(['audiences', route.audience, 'routes', route.route, 'policies'])
    const message = `no policy here permits ${route.route} of ${route.audience}, so nobody could pass`
    const fix = `write a permit for Action::"${route.route}"`
    return [finding('policy.never-permits', place, { message, fix })]
  })
}
