/** A registry, or a part of one, that differs in one place. */
export type Changed = readonly [path: string, value: unknown]

/** The names of entries, which are their keys too, and the number of the version itself. */
const NAMES = new Set(['id', 'name', 'version'])

/** Returns every value that differs from this one in one place. */
export function changedOnce(value: unknown): readonly Changed[] {
  if (value instanceof Map)
    return [...ofMap(value), ['+', new Map([...value, ['new', first(value)]])]]
  if (Array.isArray(value)) return ofArray(value)
  if (typeof value === 'object' && value !== null) return ofObject(value)
  if (typeof value === 'string') return [['', `${value}-other`]]
  if (typeof value === 'number') return [['', value + 1]]
  return [['', !value]]
}

function first(map: ReadonlyMap<unknown, unknown>): unknown {
  return [...map.values()][0]
}

function ofMap(map: ReadonlyMap<unknown, unknown>): readonly Changed[] {
  return [...map].flatMap(([key, entry]) => [
    [`${String(key)}-`, new Map([...map].filter(([other]) => other !== key))] as const,
    ...changedOnce(entry).map(
      ([path, changed]) => [`${String(key)}/${path}`, new Map([...map, [key, changed]])] as const,
    ),
  ])
}

function ofArray(list: readonly unknown[]): readonly Changed[] {
  return [
    ['-', list.slice(1)],
    ...list.flatMap((entry, at) =>
      changedOnce(entry).map(
        ([path, changed]) => [`${at}/${path}`, list.with(at, changed)] as const,
      ),
    ),
  ]
}

function ofObject(value: object): readonly Changed[] {
  return Object.entries(value)
    .filter(([name]) => !NAMES.has(name))
    .flatMap(([name, member]) =>
      changedOnce(member).map(
        ([path, changed]) => [`${name}/${path}`, { ...value, [name]: changed }] as const,
      ),
    )
}
