import type { Claim } from '@freshet/protocol'

type Claims = ReadonlyMap<string, Pick<Claim, 'name' | 'from'>>

/** A claim on the way that is being walked, with the parent that is looked at next. */
interface Step {
  readonly name: string
  next: number
}

interface Walk {
  readonly claims: Claims
  readonly way: Step[]
  /** The number at which a claim was first seen. */
  readonly seen: Map<string, number>
  /** The earliest claim of the way that each one leads back to. */
  readonly back: Map<string, number>
  /** Claims whose circle is not known yet, in the order in which they were seen. */
  readonly open: string[]
  readonly circular: Set<string>
}

/**
 * @internal The claims that are derived from themselves, whatever the way round: those of strongly
 * connected components (Tarjan). One pass over all claims and what they are derived from, without recursion.
 */
export function claimsInCircles(claims: Claims): ReadonlySet<string> {
  const walk: Walk = {
    claims,
    way: [],
    seen: new Map(),
    back: new Map(),
    open: [],
    circular: new Set(),
  }
  for (const name of claims.keys()) {
    if (!walk.seen.has(name)) enter(walk, name)
    for (let step = walk.way.at(-1); step !== undefined; step = walk.way.at(-1)) take(walk, step)
  }
  return walk.circular
}

function enter({ way, seen, back, open }: Walk, name: string): void {
  const number = seen.size
  seen.set(name, number)
  back.set(name, number)
  open.push(name)
  way.push({ name, next: 0 })
}

function take(walk: Walk, step: Step): void {
  const { claims, seen, back, circular } = walk
  const parent = claims.get(step.name)?.from[step.next]
  step.next += 1
  if (parent === undefined) return leave(walk, step.name)
  if (!claims.has(parent)) return
  if (parent === step.name) circular.add(parent)
  if (!seen.has(parent)) enter(walk, parent)
  else leadBack(walk, step.name, back.get(parent))
}

/** `undefined`: the parent is settled, and leads nowhere on the way. */
function leadBack({ back }: Walk, name: string, to: number | undefined): void {
  if (to !== undefined) back.set(name, Math.min(to, back.get(name) ?? to))
}

/**
 * All parents are known. If none of them leads back to an earlier claim, the claims open since then are one
 * component.
 */
function leave(walk: Walk, name: string): void {
  const { way, seen, back, open, circular } = walk
  way.pop()
  const below = way.at(-1)
  if (back.get(name) !== seen.get(name)) return leadBack(walk, below?.name ?? name, back.get(name))
  const component = open.splice(open.lastIndexOf(name))
  for (const each of component) {
    if (component.length > 1) circular.add(each)
    back.delete(each)
  }
}
