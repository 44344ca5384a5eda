import {
  checkParseContext,
  preparseSchema,
  schemaToJsonWithResolvedTypes,
  statefulIsAuthorized,
  type AuthorizationAnswer,
  type SchemaJson,
} from '@cedar-policy/cedar-wasm/nodejs'
import type { RouteName } from '@freshet/authority'
import { ACTION, ACTORS, AUDIENCE, SUBJECT, TENANT } from '../attributes/registry-names.ts'
import { declaredActors } from '../attributes/shown-actors.ts'
import { subjectAttributes, type SubjectAttributes } from '../attributes/subject-attributes.ts'
import { routeKey, type PolicyTexts, type RoutePolicies } from '../policy-texts.ts'
import type { ThreadAnswer, ThreadQuestion, ThreadReady } from '../thread/thread-messages.ts'
import { appliesTo, forRoute } from './applies-to-route.ts'
import { keepRoute, type RouteSets } from './route-sets.ts'
import { splitFiles, type SplitPolicy } from './split-policies.ts'
import './wasm-calls.ts'

/** The policies of a version, read once. It holds what the engine keeps for its thread, so a thread compiles one version. */
export interface CompiledPolicies extends ThreadReady {
  readonly decide: (question: ThreadQuestion) => ThreadAnswer
}

const SCHEMA = 'schema'

/** Routes that are asked once before there is a question. */
const WARMED_ROUTES_MAX = 16

/** The declarations of a schema. */
interface Declared {
  readonly parts: SchemaJson<string>[string]
  readonly attributes: SubjectAttributes
}

/** A route's own policies: those of its files that could apply to it. */
interface Slice {
  readonly sets: RouteSets
  /** The schema declares `context.actors` for the route. */
  readonly showsActors: boolean
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
    // The actors are the authority's own statement and no fact of a request, whatever the schema declares.
    if (Object.hasOwn(question.facts, ACTORS)) return { kind: 'context' }
    const entities = [subjectOf(question, attributes)]
    const request = requestOf(question, slice)
    const call = { ...request, entities, preparsedSchemaName: SCHEMA }
    const answers = slice.sets
      .of(question.claims)
      .map((preparsedPolicySetId) =>
        statefulIsAuthorized({ ...call, preparsedPolicySetId, validateRequest: true }),
      )
    return answerOf(answers, {
      nameOf: slice.sets.nameOf,
      isContext: () => isContextWrong(request, schema),
    })
  }
  for (const route of routes.slice(0, WARMED_ROUTES_MAX)) warm(route, decide)
  return { reads: new Map([...slices].map(([key, { reads }]) => [key, reads])), decide }
}

/** The engine compiles itself on the way: its first answers take a hundred times as long as others. */
function warm(route: RouteName, decide: CompiledPolicies['decide']): void {
  const nobody = { ...route, tenant: '', subject: '', actors: [], claims: new Map(), facts: {} }
  const { principal, action, resource, context } = requestOf(nobody, { showsActors: false })
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
  const own = policies.map((each) => ({ ...each, json: forRoute(each.json, route) }))
  const sets = keepRoute(routeKey(route), own, attributes)
  const names = new Set(policies.flatMap(({ json }) => [...readAttributes(json.conditions)]))
  return {
    sets,
    showsActors: declaredActors(route.route, parts.actions) === 'shown',
    reads: [...attributes.keys()].filter((name) => names.has(name)),
  }
}

function requestOf(
  { subject, audience, route, facts, actors }: ThreadQuestion,
  { showsActors }: Pick<Slice, 'showsActors'>,
) {
  const context = showsActors ? { ...facts, [ACTORS]: actors } : facts
  return {
    principal: { type: SUBJECT, id: subject },
    action: { type: ACTION, id: route },
    resource: { type: AUDIENCE, id: audience },
    // It came as JSON; the engine refuses what is none of its own values.
    context: context as Parameters<typeof statefulIsAuthorized>[0]['context'],
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

/**
 * Combines the answers of all sets of a question: a policy that forbids counts before all that permit. Cedar omits
 * a policy that it cannot evaluate, also one that forbids, so nothing is permitted then.
 */
function answerOf(
  answers: readonly AuthorizationAnswer[],
  { nameOf, isContext }: Pick<RouteSets, 'nameOf'> & { readonly isContext: () => boolean },
): ThreadAnswer {
  const found = answers.flatMap((answer) => (answer.type === 'success' ? [answer.response] : []))
  if (found.length < answers.length)
    return isContext() ? { kind: 'context' } : { kind: 'failed', policies: [] }
  const errors = found.flatMap(({ diagnostics }) => diagnostics.errors)
  if (errors.length > 0)
    return { kind: 'failed', policies: errors.map(({ policyId }) => nameOf(policyId)) }
  const by = (decision: 'allow' | 'deny') =>
    found.flatMap((each) => (each.decision === decision ? each.diagnostics.reason : []))
  const [forbidding, permitting] = [by('deny'), by('allow')]
  const permitted = forbidding.length === 0 && permitting.length > 0
  const reasons = permitted ? permitting : forbidding
  return { kind: 'answered', permitted, by: reasons.map(nameOf).toSorted() }
}

function isContextWrong(
  { context, action }: ReturnType<typeof requestOf>,
  schema: string,
): boolean {
  return checkParseContext({ context, schema, action }).type === 'failure'
}

/** Operators of Cedar's JSON form whose member `attr` names what is read. */
const READERS: ReadonlySet<string> = new Set(['.', 'has'])

/** The names of all attributes that an expression reads, of whatever: a few too many do no harm. */
function readAttributes(expression: unknown): ReadonlySet<string> {
  const names = new Set<string>()
  collect(expression, names)
  return names
}

function collect(value: unknown, names: Set<string>): void {
  if (typeof value !== 'object' || value === null) return
  for (const [operator, operand] of Object.entries(value)) {
    if (READERS.has(operator)) for (const name of attributesOf(operand)) names.add(name)
    collect(operand, names)
  }
}

function attributesOf(operand: unknown): readonly string[] {
  const { attr } = Object(operand) as { readonly attr?: unknown }
  return [attr].flat().filter((name) => typeof name === 'string')
}
