import { listedTest, readPattern, type Claim } from '@freshet/protocol'
import { finding, type Finding } from '../finding.ts'

/** @internal Whether a claim has no pattern, or one that tells which values it can have. */
export function hasReadablePattern({ pattern }: Claim): boolean {
  return pattern === undefined || readPattern(pattern).ok
}

/** @internal What is wrong with the form that the values of a claim must have. */
export function patternFindings(
  { name, values, pattern: text }: Claim,
  place: string,
): readonly Finding[] {
  if (text === undefined) return []
  const read = readPattern(text)
  if (!read.ok) {
    const message = `the pattern of claim ${name} cannot be used: ${read.problem}`
    const fix = 'write it with characters, classes, groups, | and repetitions alone'
    return [finding('pattern.unreadable', `${place}/pattern`, { message, fix })]
  }
  const isOfForm = listedTest({ pattern: text })
  return (values ?? []).flatMap((value, at) => {
    if (isOfForm(value)) return []
    const message = `claim ${name} lists a value that its pattern does not have`
    const fix = 'correct the value or the pattern'
    return [finding('pattern.excludes-value', `${place}/values/${at}`, { message, fix })]
  })
}
