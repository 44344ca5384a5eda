import type { Claim } from '../registry.ts'

type Parents = ReadonlyMap<string, readonly string[]>

/**
 * @internal The claims that are derived from themselves, whatever the way round. Claims of which
 * every ancestor is known are put aside first, so that a registry without circles costs one pass.
 */
export function claimsInCircles(
  claims: ReadonlyMap<string, Pick<Claim, 'name' | 'from'>>,
): ReadonlySet<string> {
  const parents: Parents = new Map(
    [...claims.values()].map(({ name, from }) => [name, from.filter((each) => claims.has(each))]),
  )
  const open = withoutRooted(parents)
  return new Set([...open].filter((name) => isOwnAncestor(name, parents, open)))
}

/** Those that are left when claims whose parents are all gone go too, again and again. */
function withoutRooted(parents: Parents): ReadonlySet<string> {
  const waiting = new Map([...parents].map(([name, from]) => [name, from.length]))
  const children = childrenOf(parents)
  const rooted = [...waiting].flatMap(([name, count]) => (count === 0 ? [name] : []))
  for (let name = rooted.pop(); name !== undefined; name = rooted.pop()) {
    waiting.delete(name)
    for (const child of children.get(name) ?? []) {
      const left = (waiting.get(child) ?? 0) - 1
      waiting.set(child, left)
      if (left === 0) rooted.push(child)
    }
  }
  return new Set(waiting.keys())
}

function childrenOf(parents: Parents): ReadonlyMap<string, readonly string[]> {
  const children = new Map<string, string[]>()
  for (const [name, from] of parents) {
    for (const parent of from) {
      const known = children.get(parent)
      if (known === undefined) children.set(parent, [name])
      else known.push(name)
    }
  }
  return children
}

function isOwnAncestor(name: string, parents: Parents, open: ReadonlySet<string>): boolean {
  const found = new Set<string>()
  const next = [name]
  for (let claim = next.pop(); claim !== undefined; claim = next.pop()) {
    for (const parent of parents.get(claim) ?? []) {
      if (parent === name) return true
      if (!open.has(parent) || found.has(parent)) continue
      found.add(parent)
      next.push(parent)
    }
  }
  return false
}
