import { readFileSync } from 'node:fs'
import { isIP } from 'node:net'
import { FreshetError, nearestName } from '@freshet/protocol'
import type { z } from 'zod'

const PREFIX = 'FRESHET_'
/** Names that begin so are known or a mistake, in a process that reads any of them. */
const SHARED_PREFIXES = ['KAFKA_TLS_', 'KAFKA_SASL_', 'KAFKA_ALLOW_', 'DATABASE_ALLOW_'] as const
/** Names that belong to other programs of ours and may stand in the same environment. */
const ELSEWHERE = [
  'FRESHET_URL',
  'FRESHET_CONTEXT',
  'FRESHET_TOKEN',
  'FRESHET_TOKEN_FILE',
  'FRESHET_GATEWAY_URL',
  'FRESHET_SIDECAR_URL',
  'FRESHET_TEST_DURABLE',
  'FRESHET_STOP_WITH_STDIN',
  'FRESHET_SHUTDOWN_DELAY_MS',
  'FRESHET_LOG_LEVEL',
  'FRESHET_TLS_CERT_FILE',
  'FRESHET_TLS_KEY_FILE',
] as const

/** One variable: its name in the environment and the rule its text must meet. */
export interface Variable<T = unknown> {
  readonly name: string
  readonly schema: z.ZodType<T>
  readonly isSecret: boolean
}

/** The variables of a service, under the names that its code uses. */
export type Variables = Readonly<Record<string, Variable>>

/** The result of `readConfig` for these variables. */
export type Config<V extends Variables> = {
  readonly [K in keyof V]: V[K] extends Variable<infer T> ? T : never
}

/** Rules between variables: each returns a sentence that names them, or `undefined`. */
export type Relation<V extends Variables> = (config: Config<V>) => string | undefined

/**
 * A variable that may be shown. The schema reads text (`z.coerce.number()`, `z.stringbool()`,
 * `z.enum(…)`) and holds the default. An empty text counts as not set.
 */
export function setting<T>(name: string, schema: z.ZodType<T>): Variable<T> {
  return { name, schema, isSecret: false }
}

/** A variable that is never shown. It may also be given as a file, by `NAME_FILE`. */
export function secret<T>(name: string, schema: z.ZodType<T>): Variable<T> {
  return { name, schema, isSecret: true }
}

/**
 * Reads the whole configuration from the environment, once, into a frozen object.
 *
 * @throws `config.invalid` listing every problem at once, by variable name, without secret values:
 *   what a schema or a relation refuses, and any `FRESHET_…` name that is not known. A name
 *   with another shared prefix counts too, where `variables` have one with that prefix. A variable
 *   that Kubernetes makes of a Service counts as not set
 */
export function readConfig<V extends Variables>(
  environment: Readonly<Record<string, string | undefined>>,
  variables: V,
  relations: readonly Relation<V>[] = [],
): Config<V> {
  const env = withoutLinks(environment)
  const problems = unknownNames(env, Object.values(variables))
  const values: Record<string, unknown> = {}
  for (const [key, variable] of Object.entries(variables)) {
    values[key] = readVariable(env, variable, problems)
  }
  if (problems.length === 0) {
    const config = Object.freeze(values) as Config<V>
    problems.push(...relations.flatMap((relation) => relation(config) ?? []))
    if (problems.length === 0) return config
  }
  const list = problems.map((problem) => `\n  - ${problem}`).join('')
  throw new FreshetError('config.invalid', `The environment cannot be used:${list}`)
}

function withoutLinks(
  env: Readonly<Record<string, string | undefined>>,
): Readonly<Record<string, string | undefined>> {
  const own = Object.entries(env).filter(([name, value = '']) => !isServiceLink(name, value))
  return Object.fromEntries(own)
}

function readVariable(
  env: Readonly<Record<string, string | undefined>>,
  variable: Variable,
  problems: string[],
): unknown {
  try {
    const text = textOf(env, variable)
    const parsed = variable.schema.safeParse(text)
    if (parsed.success) return parsed.data
    if (text === undefined) problems.push(`${variable.name} is missing`)
    else problems.push(...parsed.error.issues.map((issue) => problemText(issue, variable)))
  } catch (error) {
    problems.push(error instanceof FreshetError ? error.message : `${variable.name}: not readable`)
  }
  return undefined
}

/** The message of a schema can quote the value, so that of a secret is not used. */
function problemText(issue: z.core.$ZodIssue, { name, isSecret }: Variable): string {
  return `${name}: ${isSecret ? 'not of the expected form' : issueText(issue)}`
}

