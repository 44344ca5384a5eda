import { listedTest, type Claim } from '@freshet/protocol'
import { otherwise, takesAway, widens, type PolicyDifference } from './difference.ts'

/**
 * @internal How the values that a claim can have differ. Tokens that are out may carry one that it
 * cannot have any more. Of two patterns nobody says which one has more values, so another one does both.
 */
export function valuesDifferences(
  before: Claim,
  after: Claim,
  place: string,
): readonly PolicyDifference[] {
  const { name } = after
  const at = `${place}/${before.pattern === after.pattern ? 'values' : 'pattern'}`
  const differences = [
    ...(lacksSome(after, before) ? [takesAway(at, `claim ${name} can have fewer values`)] : []),
    ...(lacksSome(before, after) ? [widens(at, `claim ${name} can have more values`)] : []),
  ]
  if (differences.length > 0 || before.pattern === after.pattern) return differences
  return [otherwise(at, `\`pattern\` of claim ${name} is another, and its values are the same`)]
}

/** Returns whether the one version might allow a value of the claim that the other does not. */
function lacksSome(claim: Claim, other: Claim): boolean {
  const { values, pattern } = other
  if (values !== undefined) {
    const isListed = listedTest(claim)
    return values.filter(listedTest(other)).some((value) => !isListed(value))
  }
  if (claim.values !== undefined) return true
  return claim.pattern !== undefined && claim.pattern !== pattern
}
