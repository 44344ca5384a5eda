/** Operators of Cedar's JSON form whose member `attr` names what is read. */
const READERS: ReadonlySet<string> = new Set(['.', 'has'])

/** The names of all attributes that an expression reads, of whatever: a few too many do no harm. */
export function readAttributes(expression: unknown): ReadonlySet<string> {
  const names = new Set<string>()
  collect(expression, names)
  return names
}

function collect(value: unknown, names: Set<string>): void {
  if (typeof value !== 'object' || value === null) return
  for (const [operator, operand] of Object.entries(value)) {
    if (READERS.has(operator)) for (const name of attributesOf(operand)) names.add(name)
    collect(operand, names)
  }
}

function attributesOf(operand: unknown): readonly string[] {
  const { attr } = Object(operand) as { readonly attr?: unknown }
  return [attr].flat().filter((name) => typeof name === 'string')
}