function textOf(
  env: Readonly<Record<string, string | undefined>>,
  { name, isSecret }: Variable,
): string | undefined {
  const direct = presence(env[name])
  const file = isSecret ? presence(env[`${name}_FILE`]) : undefined
  if (file === undefined) return direct
  if (direct !== undefined) throw invalid(`${name}: also given as ${name}_FILE; set one of them`)
  try {
    return presence(readFileSync(file, 'utf8').trimEnd())
  } catch {
    throw invalid(`${name}_FILE: names a file that cannot be read`)
  }
}

function presence(text: string | undefined): string | undefined {
  return text === '' ? undefined : text
}

function invalid(message: string): FreshetError {
  return new FreshetError('config.invalid', message)
}

function unknownNames(
  env: Readonly<Record<string, string | undefined>>,
  variables: readonly Variable[],
): string[] {
  const known = variables.flatMap(({ name, isSecret }) =>
    isSecret ? [name, `${name}_FILE`] : [name],
  )
  const accepted = new Set<string>([...known, ...ELSEWHERE])
  const shared = SHARED_PREFIXES.filter((prefix) => known.some((name) => name.startsWith(prefix)))
  const prefixes = [PREFIX, ...shared]
  const isOurs = (name: string): boolean => prefixes.some((prefix) => name.startsWith(prefix))
  const unknown = Object.keys(env).filter((name) => isOurs(name) && !accepted.has(name))
  return unknown.map((name) => {
    const nearest = nearestName(name, [...accepted])
    return `${name}: not a known variable${nearest === undefined ? '' : `; did you mean ${nearest}?`}`
  })
}

/**
 * Returns the rule that a value breaks, for people. The messages of the library are for developers. A check of our
 * own has its sentence already.
 */
function issueText(issue: z.core.$ZodIssue): string {
  switch (issue.code) {
    case 'invalid_type':
      return `must be ${NOUNS[issue.expected] ?? issue.expected}`
    case 'too_big':
      return `must be ${issue.inclusive === false ? 'below' : 'at most'} ${issue.maximum}${unitOf(issue.origin)}`
    case 'too_small':
      return `must be ${issue.inclusive === false ? 'above' : 'at least'} ${issue.minimum}${unitOf(issue.origin)}`
    case 'invalid_value':
      return `must be ${isSwitch(issue) ? 'true or false' : issue.values.map(String).join(' or ')}`
    case 'invalid_format':
      return issue.format === 'url' ? 'must be a URL' : issue.message
    default:
      return issue.message
  }
}

const NOUNS: Readonly<Record<string, string>> = {
  number: 'a number',
  int: 'a whole number',
  string: 'a text',
}

function unitOf(origin: string): string {
  return origin === 'string' ? ' characters long' : ''
}

/** True for `z.stringbool()`, which has twelve values. */
function isSwitch(issue: object): boolean {
  return 'expected' in issue && issue.expected === 'stringbool'
}

type IsValue = (value: string) => boolean

const isUrl: IsValue = (value) => /^(?:tcp|udp|sctp):\/\//.test(value)
const isPort: IsValue = (value) => /^\d{1,5}$/.test(value)
const isProtocol: IsValue = (value) => /^(?:tcp|udp|sctp)$/.test(value)
const isAddress: IsValue = (value) => isIP(value) !== 0

/** The forms of names that Kubernetes makes of a Service, each with the form of its value. */
const LINKS: readonly (readonly [name: RegExp, isValue: IsValue])[] = [
  [/_SERVICE_HOST$/, isAddress],
  [/_SERVICE_PORT(?:_[A-Z0-9_]+)?$/, isPort],
  [/_PORT$/, isUrl],
  [/_PORT_\d+_(?:TCP|UDP|SCTP)$/, isUrl],
  [/_PORT_\d+_(?:TCP|UDP|SCTP)_PROTO$/, isProtocol],
  [/_PORT_\d+_(?:TCP|UDP|SCTP)_PORT$/, isPort],
  [/_PORT_\d+_(?:TCP|UDP|SCTP)_ADDR$/, isAddress],
]

/**
 * Reports whether Kubernetes made a variable of a Service (`enableServiceLinks`): a Service
 * `freshet-gateway` puts `FRESHET_GATEWAY_SERVICE_HOST` and six more into every pod of its namespace,
 * and a Service `freshet` puts `FRESHET_PORT`. Name and value both must have the form of a link.
 */
export function isServiceLink(name: string, value: string): boolean {
  return LINKS.some(([form, isValue]) => form.test(name) && isValue(value))
}
