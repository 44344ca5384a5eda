import type { z } from 'zod'

/**
 * Returns the rule that a value breaks, for people. The messages of the library are for developers. A check of our
 * own has its sentence already.
 */
export function issueText(issue: z.core.$ZodIssue): string {
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
