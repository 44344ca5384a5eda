import { nearestName } from '@freshet/protocol'
import type * as z from 'zod'
import { pointerOf } from '@freshet/wire'
import { finding, type Finding } from '../lint/finding.ts'
import type { FindingCode } from '../lint/registry-rules.ts'
import { membersAt, registryJsonSchema, type JsonSchema } from '../schema/registry-json-schema.ts'

type Issue = z.core.$ZodIssue

/**
 * Returns the faults in the form of a registry file, from the issues that its schema reports for the value.
 */
export function formFindings(issues: readonly Issue[], file: unknown): readonly Finding[] {
  // Made once, and only if a name is to be compared with the known ones.
  let schema: JsonSchema | undefined
  return issues.flatMap((issue) => {
    if (issue.code === 'unrecognized_keys') {
      schema ??= registryJsonSchema()
      return unknownMembers(issue, membersAt(schema, issue.path))
    }
    const { code, message, fix } = descriptionOf(issue, file)
    const words = `${nameOf(issue.path)} ${message}`
    return [finding(code, pointerOf(issue.path), { message: words, fix })]
  })
}

interface Description {
  readonly code: FindingCode
  readonly message: string
  readonly fix: string
}

function descriptionOf(issue: Issue, file: unknown): Description {
  switch (issue.code) {
    case 'invalid_type':
      return wrongType(issue, valueAt(file, issue.path), isThere(file, issue.path))
    case 'invalid_value':
      return isThere(file, issue.path) ? wrongChoice(issue, file) : missing(issue.path)
    case 'too_small':
      return outOfRange(`must have at least ${issue.minimum}`, issue)
    case 'too_big':
      return outOfRange(`must have at most ${issue.maximum}`, issue)
    case 'invalid_key': {
      const message = `is no name that can be used here: it ${whyNoName(issue.issues)}`
      return { code: 'name.invalid', message, fix: 'use another name' }
    }
    default:
      return { code: 'value.form', message: issue.message, fix: 'write it in that form' }
  }
}

function whyNoName([issue]: readonly Issue[]): string {
  if (issue?.code === 'too_small') return 'is empty'
  if (issue?.code === 'too_big') return `has more than ${issue.maximum} characters`
  return issue?.message ?? 'is another'
}

function missing(path: readonly PropertyKey[]): Description {
  const fix = `add ${String(path.at(-1))}`
  return { code: 'member.missing', message: 'is missing', fix }
}

const kinds: Readonly<Record<string, string>> = {
  string: 'text',
  number: 'a number',
  int: 'a whole number',
  boolean: 'true or false',
  array: 'a list',
  record: 'a mapping',
  object: 'a mapping',
  null: 'nothing',
}

function wrongType(
  { expected, message: issueMessage, path }: Extract<Issue, { code: 'invalid_type' }>,
  value: unknown,
  given: boolean,
): Description {
  if (!given && path.length > 0) return missing(path)
  const [name] = path.length === 3 && path[0] === 'claims' ? path.slice(2) : []
  if (name === 'source' && Array.isArray(value)) {
    const message = 'names several sources, and a claim has one'
    return { code: 'claim.two-sources', message, fix: 'name the one that counts' }
  }
  const wanted = kinds[expected] ?? expected
  const own = `must be ${wanted}, not ${kinds[kindOf(value)] ?? 'that'}`
  const isScalar = typeof value === 'number' || typeof value === 'boolean'
  const fix = expected === 'string' && isScalar ? 'put it in quotes' : `write ${wanted}`
  return {
    code: 'value.type',
    message: issueMessage.startsWith('Invalid input') ? own : issueMessage,
    fix,
  }
}

function kindOf(value: unknown): string {
  if (value === null || value === undefined) return 'null'
  return Array.isArray(value) ? 'array' : typeof value
}

function wrongChoice(
  { values, path }: Extract<Issue, { code: 'invalid_value' }>,
  file: unknown,
): Description {
  const choices = values.map(String)
  const given = valueAt(file, path)
  const nearest = typeof given === 'string' ? nearestName(given, choices) : undefined
  const message = `must be ${choices.join(' or ')}${didYouMean(nearest)}`
  return { code: 'value.choice', message, fix: `use ${nearest ?? choices.join(' or ')}` }
}

function outOfRange(
  words: string,
  { origin }: Extract<Issue, { code: 'too_small' | 'too_big' }>,
): Description {
  const units: Readonly<Record<string, string>> = { string: 'characters', array: 'entries' }
  const unit = units[origin]
  const message = unit === undefined ? words.replace('have', 'be') : `${words} ${unit}`
  const fix = 'keep within the limit'
  return { code: 'value.range', message, fix }
}

function unknownMembers(
  { keys, path }: Extract<Issue, { code: 'unrecognized_keys' }>,
  known: readonly string[],
): readonly Finding[] {
  const where = path.length === 0 ? 'the registry' : nameOf(path)
  return keys.map((key) => {
    const nearest = nearestName(key, known)
    return finding('member.unknown', pointerOf([...path, key]), {
      message: `${where} has no member ${key}${didYouMean(nearest)}`,
      fix:
        nearest === undefined ? `leave it out; known are ${known.join(', ')}` : `write ${nearest}`,
    })
  })
}

function didYouMean(nearest: string | undefined): string {
  return nearest === undefined ? '' : `; did you mean ${nearest}?`
}

/** Returns the name of the member or the item, as people count it. */
function nameOf(path: readonly PropertyKey[]): string {
  const last = path.at(-1)
  if (last === undefined) return 'the registry'
  if (last === '') return 'a name'
  return typeof last === 'number' ? `item ${last + 1} of ${String(path.at(-2))}` : String(last)
}

function valueAt(file: unknown, path: readonly PropertyKey[]): unknown {
  return path.reduce<unknown>((value, step) => Object(value)[step], file)
}

function isThere(file: unknown, path: readonly PropertyKey[]): boolean {
  return (
    path.length === 0 || Object.hasOwn(Object(valueAt(file, path.slice(0, -1))), path.at(-1) ?? '')
  )
}
