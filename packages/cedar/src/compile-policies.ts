import {
  checkParseContext,
  preparsePolicySet,
  preparseSchema,
  schemaToJsonWithResolvedTypes,
  statefulIsAuthorized,
  type AuthorizationAnswer,
  type PolicyJson,
  type SchemaJson,
} from '@cedar-policy/cedar-wasm/nodejs'
import type { RouteName } from '@freshet/authority'
import { appliesTo, forRoute } from './applies-to-route.ts'
import { routeKey, type PolicyTexts, type RoutePolicies } from './policy-texts.ts'
import { readAttributes } from './read-attributes.ts'
import { ACTION, AUDIENCE, SUBJECT, TENANT } from './registry-names.ts'
import { splitFiles, type SplitPolicy } from './split-policies.ts'
import { subjectAttributes, type SubjectAttributes } from './subject-attributes.ts'
import type { ThreadAnswer, ThreadQuestion, ThreadReady } from './thread-messages.ts'

/** The policies of a version, read once. It holds what the engine keeps for its thread, so a thread compiles one version. */
export interface CompiledPolicies extends ThreadReady {
  readonly decide: (question: ThreadQuestion) => ThreadAnswer
}

const SCHEMA = 'schema'
/** Characters of a policy's name that answers and the audit keep. */
const NAME_LENGTH_MAX = 200

/** Routes that are asked once before there is a question. */
const WARMED_ROUTES_MAX = 16

/** What a schema declares. */
interface Declared {
  readonly parts: SchemaJson<string>[string]
  readonly attributes: SubjectAttributes
}

/** A route's own policies: those of its files that could apply to it. */
interface Slice {
  readonly id: string
  readonly reads: readonly string[]
}

/** @throws where the policies are not sound */
export function compilePolicies({ schema, routes }: PolicyTexts): CompiledPolicies {
  const read = schemaToJsonWithResolvedTypes(schema)
  const prepared = preparseSchema(SCHEMA, schema)
  if (read.type === 'failure' || prepared.type === 'failure')
    throw new Error('the policy schema cannot be read')
  const parts = read.json['']
  if (parts === undefined) throw new Error('the policy schema declares nothing')
  const attributes = subjectAttributes(parts)
  const of = splitFiles(routes)
  const slices = new Map(
    routes.map((route) => [routeKey(route), sliceOf(route, of(route), { parts, attributes })]),
  )
  const decide = (question: ThreadQuestion): ThreadAnswer => {
    const slice = slices.get(routeKey(question))
    if (slice === undefined) return { kind: 'failed', policies: [] }
    const answer = statefulIsAuthorized({
      ...requestOf(question),
      entities: [subjectOf(question, attributes)],
      preparsedPolicySetId: slice.id,
      preparsedSchemaName: SCHEMA,
      validateRequest: true,
    })
    return answerOf(answer, () => isContextWrong(question, schema))
  }
  for (const route of routes.slice(0, WARMED_ROUTES_MAX)) warm(route, decide)
  return { reads: new Map([...slices].map(([key, { reads }]) => [key, reads])), decide }
}

/** The engine compiles itself on the way: its first answers take a hundred times as long as others. */
function warm(route: RouteName, decide: CompiledPolicies['decide']): void {
  const nobody = { ...route, tenant: '', subject: '', claims: new Map(), facts: {} }
  const { principal, action, resource, context } = requestOf(nobody)
  const entities: [] = []
  const unchecked = { preparsedPolicySetId: routeKey(route), entities }
  statefulIsAuthorized({ principal, action, resource, context, ...unchecked })
  decide(nobody)
}

function sliceOf(
  route: RoutePolicies,
  all: readonly SplitPolicy[],
  { parts, attributes }: Declared,
): Slice {
  const policies = all.filter(({ json }) => appliesTo(json, route, parts.actions))
  const id = routeKey(route)
  const own = policies.map(({ name, json }) => ({ name, json: forRoute(json, route) }))
  const made = preparsePolicySet(id, { staticPolicies: byName(own) })
  if (made.type === 'failure') throw new Error(`policies of ${id} cannot be read`)
  const names = new Set(policies.flatMap(({ json }) => [...readAttributes(json.conditions)]))
  return { id, reads: [...attributes.keys()].filter((name) => names.has(name)) }
}

/** Two policies of one name are two all the same: one that forbids must not be lost. */
function byName(
  policies: readonly Pick<SplitPolicy, 'name' | 'json'>[],
): Record<string, PolicyJson> {
  const named = new Map<string, PolicyJson>()
  for (const [at, { name, json }] of policies.entries()) {
    let free = name.slice(0, NAME_LENGTH_MAX)
    while (named.has(free)) free += `#${at}`
    named.set(free, json)
  }
  return Object.fromEntries(named)
}

function requestOf({ subject, audience, route, facts }: ThreadQuestion) {
  return {
    principal: { type: SUBJECT, id: subject },
    action: { type: ACTION, id: route },
    resource: { type: AUDIENCE, id: audience },
    // It came as JSON; the engine refuses what is none of its own values.
    context: facts as Parameters<typeof statefulIsAuthorized>[0]['context'],
  }
}

/** Sets that no policy of the route reads are empty: the schema wants them there. */
function subjectOf({ subject, tenant, claims }: ThreadQuestion, attributes: SubjectAttributes) {
  const attrs: Record<string, string | string[]> = {}
  for (const [name, shape] of attributes) {
    const values = claims.get(name) ?? []
    const [only] = values
    if (shape === 'set') attrs[name] = [...values]
    else if (only !== undefined) attrs[name] = only
  }
  return {
    uid: { type: SUBJECT, id: subject },
    attrs,
    parents: [{ type: TENANT, id: tenant }],
  }
}

/** Cedar leaves out a policy that it cannot evaluate, also one that forbids: so nothing is permitted then. */
function answerOf(answer: AuthorizationAnswer, isContext: () => boolean): ThreadAnswer {
  if (answer.type === 'failure')
    return isContext() ? { kind: 'context' } : { kind: 'failed', policies: [] }
  const { decision, diagnostics } = answer.response
  if (diagnostics.errors.length > 0)
    return { kind: 'failed', policies: diagnostics.errors.map(({ policyId }) => policyId) }
  return { kind: 'answered', permitted: decision === 'allow', by: diagnostics.reason.toSorted() }
}

function isContextWrong(question: ThreadQuestion, schema: string): boolean {
  const { context, action } = requestOf(question)
  return checkParseContext({ context, schema, action }).type === 'failure'
}
