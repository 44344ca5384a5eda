import type { Random } from '../random.ts'
import {
  FIRST_STATE,
  PREFIXES,
  PROVIDERS,
  SOURCES,
  type OwnedClaim,
  type RegistryState,
} from './registry-state.ts'

/** One operation on a registry: returns its next state, or `undefined` if it is not possible now. */
type Operation = (state: RegistryState, random: Random) => RegistryState | undefined

/** The grammar of registry changes. Each operation is one edit that a person makes in the file. */
export const OPERATIONS: Readonly<Record<string, Operation>> = {
  'claim moves': (state, random) =>
    withClaim(state, random, (claim) => ({
      ...claim,
      source: anotherSource(claim, random),
    })),
  'restriction moves': (state, random) =>
    withClaim(
      state,
      random,
      (claim) => ({
        ...claim,
        source: anotherSource(claim, random),
      }),
      'restrict',
    ),
  'account source moves': (state, random) => ({
    ...state,
    account: random.pick(SOURCES.filter((source) => source !== state.account)),
  }),
  'cut-off source moves': (state) => ({
    ...state,
    cutOffs: state.cutOffs.length > 1 ? ['security'] : ['security', 'hr'],
  }),
  'polarity turns': (state, random) =>
    withClaim(state, random, (claim) => ({
      ...claim,
      polarity: claim.polarity === 'grant' ? 'restrict' : 'grant',
    })),
  'witness turns': (state, random) =>
    withClaim(state, random, ({ witness, ...claim }) => {
      return witness === undefined ? { ...claim, witness: anotherSource(claim, random) } : claim
    }),
  'witness moves': (state, random) =>
    withClaim(state, random, (claim) => ({ ...claim, witness: anotherSource(claim, random) })),
  'claim removed': (state, random) => {
    if (state.claims.size < FIRST_STATE.claims.size) return undefined
    const gone = random.pick([...state.claims.keys()])
    return {
      ...state,
      claims: new Map([...state.claims].filter(([name]) => name !== gone)),
      carried: state.carried.filter((name) => name !== gone),
    }
  },
  'claim added': (state, random) => {
    const missing = [...FIRST_STATE.claims].filter(([name]) => !state.claims.has(name))
    if (missing.length === 0) return undefined
    const [name, claim] = random.pick(missing)
    return {
      ...state,
      claims: new Map([...state.claims, [name, claim]]),
      carried: inOrder([...state.carried, name]),
    }
  },
  'audience drops a claim': (state, random) => {
    if (state.carried.length < 3) return undefined
    const gone = random.pick(state.carried)
    return { ...state, carried: state.carried.filter((name) => name !== gone) }
  },
  'audience drops a restriction': (state) => {
    const gone = state.carried.find((name) => state.claims.get(name)?.polarity === 'restrict')
    if (gone === undefined) return undefined
    return { ...state, carried: state.carried.filter((name) => name !== gone) }
  },
  'audience takes a claim': (state, random) => {
    const missing = [...state.claims.keys()].filter((name) => !state.carried.includes(name))
    if (missing.length === 0) return undefined
    return { ...state, carried: inOrder([...state.carried, random.pick(missing)]) }
  },
  'partner leaves': ({ prefix, ...state }) => (prefix === undefined ? undefined : state),
  'partner gets a prefix': (state, random) => {
    const others = PREFIXES.filter((prefix) => prefix !== state.prefix)
    return { ...state, prefix: random.pick(others) }
  },
  'audience removed': (state) => (state.hasAudience ? { ...state, hasAudience: false } : undefined),
  'audience added': (state) => (state.hasAudience ? undefined : { ...state, hasAudience: true }),
  'provider removed': (state, random) => {
    if (state.providers.length < 2) return undefined
    return { ...state, providers: [random.pick(state.providers)] }
  },
  'provider added': (state) =>
    state.providers.length === PROVIDERS.length ? undefined : { ...state, providers: PROVIDERS },
  'tenant removed': (state) => (state.hasTenant ? { ...state, hasTenant: false } : undefined),
  'tenant added': (state) => (state.hasTenant ? undefined : { ...state, hasTenant: true }),
  // Nothing but the minimum is another.
  'minimum rises': (state) => state,
}

/** An operation that undoes another comes next more often, so that things come back within a run. */
const UNDOES: Readonly<Record<string, string>> = {
  'claim removed': 'claim added',
  'audience drops a claim': 'audience takes a claim',
  'audience drops a restriction': 'audience takes a claim',
  'audience removed': 'audience added',
  'partner leaves': 'partner gets a prefix',
  'provider removed': 'provider added',
  'tenant removed': 'tenant added',
}
const UNDONE = 0.6

/** Returns whether an operation takes something away that can come back. */
export function comesBack(name: string): boolean {
  return UNDOES[name] !== undefined
}

/** An operation that was carried out on a state. */
export interface Operated {
  readonly name: string
  readonly state: RegistryState
}

/** Returns the next operation of some, `undefined` if none of them is possible. */
export function operate(
  state: RegistryState,
  { of, last }: { readonly of: readonly string[]; readonly last: string | undefined },
  random: Random,
): Operated | undefined {
  const undo = last && UNDOES[last]
  const names = undo !== undefined && random.chance(UNDONE) ? [undo] : [...of]
  while (names.length > 0) {
    const name = random.pick(names)
    const next = OPERATIONS[name]?.(state, random)
    if (next !== undefined) return { name, state: next }
    names.splice(names.indexOf(name), 1)
  }
  return undefined
}

/** Returns a source that does not state a claim yet. */
function anotherSource({ source, witness }: Partial<OwnedClaim>, random: Random): string {
  return random.pick(SOURCES.filter((each) => each !== source && each !== witness))
}

function withClaim(
  state: RegistryState,
  random: Random,
  change: (claim: OwnedClaim) => OwnedClaim,
  polarity?: OwnedClaim['polarity'],
): RegistryState | undefined {
  const some = [...state.claims].filter(
    ([, claim]) => polarity === undefined || claim.polarity === polarity,
  )
  if (some.length === 0) return undefined
  const [name, claim] = random.pick(some)
  return { ...state, claims: new Map([...state.claims, [name, change(claim)]]) }
}

function inOrder(names: readonly string[]): readonly string[] {
  return [...FIRST_STATE.claims.keys()].filter((name) => names.includes(name))
}
