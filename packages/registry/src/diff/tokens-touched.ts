import type { Registry } from '@freshet/protocol'
import type { PolicyDifference } from './difference.ts'

/** Outstanding tokens that a registry does not distinguish, with their number. */
export interface TokenKind {
  readonly tenant: string
  readonly audience: string
  readonly client: string
  /** Names of the claims that they carry. */
  readonly claims: readonly string[]
  readonly tokens: number
}

/** The number of outstanding tokens that another version of the registry touches. */
export interface TouchedTokens {
  /** All there are. */
  readonly outstanding: number
  /** Those that something of it tightens for, each once. */
  readonly tightened: number
  /** The tokens of each difference, in their order; 0 if it is about none, as an objective. */
  readonly byDifference: readonly number[]
}

type Concerns = (kind: TokenKind) => boolean

const all: Concerns = () => true
const none: Concerns = () => false

/**
 * Counts the tokens that each difference touches: those that carry the claim, carry a claim of the source,
 * are for the audience, or belong to the client or tenant. Differences of account sources, cut-off sources
 * and routes touch all tokens.
 */
export function tokensTouched(
  differences: readonly PolicyDifference[],
  versions: readonly Registry[],
  kinds: readonly TokenKind[],
): TouchedTokens {
  const concerned = differences.map(({ place }) => concernsOf(place, versions))
  const tightening = concerned.filter((_, at) => differences[at]?.effect === 'tightens')
  return {
    outstanding: sum(kinds),
    tightened: sum(kinds.filter((kind) => tightening.some((concerns) => concerns(kind)))),
    byDifference: concerned.map((concerns) => sum(kinds.filter(concerns))),
  }
}

function concernsOf(place: string, versions: readonly Registry[]): Concerns {
  const [, part = '', step = ''] = place.split('/')
  const name = step.replaceAll('~1', '/').replaceAll('~0', '~')
  switch (part) {
    case 'claims':
      return ({ claims }) => claims.includes(name)
    case 'sources':
      return ofSource(name, versions)
    case 'audiences':
      return ({ audience }) => audience === name
    case 'clients':
      return ({ client }) => client === name
    case 'tenants':
      return ({ tenant }) => tenant === name
    case 'issuers': // No token of our own is theirs.
    case 'slo':
    case 'policySchema':
      return none
    default:
      return all
  }
}

/** Every token depends on the account source and the cut-off sources (rule 15). */
function ofSource(id: string, versions: readonly Registry[]): Concerns {
  if (versions.some(({ account, cutOffs }) => account === id || cutOffs.includes(id))) return all
  const stated = versions.flatMap(({ claims }) =>
    [...claims.values()].filter(({ source }) => source === id).map(({ name }) => name),
  )
  return ({ claims }) => claims.some((claim) => stated.includes(claim))
}

function sum(kinds: readonly TokenKind[]): number {
  return kinds.reduce((total, { tokens }) => total + tokens, 0)
}
