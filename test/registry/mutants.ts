/** A value that differs from another in one place. */
export interface Mutant {
  /** The place and its present value. */
  readonly what: string
  readonly value: unknown
}

/** The values that replace each value, whatever it was. */
const REPLACEMENTS: readonly unknown[] = [
  null,
  0,
  1.5,
  true,
  '',
  'x',
  '5s',
  '0s',
  '99.9%',
  '100.1%',
  'a'.repeat(2_000),
  'a\u0007b',
  [],
  ['x'],
  [1],
  {},
  { x: 'x' },
]

/** Returns every value made of this one by a replacement, a removed member or item, or an unknown member. */
export function mutantsOf(value: unknown): readonly Mutant[] {
  return [
    ...REPLACEMENTS.map((other) => ({
      what: ` is ${JSON.stringify(other).slice(0, 20)}`,
      value: other,
    })),
    ...insideOf(value),
  ]
}

function insideOf(value: unknown): readonly Mutant[] {
  if (Array.isArray(value)) {
    return value.flatMap((item, at) => [
      { what: `/${at} is gone`, value: value.toSpliced(at, 1) },
      ...within(at, mutantsOf(item), (changed) => value.with(at, changed)),
    ])
  }
  if (typeof value !== 'object' || value === null) return []
  const members = Object.entries(value)
  return [
    { what: ' has an unknown member', value: { ...value, unknown: 1 } },
    ...members.flatMap(([name, member]) => [
      {
        what: `/${name} is gone`,
        value: Object.fromEntries(members.filter(([each]) => each !== name)),
      },
      ...within(name, mutantsOf(member), (changed) => ({ ...value, [name]: changed })),
    ]),
  ]
}

function within(
  step: string | number,
  mutants: readonly Mutant[],
  put: (changed: unknown) => unknown,
): readonly Mutant[] {
  return mutants.map(({ what, value }) => ({ what: `/${step}${what}`, value: put(value) }))
}
