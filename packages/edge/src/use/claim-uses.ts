import { TOKEN_ITSELF, type ClaimMap, type JudgedToken } from '@freshet/protocol'
import { isRouteName, USED_MAX, type ClaimUse } from '@freshet/wire'
import { ROUTE_USES_MAX } from '../limits.ts'

/** The name of a route without a name, or with one that could not be read. */
export const UNNAMED_ROUTE = '-'
/** The name of all routes beyond the limit. */
const OTHER_ROUTES = 'other'

type Counted = { -readonly [Member in keyof ClaimUse]: ClaimUse[Member] }

/** A route and the claims that it uses. */
export interface RouteUse {
  readonly route: string
  readonly claims: readonly string[]
  /** The counts of each claim; undefined for a claim that no map names. */
  readonly counted: readonly (Counted | undefined)[]
}

/** Which route it is. */
export interface UsedRoute {
  readonly audience: string
  readonly name: string | undefined
}

/**
 * The number of uses of each claim, by audience and route, since the last report. Numbers alone: never which
 * values. Claims that the map does not name are not counted, so that no caller can make it grow.
 */
export class ClaimUses {
  readonly #uses = new Map<string, Map<string, RouteUse[]>>()
  readonly #counted = new Map<string, Counted>()
  readonly #max: number
  #size = 0

  constructor(max: number = ROUTE_USES_MAX) {
    this.#max = max
  }

  /** The same object for the same route and claims, while there are not too many. */
  of(
    { audience, name = UNNAMED_ROUTE }: UsedRoute,
    claims: readonly string[],
    map?: ClaimMap,
  ): RouteUse {
    const known = this.#uses.get(audience)?.get(name)
    if (known !== undefined) for (const use of known) if (isSame(use.claims, claims)) return use
    const hasRoom = this.#size < this.#max
    const route = hasRoom ? tellable(name) : OTHER_ROUTES
    // The map that an edge judges by names the token itself, which is no claim: no report can contain it.
    const isCounted = (claim: string): boolean =>
      claim !== TOKEN_ITSELF && map?.claims.has(claim) === true
    const counted = claims.map((claim) =>
      isCounted(claim) ? this.#countedOf({ audience, route, claim }) : undefined,
    )
    const use = { route, claims, counted }
    if (hasRoom && counted.every((each, at) => each !== undefined || claims[at] === TOKEN_ITSELF))
      this.#keep(use, audience, name)
    return use
  }

  /** Counts a decision; `require` names the values that the route needs, if it names any. */
  count(
    { claims, counted }: RouteUse,
    token: JudgedToken,
    require?: Readonly<Record<string, readonly string[]>>,
  ): void {
    for (let at = 0; at < counted.length; at++) {
      const uses = counted[at]
      const claim = claims[at]
      if (uses === undefined || claim === undefined) continue
      uses.decisions += 1
      const needed = require?.[claim]
      if (needed === undefined) continue
      uses.required += 1
      uses.needed += needed.length
      uses.carried += token.claims.get(claim)?.length ?? 0
    }
  }

  /** The counts for one report, as many as it can carry; those reported longest ago come first. */
  pending(): readonly ClaimUse[] {
    const found: ClaimUse[] = []
    for (const uses of this.#counted.values()) {
      if (uses.decisions === 0) continue
      found.push({ ...uses })
      if (found.length === USED_MAX) break
    }
    return found
  }

  /** A report with these was acknowledged. */
  acknowledged(used: readonly ClaimUse[]): void {
    for (const { decisions, required, needed, carried, ...of } of used) {
      const key = keyOf(of)
      const uses = this.#counted.get(key)
      if (uses === undefined) continue
      uses.decisions -= decisions
      uses.required -= required
      uses.needed -= needed
      uses.carried -= carried
      this.#counted.delete(key)
      this.#counted.set(key, uses)
    }
  }

  #keep(use: RouteUse, audience: string, name: string): void {
    const routes = this.#uses.get(audience) ?? new Map<string, RouteUse[]>()
    this.#uses.set(audience, routes)
    routes.set(name, [...(routes.get(name) ?? []), use])
    this.#size += 1
  }

  #countedOf(of: Pick<ClaimUse, 'audience' | 'route' | 'claim'>): Counted {
    const key = keyOf(of)
    const known = this.#counted.get(key)
    if (known !== undefined) return known
    const made = { ...of, decisions: 0, required: 0, needed: 0, carried: 0 }
    this.#counted.set(key, made)
    return made
  }
}

function tellable(name: string): string {
  return isRouteName(name) ? name : UNNAMED_ROUTE
}

function keyOf({ audience, route, claim }: Pick<ClaimUse, 'audience' | 'route' | 'claim'>): string {
  return JSON.stringify([audience, route, claim])
}

function isSame(one: readonly string[], other: readonly string[]): boolean {
  if (one.length !== other.length) return false
  for (let at = 0; at < one.length; at++) if (one[at] !== other[at]) return false
  return true
}
