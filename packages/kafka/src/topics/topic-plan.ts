import { createRequire } from 'node:module'
import { FreshetError } from '@freshet/protocol'

const load = (name: string): unknown => createRequire(import.meta.url)(name)

/** One topic of the plan in `infra/topics.yaml`. */
export interface TopicPlan {
  readonly name: string
  readonly partitions: number
  readonly replication: number
  /** Settings by Kafka's names, with values in Kafka's form. */
  readonly config: Readonly<Record<string, string>>
}

type Scalars = Readonly<Record<string, string | number | boolean>>

/**
 * Reads the plan of all topics.
 *
 * With `development: true`, the file's `development` part replaces values: one replica, for one broker.
 *
 * @throws `config.invalid` naming every problem of the file
 */
export function planTopics(
  yamlText: string,
  options: { readonly development?: boolean } = {},
): readonly TopicPlan[] {
  const problems: string[] = []
  const file = mappingIn(parseYaml(yamlText), 'the file', problems)
  const development = options.development
    ? mappingIn(file['development'], 'development', problems)
    : {}
  const replication = development['replication'] ?? file['replication']
  const common = configIn(file['config'], 'config', problems)
  const local = configIn(development['config'], 'development.config', problems)
  const plans = Object.entries(mappingIn(file['topics'], 'topics', problems)).map(
    ([name, value]) => {
      const topic = mappingIn(value, `topics.${name}`, problems)
      const own = configIn(topic['config'], `topics.${name}.config`, problems)
      return {
        name,
        partitions: countIn(topic['partitions'], `topics.${name}.partitions`, problems),
        replication: countIn(replication, 'replication', problems),
        config: { ...common, ...own, ...local },
      }
    },
  )
  if (plans.length === 0) problems.push('topics: at least one is needed')
  if (problems.length > 0) throw invalid([...new Set(problems)])
  return plans
}

/** The library is loaded with the first plan: an edge reads none, and starts sooner. */
function parseYaml(text: string): unknown {
  const { parse } = load('yaml') as typeof import('yaml')
  try {
    return parse(text)
  } catch (error) {
    throw new FreshetError('config.invalid', 'The topic plan is not YAML.', { cause: error })
  }
}

function mappingIn(
  value: unknown,
  place: string,
  problems: string[],
): Readonly<Record<string, unknown>> {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) {
    return value as Readonly<Record<string, unknown>>
  }
  problems.push(`${place}: a mapping is needed`)
  return {}
}

function configIn(
  value: unknown,
  place: string,
  problems: string[],
): Readonly<Record<string, string>> {
  if (value === undefined) return {}
  const config = mappingIn(value, place, problems)
  for (const [name, setting] of Object.entries(config)) {
    if (!['string', 'number', 'boolean'].includes(typeof setting)) {
      problems.push(`${place}.${name}: a single value is needed`)
    }
  }
  return Object.fromEntries(Object.entries(config as Scalars).map(([k, v]) => [k, String(v)]))
}

function countIn(value: unknown, place: string, problems: string[]): number {
  if (Number.isInteger(value) && Number(value) >= 1) return Number(value)
  problems.push(`${place}: a whole number from 1 is needed`)
  return 0
}

function invalid(problems: readonly string[]): FreshetError {
  return new FreshetError('config.invalid', `The topic plan is wrong. ${problems.join('; ')}.`)
}
